package plan

// Clerk may refuse a whole organization or instance: no seat is left, a quota is
// used up, the plan lacks a feature, or a role migration is in progress. The next
// call would be refused for the same reason. The first such refusal therefore ends
// the changes that give access there, as far as it concerns them (S39).

// refusals says of each such reason whether it concerns the whole instance, and
// which changes it ends.
var refusals = map[Reason]struct {
	instance bool
	ends     func(*Change) bool
}{
	SeatRefused:   {ends: func(c *Change) bool { return c.SeatDelta() > 0 }},
	UserQuota:     {instance: true, ends: func(c *Change) bool { return c.Action == CreateUser }},
	MailRefused:   {ends: func(c *Change) bool { return c.Action == Invite }},
	QuotaRefused:  {ends: (*Change).Grants},
	PlanRefused:   {ends: (*Change).Grants},
	RoleMigration: {ends: (*Change).Grants},
}

// Refusals lists the reasons that end the changes which give access (S39).
func Refusals() []Reason {
	var out []Reason
	for _, r := range AllReasons() {
		if _, ok := refusals[r]; ok {
			out = append(out, r)
		}
	}
	return out
}

// OfInstance reports whether a refusal concerns the whole instance.
func (r Reason) OfInstance() bool { return refusals[r].instance }

// Ends reports whether a refusal for this reason ends a change as well.
func (r Reason) Ends(c *Change) bool {
	row, ok := refusals[r]
	return ok && c.Grants() && row.ends(c)
}

// Refusal is a reason for which Clerk refused an organization or, where it is
// empty, the instance.
type Refusal struct {
	Organization string
	Reason       Reason
	// Code is Clerk's error code, or the status where there was none.
	Code string
}

// RefusalOf is where a refusal of a change belongs.
func RefusalOf(c *Change, r Reason, code string) Refusal {
	out := Refusal{Organization: c.Organization, Reason: r, Code: code}
	if r.OfInstance() {
		out.Organization = ""
	}
	return out
}

package diff

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"go.uber.org/zap"

	"rollcall/clerkapi"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/identity"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// confirming is a run over one organization that is about to look before the cut.
func confirming(f *fake.Clerk, config policy.Config, members ...roster.Member) (*Differ, *Proposal, *identity.Resolver) {
	o := &roster.Organization{Members: members}
	o.ID = "org_a"
	st := &roster.Roster{Organizations: []*roster.Organization{o}, Banned: map[string]bool{}, Markers: roster.NewMarkerIndex(0, nil),
		Roles: roster.NewRoles([]clerkapi.Role{fake.AdminRole, fake.MemberRole, fake.GuestRole}, nil)}
	v := &identity.Resolver{UserIndex: identity.NewUserIndex(f, zap.NewNop(), st), Have: st}
	return &Differ{Config: config}, &Proposal{Organization: o, Findings: &Findings{Organization: o.ID}}, v
}

// Who is read before a change is judged, and who is not: each read costs a
// part of a request (S04, S08).
func TestS04WhoIsReadBeforeTheChange(t *testing.T) {
	promoted, demoted := plan.Change{Action: plan.SetRole, UserID: "u1", From: "org:member", To: "org:admin", Admin: plan.AdminGained}, plan.Change{Action: plan.SetRole, UserID: "u1", From: "org:admin", To: "org:member", Admin: plan.AdminLost}
	add, remove, moved := plan.Change{Action: plan.Add, UserID: "u1"}, plan.Change{Action: plan.Remove, UserID: "u1"}, plan.Change{Action: plan.SetMetadata, UserID: "u1"}
	protect, deny := policy.Config{Protect: []string{"u9"}}, policy.Config{Deny: []string{"u9"}}
	for name, x := range map[string]struct {
		config  policy.Config
		change  plan.Change
		known   bool // the look-ups have read the user
		unshown bool // the listing does not say whether the user is banned
		read    bool
	}{
		"removed":                             {policy.Config{}, remove, false, false, true},
		"removed, and known":                  {policy.Config{}, remove, true, false, false},
		"demoted":                             {policy.Config{}, demoted, false, false, true},
		"added":                               {policy.Config{}, add, false, false, false},
		"added, with a deny list":             {deny, add, false, false, true},
		"added, with a deny list, and known":  {deny, add, true, false, false},
		"added, with a protect list":          {protect, add, false, false, false},
		"promoted":                            {policy.Config{}, promoted, false, false, false},
		"promoted, with a deny list":          {deny, promoted, false, false, true},
		"promoted, with a protect list":       {protect, promoted, false, false, true},
		"promoted, standing not shown":        {policy.Config{}, promoted, false, true, true},
		"new metadata":                        {policy.Config{}, moved, false, false, false},
		"new metadata, standing not shown":    {policy.Config{}, moved, false, true, false},
		"new metadata, with a deny list":      {deny, moved, false, false, false},
		"new metadata, with a protect list":   {protect, moved, false, false, true},
		"invited, with both lists":            {policy.Config{Protect: []string{"u9"}, Deny: []string{"u9"}}, plan.Change{Action: plan.Invite, Email: "n@corp.example"}, false, false, false},
		"standing of somebody else not shown": {policy.Config{}, plan.Change{Action: plan.SetRole, UserID: "u2", Admin: plan.AdminGained}, false, true, false},
	} {
		f := fake.NewClerk()
		f.User("u1", "ann@corp.example").Banned = true
		r, d, v := confirming(f, x.config, roster.Member{UserID: "u0"}, roster.Member{UserID: "u1", StandingUnknown: x.unshown})
		d.Changes = []plan.Change{x.change}
		if x.known {
			v.Index(f.Accounts)
		}
		if err := r.confirm(t.Context(), []*Proposal{d}, v); err != nil {
			t.Fatal(err)
		}
		if got := f.Reads["users by id"] > 0; got != x.read || (x.read || x.known) != v.Have.Banned["u1"] {
			t.Errorf("%s: read %t, want %t; banned %v", name, got, x.read, v.Have.Banned)
		}
	}
}

// Who turns out to be somebody wanted here, with that role or a higher one, is
// left alone, and a note says so (S04).
func TestS04WhoIsLeftAlone(t *testing.T) {
	wants := func(role string, change ...func(*directory.Person)) assign.Entitlement {
		w := wish("1", "", change...)
		w.Role = role
		return w
	}
	known := func(p *directory.Person) { p.ExternalID = "E1" }
	remove := func(role string) plan.Change {
		return plan.Change{Action: plan.Remove, UserID: "u1", Email: "x@home.example", ID: "9", From: role}
	}
	demoted := plan.Change{Action: plan.SetRole, UserID: "u1", ID: "9", From: "org:admin", To: "org:member", Admin: plan.AdminLost}
	for name, x := range map[string]struct {
		change plan.Change
		want   assign.Entitlement
		user   []string // the addresses, then the external_id; none cannot be read
		stays  bool
	}{
		"nobody wanted":                 {remove("org:member"), wants("org:member"), []string{"x@home.example", ""}, false},
		"wanted with the role":          {remove("org:member"), wants("org:member"), []string{"x@home.example 1@corp.example", ""}, true},
		"wanted with a higher one":      {remove("org:member"), wants("org:admin"), []string{"1@corp.example", ""}, true},
		"wanted with a lower one":       {remove("org:admin"), wants("org:member"), []string{"1@corp.example", ""}, false},
		"demoted, wanted as it is":      {demoted, wants("org:admin"), []string{"1@corp.example", ""}, true},
		"demoted, wanted so":            {demoted, wants("org:member"), []string{"1@corp.example", ""}, false},
		"without proof":                 {remove("org:member"), wants("org:member"), []string{"~1@corp.example", ""}, false},
		"by external_id":                {remove("org:member"), wants("org:member", known), []string{"x@home.example", "E1"}, true},
		"by another external_id":        {remove("org:member"), wants("org:member", known), []string{"x@home.example", "E2"}, false},
		"an external_id like the mail":  {remove("org:member"), wants("org:member"), []string{"x@home.example", "1@corp.example"}, false},
		"by a second address":           {remove("org:member"), wants("org:member", func(p *directory.Person) { p.OtherEmails = []string{"x@home.example"} }), []string{"x@home.example", ""}, true},
		"somebody else by word":         {remove("org:member"), wants("org:member", func(p *directory.Person) { p.EnsureExceptions().NotUser = "u1" }), []string{"1@corp.example", ""}, false},
		"another one is somebody else":  {remove("org:member"), wants("org:member", func(p *directory.Person) { p.EnsureExceptions().NotUser = "u2" }), []string{"1@corp.example", ""}, true},
		"shown by it, and of no marker": {plan.Change{Action: plan.Remove, UserID: "u1", Email: "1@corp.example", From: "org:member"}, wants("org:member"), []string{"x@home.example", ""}, false},
		"shown by it, marked otherwise": {plan.Change{Action: plan.Remove, UserID: "u1", Email: "1@corp.example", ID: "9", From: "org:member"}, wants("org:member"), []string{"x@home.example", ""}, false},
		"cannot be read":                {remove("org:member"), wants("org:member"), nil, true},
		"promoted":                      {plan.Change{Action: plan.SetRole, UserID: "u1", From: "org:member", To: "org:admin", Admin: plan.AdminGained}, wants("org:member"), []string{"1@corp.example", ""}, false},
		"new metadata":                  {plan.Change{Action: plan.SetMetadata, UserID: "u1", From: "org:member"}, wants("org:member"), nil, false},
	} {
		f := fake.NewClerk()
		if x.user != nil {
			f.User("u1", strings.Fields(x.user[0])...).ExternalID = x.user[1]
		}
		r, d, v := confirming(f, policy.Config{})
		neutral := plan.Change{Action: plan.SetRole, UserID: "u5", From: "org:member", To: "org:guest"}
		d.Wants, d.Changes = []assign.Entitlement{wants("org:guest", func(p *directory.Person) { p.Email = "2@corp.example" }), x.want}, []plan.Change{neutral, x.change, neutral}
		if err := r.confirm(t.Context(), []*Proposal{d}, v); err != nil {
			t.Fatal(err)
		}
		for i := range d.Changes {
			d.Changes[i].UserEmail = "" // see TestS43WhoIsShown
		}
		stays := !slices.Contains(d.Changes, x.change)
		if stays != x.stays || len(d.Changes) != map[bool]int{true: 2, false: 3}[stays] || len(d.Findings.notes) != 3-len(d.Changes) {
			t.Errorf("%s: stays %t; changes %+v, notes %+v", name, stays, d.Changes, d.Findings.notes)
		}
		if stays && (d.Findings.notes[0].Rule != "S04" || d.Findings.notes[0].Email != x.change.Email) {
			t.Errorf("%s: notes %+v", name, d.Findings.notes)
		}
	}
}

// A loss of a user waits where the directory gives their address to a person who
// is another user, and the hold says why. Where the person is this user, or only
// an address says who they are, the user is left alone (S04).
func TestS04WhoseAddressSomebodyElseHas(t *testing.T) {
	const mail, external = "account u1 (x@home.example) has verified the address 1@corp.example", "account u1 (x@home.example) has the external_id E1"
	for name, x := range map[string]struct {
		address, external string // of the user
		joined            string // the user of the person
		by                directory.MatchedBy
		borrowed          string
	}{
		"another user by a marker":       {"1@corp.example", "", "u7", directory.ByMarker, mail},
		"another user by external_id":    {"1@corp.example", "", "u7", directory.ByExternalID, mail},
		"another user, by the same id":   {"x@home.example", "E1", "u7", directory.ByMarker, external},
		"another user, by an address":    {"1@corp.example", "", "u7", directory.ByEmail, ""},
		"another user, no proof of it":   {"~1@corp.example", "", "u7", directory.ByMarker, "nothing"},
		"this user by a marker":          {"1@corp.example", "", "u1", directory.ByMarker, ""},
		"this user by external_id":       {"1@corp.example", "E1", "u1", directory.ByExternalID, ""},
		"nobody, and has the same id":    {"x@home.example", "E1", "", directory.Unmatched, ""},
		"nobody, and has the address":    {"1@corp.example", "", "", directory.Unmatched, ""},
		"nobody, and has another person": {"x@home.example", "E9", "", directory.Unmatched, "nothing"},
	} {
		f := fake.NewClerk()
		f.User("u1", x.address).ExternalID = x.external
		f.User("u2", "2@corp.example")
		r, d, v := confirming(f, policy.Config{})
		person := wish("1", x.joined, func(p *directory.Person) { p.MatchedBy, p.ExternalID = x.by, "E1" })
		other := wish("2", "u8", func(p *directory.Person) { p.MatchedBy = directory.ByMarker })
		d.Wants = []assign.Entitlement{person, other}
		neutral := plan.Change{Action: plan.SetRole, UserID: "u3", From: "org:member", To: "org:guest"}
		d.Changes = []plan.Change{{Action: plan.Remove, UserID: "u1", Email: "x@home.example", ID: "9", From: "org:member"}, neutral,
			{Action: plan.Remove, UserID: "u2", ID: "8", From: "org:member"}}
		if err := r.confirm(t.Context(), []*Proposal{d}, v); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"u2": d.Borrowed["u2"]} // always another user's
		if strings.HasPrefix(x.borrowed, "account") {
			want["u1"] = x.borrowed + ", but so has 1@corp.example (uid=1) in the directory, who has account u7"
		}
		if !maps.Equal(d.Borrowed, want) || want["u2"] == "" {
			t.Errorf("%s: %q, want %q", name, d.Borrowed, want)
		}
		if stays := len(d.Changes) == 2 && len(d.Findings.notes) == 1; stays != (x.borrowed == "") || !stays && len(d.Changes) != 3 {
			t.Errorf("%s: changes %+v, notes %+v", name, d.Changes, d.Findings.notes)
		}
	}
}

// If several people have the address, the hold names the same one in whatever
// order the directory gives them.
func TestS04OneNameForABorrowedAddress(t *testing.T) {
	for _, order := range [][]string{{"1", "2", "3"}, {"3", "2", "1"}} {
		f := fake.NewClerk()
		f.User("u1", "shared@corp.example")
		r, d, v := confirming(f, policy.Config{})
		for _, id := range order {
			d.Wants = append(d.Wants, wish(id, "u7"+id, func(p *directory.Person) { p.MatchedBy, p.Email = directory.ByMarker, "shared@corp.example" }))
		}
		d.Changes = []plan.Change{{Action: plan.Remove, UserID: "u1", Email: "x@home.example", ID: "9", From: "org:member"}}
		if err := r.confirm(t.Context(), []*Proposal{d}, v); err != nil {
			t.Fatal(err)
		}
		if want := "so has shared@corp.example (uid=1) in the directory, who has account u71"; !strings.Contains(d.Borrowed["u1"], want) {
			t.Errorf("%v: %q, want %q", order, d.Borrowed["u1"], want)
		}
	}
}

// An undo reads everybody who would gain or lose something, also who is known (S04, S08).
func TestS04WhoIsReadBeforeAnUndo(t *testing.T) {
	for name, x := range map[string]struct {
		config policy.Config
		change plan.Change
		read   bool
	}{
		"added":                              {policy.Config{}, plan.Change{Action: plan.Add, UserID: "u1"}, true},
		"removed":                            {policy.Config{}, plan.Change{Action: plan.Remove, UserID: "u1"}, true},
		"new metadata":                       {policy.Config{}, plan.Change{Action: plan.SetMetadata, UserID: "u1"}, false},
		"new metadata, with a protect list":  {policy.Config{Protect: []string{"u9"}}, plan.Change{Action: plan.SetMetadata, UserID: "u1"}, true},
		"invited, who is no user yet":        {policy.Config{}, plan.Change{Action: plan.Invite, Email: "n@corp.example"}, false},
		"invited, with a deny list, no user": {policy.Config{Deny: []string{"u9"}}, plan.Change{Action: plan.Invite, Email: "n@corp.example"}, false},
	} {
		f := fake.NewClerk()
		f.User("u1", "ann@corp.example").Banned = true
		r, d, v := confirming(f, x.config, roster.Member{UserID: "u1"})
		d.Changes = []plan.Change{x.change}
		if err := r.ReadSubjects(t.Context(), []*Proposal{d}, v); err != nil {
			t.Fatal(err)
		}
		if got := f.Reads["users by id"] > 0; got != x.read || x.read != v.Have.Banned["u1"] {
			t.Errorf("%s: read %t, want %t; banned %v", name, got, x.read, v.Have.Banned)
		}
	}
}

// A list of users that cannot be read ends the run: nobody is taken on trust (S09).
func TestS09UsersThatCannotBeRead(t *testing.T) {
	f := fake.NewClerk()
	f.Faults["users_by_id * *"] = &clerkapi.Error{Status: 500}
	r, d, v := confirming(f, policy.Config{})
	d.Changes = []plan.Change{{Action: plan.Remove, UserID: "u1"}}
	for name, read := range map[string]func(context.Context, []*Proposal, *identity.Resolver) error{"confirm": r.confirm, "before an undo": r.ReadSubjects} {
		if err := read(t.Context(), []*Proposal{d}, v); err == nil || !strings.Contains(err.Error(), "read the accounts to be changed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever approves sees who it is: an address that the user has verified stands
// beside what the source wrote, where the two differ (S43).
func TestS43WhoIsShown(t *testing.T) {
	for name, x := range map[string]struct {
		email, addresses string
		admin            plan.AdminEffect
		want             string // with ~, an address that is only reserved
		reads            int
	}{
		"becomes admin under another address": {"ceo@corp.example", "mallory@gmail.example", plan.AdminGained, "mallory@gmail.example", 1},
		"becomes admin under the own address": {"mallory@gmail.example", "mallory@gmail.example", plan.AdminGained, "", 0},
		"loses admin under the own address":   {"mallory@gmail.example", "mallory@gmail.example", plan.AdminLost, "", 1},
		"loses admin, and has no address":     {"", "mallory@gmail.example", plan.AdminLost, "", 1},
		"loses admin under another address":   {"ceo@corp.example", "mallory@gmail.example", plan.AdminLost, "mallory@gmail.example", 1},
		"another role":                        {"ceo@corp.example", "mallory@gmail.example", "", "", 0},
		"has verified both":                   {"ceo@corp.example", "mallory@gmail.example ceo@corp.example", plan.AdminLost, "", 1},
		"has verified two others":             {"ceo@corp.example", "z@gmail.example mallory@gmail.example", plan.AdminLost, "mallory@gmail.example", 1},
		"has another address reserved":        {"ceo@corp.example", "~mallory@gmail.example", plan.AdminLost, "~mallory@gmail.example", 1},
		"has two others reserved":             {"ceo@corp.example", "~z@gmail.example ~mallory@gmail.example", plan.AdminLost, "~mallory@gmail.example", 1},
		"has the address reserved":            {"ceo@corp.example", "~ceo@corp.example", plan.AdminLost, "", 1},
		"has another one reserved too":        {"ceo@corp.example", "~mallory@gmail.example ~ceo@corp.example", plan.AdminLost, "", 1},
		"has another one verified":            {"ceo@corp.example", "mallory@gmail.example ~ceo@corp.example", plan.AdminLost, "mallory@gmail.example", 1},
		"has the address verified":            {"ceo@corp.example", "ceo@corp.example ~mallory@gmail.example", plan.AdminLost, "", 1},
		"has no address":                      {"ceo@corp.example", "", plan.AdminLost, "", 1},
		"has no address, and none is known":   {"", "~mallory@gmail.example", plan.AdminLost, "", 1},
	} {
		f := fake.NewClerk()
		addresses := strings.Fields(x.addresses)
		u := f.User("u1", addresses...)
		for i := range u.Emails {
			u.Emails[i].Reserved = !u.Emails[i].Verified
		}
		member := roster.Member{UserID: "u1", Identifier: strings.TrimPrefix(strings.Join(addresses[:min(1, len(addresses))], ""), "~")}
		r, d, v := confirming(f, policy.Config{}, member)
		d.Changes = []plan.Change{{Action: plan.SetRole, UserID: "u1", ID: "8", Email: x.email, From: "org:member", To: "org:admin", Admin: x.admin}}
		if err := r.confirm(t.Context(), []*Proposal{d}, v); err != nil {
			t.Fatal(err)
		}
		got := d.Changes[0].UserEmail
		if reserved := d.Changes[0].UserReserved; reserved != "" {
			got += "~" + reserved
		}
		if got != x.want || f.Reads["users by id"] != x.reads {
			t.Errorf("%s: %q after %d reads, want %q after %d", name, got, f.Reads["users by id"], x.want, x.reads)
		}
	}
}

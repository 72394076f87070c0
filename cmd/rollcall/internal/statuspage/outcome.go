package statuspage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// outcome is what is shown of a run. The run itself, with all its people, is
// let go. Its texts are free of control characters and their like (S35).
type outcome struct {
	Finished time.Time `json:"finished"`
	ExitCode int       `json:"exit_code"`
	Instance string    `json:"instance,omitempty"` // of Clerk (S41)
	// Whole says that its plan shows every organization.
	Whole bool `json:"whole"`
	// Good is when a run last ended well, this one included.
	Good    time.Time `json:"good"`
	Problem string    `json:"problem,omitempty"`
	// Failures are the reads that failed, Halted the organizations in which something
	// waits for a source.
	Failures []failure      `json:"failures,omitempty"`
	Halted   []string       `json:"halted,omitempty"`
	Digest   *report.Digest `json:"digest,omitempty"` // nil without a plan
	// People are the first people of each section of the digest. They are kept apart
	// from it: a digest leaves them out of its JSON.
	People        [][]report.Line `json:"people,omitempty"`
	Organizations []organization  `json:"organizations,omitempty"`
	More          int             `json:"more,omitempty"` // organizations that are not listed
}

// failure is a source or an organization that could not be read. One without a name is a
// list of the whole instance.
type failure struct {
	Source bool      `json:"source,omitempty"`
	Name   string    `json:"name"`
	Since  time.Time `json:"since"` // the first of the runs in a row that could not read it
}

// organization is what a whole plan shows of one.
type organization struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Members int    `json:"members"`
	Admins  int    `json:"admins"`
	Added   int    `json:"added"` // members that rollcall added
	Done    string `json:"done,omitempty"`
	Waits   string `json:"waits,omitempty"`
}

// Path leads to its page.
func (o *organization) Path() string { return organizationPath(o.ID) }

// rank puts those first where something waits, then those that changed.
func (o *organization) rank() int {
	switch {
	case o.Waits != "":
		return 0
	case o.Done != "":
		return 1
	}
	return 2
}

const (
	shownOrganizations = 200
	shownPeople        = 200 // of each thing that waits
)

// newOutcome is what is shown of a run, after the one before it.
func newOutcome(r *notify.Run, before *outcome) *outcome {
	o := &outcome{Finished: r.Finished, ExitCode: r.ExitCode, Instance: escape.Brief(r.Instance.String()), Whole: r.Report != nil && !r.Part}
	if before != nil {
		o.Good = before.Good
	}
	if !r.Failed() && !r.Interrupted() && !r.Part {
		o.Good = r.Finished
	}
	if r.Err != nil {
		o.Problem = escape.OneLine(r.Err.Error())
	}
	if r.Report == nil {
		if before != nil { // nothing else is known of what could not be read
			o.Failures = before.Failures
		}
		return o
	}
	d := report.NewDigest(r.Report, r.Options, shownPeople)
	o.Digest = &d
	for _, s := range d.Sections {
		o.People = append(o.People, s.Held.First)
	}
	o.addFailures(r.Report.Plan, before)
	o.Organizations = organizationsOf(r.Report)
	o.More = max(0, len(o.Organizations)-shownOrganizations)
	o.Organizations = o.Organizations[:len(o.Organizations)-o.More]
	return o
}

// addFailures notes what could not be read, and since when.
func (o *outcome) addFailures(p *plan.Plan, before *outcome) {
	for _, f := range p.Failures {
		one := failure{f.Source != "", escape.Brief(f.Source), o.Finished}
		if f.Organization != "" {
			one.Name = escape.Brief(p.LabelOf(f.Organization))
		}
		if before != nil {
			for _, earlier := range before.Failures {
				if earlier.Source == one.Source && earlier.Name == one.Name {
					one.Since = earlier.Since
				}
			}
		}
		o.Failures = append(o.Failures, one)
	}
	for _, h := range p.Holds {
		if h.Reason == plan.FailedSource {
			o.Halted = append(o.Halted, escape.Brief(p.LabelOf(h.Organization)))
		}
	}
}

// section is a section of the digest in which something waits.
type section struct {
	report.Section
	People []report.Line
	// Folded says that it is shown as one line until somebody opens it.
	Folded bool
	// ApprovalPath leads to the page that approves it; empty if there is none.
	ApprovalPath string
}

// More is how many people are not named.
func (s *section) More() int { return s.Held.All - len(s.People) }

// sections are what waits.
func (o *outcome) sections() []section {
	if o == nil || o.Digest == nil {
		return nil
	}
	var out []section
	for i, s := range o.Digest.Sections {
		if len(s.Holds) == 0 && len(s.Ways) == 0 {
			continue
		}
		one := section{Section: s}
		if i < len(o.People) {
			one.People = o.People[i]
		}
		out = append(out, one)
	}
	return out
}

// organizationsOf are the organizations of a plan, in the order of a reader's interest.
func organizationsOf(r *sync.Report) []organization {
	done := map[string]map[string]int{}
	for i := range r.Outcomes {
		c := &r.Outcomes[i].Change
		if r.Outcomes[i].Result != apply.Done {
			continue
		}
		if done[c.Organization] == nil {
			done[c.Organization] = map[string]int{}
		}
		done[c.Organization][c.Action.String()]++
	}
	var out []organization
	for i := range r.Plan.Organizations {
		if o := &r.Plan.Organizations[i]; !o.IsAccounts() {
			out = append(out, newOrganization(o, done[o.ID], r))
		}
	}
	slices.SortStableFunc(out, func(a, b organization) int { return cmp.Or(a.rank()-b.rank(), strings.Compare(a.Name, b.Name)) })
	return out
}

func newOrganization(o *plan.Organization, done map[string]int, r *sync.Report) organization {
	out := organization{ID: o.ID, Name: escape.Text(o.Label()), Waits: waitText(o, r.Plan)}
	out.Members, out.Added, out.Admins = r.Now(o)
	if len(done) > 0 {
		out.Done = counted(done)
	}
	return out
}

// waitText says what waits in an organization; empty if nothing does.
func waitText(o *plan.Organization, p *plan.Plan) string {
	part := *o
	part.Changes = nil
	for i := range o.Changes {
		if o.Changes[i].State == plan.Held {
			part.Changes = append(part.Changes, o.Changes[i])
		}
	}
	heads := facts.HeadcountOf([]plan.Organization{part})
	if text := facts.HeldText(&heads); text != "" {
		return text
	}
	if n := len(part.Changes); n > 0 {
		return facts.Count(n, "change")
	}
	for _, h := range p.Holds {
		if h.Organization == o.ID {
			return fmt.Sprintf("a fix (%s)", escape.Text(h.Rule))
		}
	}
	return ""
}

// organization is one of those that the outcome lists; nil if it is none.
func (o *outcome) organization(id string) *organization {
	if o == nil {
		return nil
	}
	i := slices.IndexFunc(o.Organizations, func(one organization) bool { return one.ID == id })
	if i < 0 {
		return nil
	}
	return &o.Organizations[i]
}

// name is what an organization is called, where the outcome knows it.
func (o *outcome) name(id string) string {
	if one := o.organization(id); one != nil {
		return one.Name
	}
	return escape.Brief(id)
}

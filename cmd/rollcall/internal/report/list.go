package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// list holds the changes of one state.
type list struct {
	State plan.State
	// Place is the organization of what waits.
	Place string
	Rows  []row
}

// longList is from how many rows on a list can be folded.
const longList = 20

// IsLong reports whether the list can be folded.
func (l list) IsLong() bool { return len(l.Rows) > longList }

// IsOpen reports whether a long list is open at first: somebody reads the names of
// people who leave or who wait.
func (l list) IsOpen() bool {
	return l.State == plan.Held || slices.ContainsFunc(l.Rows, func(r row) bool { return r.Symbol == "-" })
}

// newAdmins are the rows of those who become admin, which come first.
func (l list) newAdmins() []row {
	n := 0
	for n < len(l.Rows) && l.Rows[n].GainsAdmin {
		n++
	}
	return l.Rows[:n]
}

// Parts are the rows in tables of their own.
func (l list) Parts() []webpage.Part[row] { return webpage.Split(l.Heading(), l.Rows) }

// Heading is what the list is called.
func (l list) Heading() string {
	switch l.State {
	case plan.Held:
		return "Waiting in " + l.Place
	case plan.Skipped:
		return "Skipped"
	case plan.Ready:
	}
	return "Changes"
}

// Summary is the heading of a list with its counts.
func (l list) Summary() string {
	return fmt.Sprintf("%s: %s (%s)", l.Heading(), facts.Number(len(l.Rows)), l.Counts())
}

// Counts say how many people of a list leave, change and join.
func (l list) Counts() string {
	counts, admins := map[string]int{}, 0
	for _, r := range l.Rows {
		counts[r.Word]++
		if r.GainsAdmin {
			admins++
		}
	}
	var parts []string
	for _, word := range []string{"leave", "revoke", "change", "adopt", "join", "invite"} {
		if n := counts[word]; n > 0 {
			parts = append(parts, facts.Number(n)+" "+word)
		}
	}
	if admins > 0 {
		parts = append(parts, facts.Number(admins)+" become admin")
	}
	return strings.Join(parts, ", ")
}

// row is one change.
type row struct {
	Symbol, Word, Who, User, Name, Role, Admin, Metadata, Why string
	GainsAdmin, Failed                                        bool
	change                                                    *plan.Change
}

// What says what the change does to the person.
func (r row) What() string { return facts.Change(r.change) }

// Sign is the symbol as a page shows it: a minus is as wide as a plus.
func (r row) Sign() string {
	if r.Symbol == "-" {
		return "−"
	}
	return r.Symbol
}

// Kind is the class of the symbol in a page.
func (r row) Kind() string {
	switch r.Symbol {
	case "+":
		return "add"
	case "-":
		return "remove"
	}
	return "change"
}

// rows are changes in the order of a page: new admins first (S43), then the people
// who leave, then all others as the plan has them.
func (p layout) rows(changes []*plan.Change, known plan.Reasons) []row {
	var rows []row
	for _, c := range changes {
		rows = append(rows, p.row(c, known))
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(urgency(&a), urgency(&b)) })
	return rows
}

func urgency(r *row) int {
	switch {
	case r.GainsAdmin:
		return 0
	case r.Symbol == "-":
		return 1
	}
	return 2
}

func (p layout) row(c *plan.Change, known plan.Reasons) row {
	outcome, tried := p.Outcomes[*c]
	r := row{Symbol: c.Action.Symbol(), Word: effectWords[c.Action], Who: facts.Person(c), Name: escape.Brief(c.Name),
		Role: facts.RoleText(c), Admin: facts.AdminText(c), Metadata: facts.MetadataText(c), Why: p.Reason(c, known),
		GainsAdmin: c.Admin == plan.AdminGained, change: c,
		Failed: p.Report.Applied && c.State == plan.Ready && (!tried || outcome.Result == apply.Failed)}
	if user := escape.Brief(c.UserID); user != r.Who {
		r.User = user
	}
	return r
}

// effectWords say what a change is for the person.
var effectWords = map[plan.Action]string{
	plan.Add: "join", plan.CreateUser: "join", plan.Invite: "invite", plan.SetRole: "change", plan.SetMetadata: "change",
	plan.Adopt: "adopt", plan.Remove: "leave", plan.RevokeInvitation: "revoke",
}

// tally counts the changes of one state by what they do.
type tally struct {
	State               string
	Add, Change, Remove int
}

// tallies are the states in which there are changes.
func (p layout) tallies() []tally {
	counts := map[plan.State]*tally{plan.Ready: {State: "to do"}, plan.Held: {State: "waiting"}, plan.Skipped: {State: "skipped"}}
	if p.Report.Applied {
		counts[plan.Ready].State = "to be done"
	}
	for _, c := range p.Report.Plan.Changes() {
		counts[c.State].count(c.Action)
	}
	out := []tally{*counts[plan.Ready]}
	for _, state := range []plan.State{plan.Held, plan.Skipped} {
		if t := counts[state]; t.all() > 0 {
			out = append(out, *t)
		}
	}
	return out
}

func (t *tally) count(a plan.Action) {
	switch a.Symbol() {
	case "+":
		t.Add++
	case "-":
		t.Remove++
	default:
		t.Change++
	}
}

func (t *tally) all() int { return t.Add + t.Change + t.Remove }

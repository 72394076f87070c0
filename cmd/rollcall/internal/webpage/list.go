package webpage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/plan"
)

// List has the changes of one state, for the templates lists and parts.
type List struct {
	// State is what the filter of a page knows the list by.
	State   string
	Heading string
	Rows    []Row
}

// LongList is from how many rows on a list can be folded.
const LongList = 20

// IsLong reports whether the list can be folded.
func (l List) IsLong() bool { return len(l.Rows) > LongList }

// IsOpen reports whether a long list is open at first: somebody reads the names of
// people who leave or who wait.
func (l List) IsOpen() bool {
	return l.State == string(plan.Held) || slices.ContainsFunc(l.Rows, func(r Row) bool { return r.Symbol == "-" })
}

// NewAdmins are the rows of those who become admin, which come first.
func (l List) NewAdmins() []Row {
	n := 0
	for n < len(l.Rows) && l.Rows[n].GainsAdmin {
		n++
	}
	return l.Rows[:n]
}

// Parts are the rows in tables of their own.
func (l List) Parts() []Part[Row] { return Split(l.Heading, l.Rows) }

// Summary is the heading of a list with its counts.
func (l List) Summary() string {
	return fmt.Sprintf("%s: %s (%s)", l.Heading, facts.Number(len(l.Rows)), l.Counts())
}

// Counts say how many people of a list leave, change and join.
func (l List) Counts() string {
	counts, admins := map[string]int{}, 0
	for i := range l.Rows {
		counts[l.Rows[i].Word]++
		if l.Rows[i].GainsAdmin {
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

// Row is one change. Its texts are free of control characters and their like (S35).
type Row struct {
	Symbol, Word, Who, User, Name, Role, Admin, Metadata, Why string
	GainsAdmin, Failed                                        bool
	change                                                    *plan.Change
}

// NewRow is the row of a change, with its reason.
func NewRow(c *plan.Change, why string) Row {
	r := Row{Symbol: c.Action.Symbol(), Word: effectWords[c.Action], Who: facts.Person(c), Name: escape.Brief(c.Name),
		Role: facts.RoleText(c), Admin: facts.AdminText(c), Metadata: facts.MetadataText(c), Why: why,
		GainsAdmin: c.Admin == plan.AdminGained, change: c}
	if user := escape.Brief(c.UserID); user != r.Who {
		r.User = user
	}
	return r
}

// SortRows puts new admins first (S43), then the people who leave. All others stay in
// their order.
func SortRows(rows []Row) {
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(urgency(&a), urgency(&b)) })
}

func urgency(r *Row) int {
	switch {
	case r.GainsAdmin:
		return 0
	case r.Symbol == "-":
		return 1
	}
	return 2
}

// What says what the change does to the person.
func (r Row) What() string { return facts.Change(r.change) }

// Sign is the symbol as a page shows it: a minus is as wide as a plus.
func (r Row) Sign() string {
	if r.Symbol == "-" {
		return "−"
	}
	return r.Symbol
}

// Kind is the class of the symbol in a page.
func (r Row) Kind() string {
	switch r.Symbol {
	case "+":
		return "add"
	case "-":
		return "remove"
	}
	return "change"
}

// effectWords say what a change is for the person.
var effectWords = map[plan.Action]string{
	plan.Add: "join", plan.CreateUser: "join", plan.Invite: "invite", plan.SetRole: "change", plan.SetMetadata: "change",
	plan.Adopt: "adopt", plan.Remove: "leave", plan.RevokeInvitation: "revoke",
	plan.Lock: "lock", plan.Ban: "ban", plan.EndSessions: "sign out", plan.RevokeAPIKeys: "API keys", plan.Unlock: "unlock", plan.Unban: "unban",
}

package rulediff

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/sync/plan"
)

func planOf(changes ...plan.Change) *plan.Plan {
	for i := range changes {
		changes[i].Organization = "org_a"
		if changes[i].State == "" {
			changes[i].State = plan.Ready
		}
	}
	return &plan.Plan{Version: plan.PlanVersion, Organizations: []plan.Organization{{ID: "org_a", Members: 3, AdminsBefore: 1, Changes: changes}}}
}

func words(p *plan.Plan) string {
	var out []string
	for _, c := range p.Changes() {
		var text strings.Builder
		fmt.Fprintf(&text, "%s %s %s>%s", c.Action, c.Subject(), c.From, c.To)
		for _, more := range []string{string(c.Admin), string(c.Public), string(c.PublicBefore)} {
			if more != "" {
				text.WriteString(" " + more)
			}
		}
		if c.State != plan.Ready {
			text.WriteString(" " + string(c.State))
		}
		out = append(out, text.String())
	}
	return strings.Join(out, "; ")
}

// What only one plan does is the difference, and what only the first one does is there
// in reverse, from its outcome to that of the second.
func TestDifferenceLeadsFromOneOutcomeToTheOther(t *testing.T) {
	t.Parallel()
	add := func(to string) plan.Change {
		return plan.Change{Action: plan.Add, UserID: "u", To: to, Because: "rule"}
	}
	admin := func(c plan.Change, e plan.AdminEffect) plan.Change { c.Admin = e; return c }
	state := func(c plan.Change, s plan.State) plan.Change { c.State = s; return c }
	remove := plan.Change{Action: plan.Remove, UserID: "u", From: "m", Because: "left"}
	role := func(from, to string) plan.Change {
		return plan.Change{Action: plan.SetRole, UserID: "u", From: from, To: to}
	}
	data := func(patch, before plan.JSON) plan.Change {
		return plan.Change{Action: plan.SetMetadata, UserID: "u", Public: patch, PublicBefore: before}
	}
	with := func(c plan.Change, public plan.JSON) plan.Change { c.Public = public; return c }
	list := func(c ...plan.Change) []plan.Change { return c }
	for name, x := range map[string]struct {
		before, after []plan.Change
		want          string
	}{
		"nothing":                     {nil, nil, ""},
		"both add":                    {list(add("m")), list(add("m")), ""},
		"the second adds":             {nil, list(add("m")), "add u >m"},
		"the first adds":              {list(add("m")), nil, "remove u m>"},
		"the first adds an admin":     {list(admin(add("a"), plan.AdminGained)), nil, "remove u a> lost"},
		"another role":                {list(add("m")), list(admin(add("a"), plan.AdminGained)), "set_role u m>a gained"},
		"another role, the other way": {list(admin(add("a"), plan.AdminGained)), list(add("m")), "set_role u a>m lost"},
		"the second removes":          {nil, list(remove), "remove u m>"},
		"the first removes":           {list(remove), nil, "add u >m"},
		"the first removes an admin":  {list(admin(remove, plan.AdminLost)), nil, "add u >m gained"},
		"removed, or another role":    {list(remove), list(role("m", "x")), "add u >x"},
		"another role, or removed":    {list(role("m", "x")), list(remove), "remove u x>"},
		"the first changes the role":  {list(role("m", "x")), nil, "set_role u x>m"},
		"two roles":                   {list(role("m", "x")), list(role("m", "y")), "set_role u x>y"},
		"waits under the second":      {list(remove), list(state(remove, plan.Held)), "remove u m> held"},
		"waits under the first":       {list(state(remove, plan.Held)), list(remove), "remove u m>"},
		"waits under both":            {list(state(remove, plan.Held)), list(state(remove, plan.Held)), ""},
		"skipped under the first":     {list(state(add("m"), plan.Skipped)), nil, ""},
		"skipped under the second":    {list(add("m")), list(state(add("m"), plan.Skipped)), "remove u m>"},
		"only the second skips":       {nil, list(state(add("m"), plan.Skipped)), "add u >m skipped"},
		"the second sets metadata":    {nil, list(data(`{"a":1}`, "")), `set_metadata u > {"a":1}`},
		"the first sets metadata":     {list(data(`{"a":1}`, "")), nil, `set_metadata u > {"a":null} {"a":1}`},
		"the first replaced them":     {list(data(`{"a":1}`, `{"a":2}`)), nil, `set_metadata u > {"a":2} {"a":1}`},
		"other metadata":              {list(data(`{"a":1,"b":{"c":1,"d":1}}`, `{"a":2}`)), list(data(`{"a":3,"b":{"c":1}}`, `{"a":2}`)), `set_metadata u > {"a":3,"b":{"d":null}} {"a":1,"b":{"d":1}}`},
		"added with other metadata":   {list(with(add("m"), `{"a":1}`)), list(with(add("m"), `{"a":2}`)), `set_metadata u > {"a":2} {"a":1}`},
		"role and metadata":           {list(with(add("m"), `{"a":1}`)), list(with(add("x"), `{"a":2}`)), `set_metadata u > {"a":2} {"a":1}; set_role u m>x`},
		"invited under the first":     {list(plan.Change{Action: plan.Invite, Email: "u", To: "m"}), nil, "revoke_invitation u m>"},
		"revoked under the first":     {list(plan.Change{Action: plan.RevokeInvitation, Email: "u", From: "m"}), nil, "add u >m"},
		"banned under the first":      {list(plan.Change{Action: plan.Ban, UserID: "u"}), nil, "unban u >"},
		"locked under the second":     {list(plan.Change{Action: plan.Ban, UserID: "u"}), list(plan.Change{Action: plan.Lock, UserID: "u"}), "lock u >; unban u >"},
	} {
		d := Difference(planOf(x.before...), planOf(x.after...), "old.yaml")
		if got := words(d); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// Figures begin where the first plan ends.
func TestFiguresBeginWithTheFirstPlan(t *testing.T) {
	t.Parallel()
	add := plan.Change{Action: plan.Add, UserID: "u", To: "m", Admin: plan.AdminGained, State: plan.Held}
	d := Difference(planOf(add), planOf(), "old.yaml").Organizations[0]
	if d.Members != 4 || d.AdminsBefore != 2 || d.AdminsAfter != 1 || d.Changes[0].Because != "old.yaml would add: " {
		t.Errorf("%+v", d)
	}
	gone := Difference(planOf(add), &plan.Plan{}, "old.yaml")
	if words(gone) != "remove u m> lost" {
		t.Errorf("an organization that only the first plan has: %s", words(gone))
	}
	if fresh := Difference(&plan.Plan{}, planOf(add), "old.yaml"); words(fresh) != "add u >m gained held" {
		t.Errorf("an organization that only the second plan has: %s", words(fresh))
	}
}

// A hold is part of the difference if it is new, or keeps a part of it waiting. Its hash
// stands for the changes that are shown, and for no others of the plan.
func TestS23HashOfADifferenceHasNoHiddenChanges(t *testing.T) {
	t.Parallel()
	hold := plan.NewHold(plan.Removals, "org_a", "too many")
	hold.Approval = strings.Repeat("0", 64)
	other := plan.NewHold(plan.Canaries, "", "nobody is there")
	removal := func(user string) plan.Change {
		c := plan.Change{Action: plan.Remove, UserID: user, From: "m"}
		c.Hold(plan.Removals)
		return c
	}
	before, after := planOf(removal("u")), planOf(removal("u"), removal("v"))
	before.Holds, after.Holds = []plan.Hold{hold, other}, []plan.Hold{hold, other}
	d := Difference(before, after, "old.yaml")
	if len(d.Holds) != 1 || d.Holds[0].Reason != plan.Removals || d.Holds[0].Approval != plan.ApprovalHash("", []*plan.Change{&d.Organizations[0].Changes[0]}) || len(d.Organizations[0].Changes) != 1 {
		t.Errorf("%+v", d.Holds)
	}
	if d = Difference(before, before, "old.yaml"); len(d.Holds) != 0 {
		t.Errorf("both wait: %+v", d.Holds)
	}
	before.Holds = nil
	if d = Difference(before, after, "old.yaml"); len(d.Holds) != 2 {
		t.Errorf("new holds: %+v", d.Holds)
	}
}

// For any two outcomes of one person: the difference of a plan with itself is empty, and
// the difference applied to the first outcome gives the second.
func TestDifferenceIsComplete(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		present := rapid.SampledFrom([]string{"", "m", "x"}).Draw(t, "present")
		to := func(label string) (string, []plan.Change) {
			role := rapid.SampledFrom([]string{"", "m", "x", "y"}).Draw(t, label)
			switch {
			case role == present:
				return role, nil
			case present == "":
				return role, []plan.Change{{Action: plan.Add, UserID: "u", To: role}}
			case role == "":
				return role, []plan.Change{{Action: plan.Remove, UserID: "u", From: present}}
			}
			return role, []plan.Change{{Action: plan.SetRole, UserID: "u", From: present, To: role}}
		}
		first, before := to("first")
		second, after := to("second")
		role := first
		for _, c := range Difference(planOf(before...), planOf(after...), "old").Changes() {
			if c.From != role && (c.Action != plan.Add || role != "") {
				t.Fatalf("%s begins with %q, not %q", c.Action, c.From, role)
			}
			role = c.To
		}
		if role != second {
			t.Errorf("leads to %q, not %q", role, second)
		}
		if same := words(Difference(planOf(after...), planOf(after...), "old")); same != "" {
			t.Errorf("a plan differs from itself: %s", same)
		}
	})
}

// What both reads of a source show has to be the same; what only one shows does not
// count, and neither does a source that is configured in another way.
func TestSourceThatChangesBetweenTheReads(t *testing.T) {
	t.Parallel()
	snapshot := func(change func(*source.Snapshot)) map[string]string {
		s := &source.Snapshot{People: []source.Person{{ID: "1", Email: "a@x"}, {ID: "2", Attributes: source.Attributes{{Name: "a", Values: []string{"1"}}}}},
			Groups: []source.Group{{ID: "g", Members: []source.Member{{Person: 0}, {Person: 1}}}}, Rows: []source.Row{{Person: 0, Organization: "o", Role: "m"}}}
		if change != nil {
			change(s)
		}
		return shows(s)
	}
	hr := sources.Config{Name: "hr", CSV: &csvfile.Config{Path: "a.csv", Places: map[string]string{"a": "1"}}}
	moved := sources.Config{Name: "hr", CSV: &csvfile.Config{Path: "a.csv", Places: map[string]string{"a": "2"}}}
	other := sources.Config{Name: "hr", CSV: &csvfile.Config{Path: "b.csv"}}
	for name, x := range map[string]struct {
		change func(*source.Snapshot)
		second sources.Config
		want   string
	}{
		"nothing":        {nil, moved, ""},
		"a member":       {func(s *source.Snapshot) { s.Groups[0].Members = s.Groups[0].Members[:1] }, moved, "hr"},
		"another source": {func(s *source.Snapshot) { s.Groups[0].Members = s.Groups[0].Members[:1] }, other, ""},
		"another group": {func(s *source.Snapshot) {
			s.Groups = append(s.Groups, source.Group{ID: "h", Members: s.Groups[0].Members})
		}, moved, ""},
		"a disabled one": {func(s *source.Snapshot) { s.People[0].Disabled = "left" }, moved, "hr"},
		"an attribute":   {func(s *source.Snapshot) { s.People[1].Attributes[0].Values = []string{"2"} }, moved, "hr"},
		"an id":          {func(s *source.Snapshot) { s.People[1].ID = "3" }, moved, "hr"},
		"a role":         {func(s *source.Snapshot) { s.Rows[0].Role = "x" }, moved, "hr"},
		"a row less":     {func(s *source.Snapshot) { s.Rows = nil }, moved, "hr"},
		"not asked for":  {func(s *source.Snapshot) { s.People[1].Attributes = nil }, moved, ""},
	} {
		first, second := &witness{Source: named("hr"), shown: snapshot(nil)}, &witness{Source: named("hr"), shown: snapshot(x.change)}
		if got := changed([]source.Source{first}, []source.Source{second}, []sources.Config{hr}, []sources.Config{x.second}); got != x.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// fixed is a source that answers with one snapshot, which the reader changes.
type fixed struct {
	nameOnly
	snapshot source.Snapshot
}

func (f fixed) Read(context.Context, source.Request) (*source.Snapshot, error) {
	return &f.snapshot, nil
}

// What a source has shown is noted before a run changes it, and only the first time.
func TestWitnessNotesWhatWasShown(t *testing.T) {
	t.Parallel()
	w := &witness{Source: fixed{nameOnly{name: "hr"}, source.Snapshot{People: []source.Person{{ID: "1"}}, Rows: []source.Row{{Organization: "o", Role: "m"}}}}}
	s, err := w.Read(t.Context(), source.Request{})
	if err != nil {
		t.Fatal(err)
	}
	want := shows(s)
	s.Rows, s.People = nil, nil
	if again, err := w.Read(t.Context(), source.Request{}); err != nil || len(again.People) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	if len(want) < 3 || !maps.Equal(w.shown, want) {
		t.Errorf("%q, want %q", w.shown, want)
	}
}

// An organization that one plan could not list is no difference (S09).
func TestS09UnreadOrganizationIsNoDifference(t *testing.T) {
	t.Parallel()
	add := plan.Change{Action: plan.Add, UserID: "u", To: "m"}
	failure := plan.Failure{Organization: "org_a", Text: "503"}
	for _, first := range []bool{true, false} {
		before, after := planOf(), planOf(add)
		if first {
			before.Failures = []plan.Failure{failure}
		} else {
			before, after = planOf(add), planOf()
			after.Failures = []plan.Failure{failure}
		}
		if d := Difference(before, after, "old.yaml"); words(d) != "" || len(d.Failures) != 1 {
			t.Errorf("%s, %+v", words(d), d.Failures)
		}
	}
}

// nameOnly is a source that is not read.
type nameOnly struct {
	source.Source
	name string
}

func (n nameOnly) Name() string { return n.name }

func named(name string) source.Source { return nameOnly{name: name} }

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/.ci/suite"
	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/report/schematest"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// production is the instance of the reports (S41).
var production = clerkapi.Instance{ID: "ins_1", Environment: "production"}

// fixtures are reports of every kind; each has a golden text of its name.
func fixtures() map[string]*sync.Report {
	return map[string]*sync.Report{
		"plan": planned(), "applied": applied(), "nothing": nothing(), "failed": failed(), "hostile": hostile(),
	}
}

func sourceSummaries() []plan.SourceSummary {
	return []plan.SourceSummary{{Name: "hr", People: 300, Groups: 24}, {Name: "extra", People: 1, Rows: 2}}
}

func planned() *sync.Report {
	acme := plan.Organization{ID: "org_1", Slug: "acme", Name: "Acme Corp", Members: 120, Ours: 100, AdminsBefore: 2, AdminsAfter: 2,
		Seats: plan.Seats{Before: 121, After: 122, Limit: 150},
		Changes: []plan.Change{
			{Action: plan.Add, Organization: "org_1", UserID: "user_1", Email: "ada@corp.example", To: "org:admin", Admin: plan.AdminGained, Public: `{"department":"R&D"}`, Private: `{"rollcall":{"id":"1"}}`, Because: "rule 1: admins", State: plan.Ready},
			{Action: plan.Invite, Organization: "org_1", Email: "ben@corp.example", To: "org:member", Because: "rule 2: staff", State: plan.Ready},
			{Action: plan.CreateUser, Organization: "org_1", Email: "cleo@corp.example", FirstName: "Cleo", ExternalID: "e3", To: "org:member", Because: "rule 2: staff", State: plan.Ready},
			{Action: plan.SetMetadata, Organization: "org_1", UserID: "user_4", Email: "dora@corp.example", Public: `{"department":"Sales","floor":null}`, PublicBefore: `{"department":"Support","floor":3}`, Private: `{"cost":{"center":"42"}}`, Because: "rule 2: staff", State: plan.Ready},
			{Action: plan.Adopt, Organization: "org_1", UserID: "user_5", Email: "emil@corp.example", Private: `{"rollcall":{"id":"5"}}`, Because: "rule 2: staff", State: plan.Ready},
			{Action: plan.SetRole, Organization: "org_1", UserID: "user_6", Email: "finn@corp.example", From: "org:admin", To: "org:member", Admin: plan.AdminLost, Because: "rule 2: staff", State: plan.Ready},
			{Action: plan.RevokeInvitation, Organization: "org_1", Email: "gina@corp.example", From: "org:member", Because: "no rule wants it", State: plan.Ready},
			{Action: plan.Remove, Organization: "org_1", UserID: "user_8", From: "org:member", Because: "no rule wants it", State: plan.Ready},
			{Action: plan.Remove, Organization: "org_1", UserID: "user_9", Email: "日本@corp.example", From: "org:member", Because: "no rule wants it", State: plan.Ready},
			{Action: plan.Remove, Organization: "org_1", UserID: "user_10", Email: "ivo@corp.example", From: "org:admin", Admin: plan.AdminLost, Because: "no rule wants it", State: plan.Skipped, Why: "last admin (S19)"},
		},
		Notes: []plan.Note{{Rule: "S03", Organization: "org_1", Email: "jo@corp.example", Text: "no Clerk user"}},
	}
	sales := plan.Organization{ID: "org_3", Slug: "sales", Members: 40, AdminsBefore: 1, AdminsAfter: 1, Changes: []plan.Change{
		{Action: plan.Add, Organization: "org_3", UserID: "user_11", Email: "kim@corp.example", To: "org:member", Because: "rule 3: sales", State: plan.Ready},
		{Action: plan.SetRole, Organization: "org_3", UserID: "user_12", Email: "lee@corp.example", From: "org:member", To: "org:viewer", Because: "rule 3: sales", State: plan.Ready},
	}}
	return &sync.Report{Plan: &plan.Plan{Version: plan.PlanVersion, Instance: production, Sources: sourceSummaries(),
		Organizations: []plan.Organization{acme, {ID: "org_2", Slug: "quiet", Members: 9}, sales},
		Holds: []plan.Hold{
			held(plan.Removals, "org_1", "2 removals of 3; the limit is …", &acme.Changes[7], &acme.Changes[8]),
			plan.NewHold(plan.UnknownOrganization, "nowhere", "no organization has this slug"),
			held(plan.Adds.OfRun(), "", "6000 adds in all organizations", &sales.Changes[0]),
			held(plan.FailedSource, "org_3", "source extra could not be read", &sales.Changes[1]),
		},
		Notes:       []plan.Note{{Text: "hr.csv:3: two rows merged"}},
		HistoryOff:  []string{"S18", "S20"},
		Invitations: &plan.Queue{Now: 750, Later: 1250, Last: time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)},
		Cost:        plan.Cost{Reads: 7, Writes: []plan.Calls{{Kind: "POST /organizations/{organization_id}/memberships", Calls: 2}}, Seconds: 90, Road: clerkapi.InstanceWide},
	}}
}

// held makes changes wait for a reason; where a guard holds them, with the hash
// that approves them.
func held(r plan.Reason, organization, text string, set ...*plan.Change) plan.Hold {
	for _, c := range set {
		c.Hold(r)
	}
	h := plan.NewHold(r, organization, text)
	h.Changes = len(set)
	if set[0].HeldByGuard() {
		h.Approval = plan.ApprovalHash(production.ID, set)
	}
	return h
}

func applied() *sync.Report {
	r := planned()
	r.Applied = true
	changes := r.Plan.Organizations[0].Changes
	r.Outcomes = []apply.Outcome{
		{Change: changes[0], Result: apply.Done}, {Change: changes[1], Result: apply.Failed, Error: "POST /x: 422"},
		{Change: changes[2], Result: apply.Found}, {Change: changes[5], Result: apply.Dropped, Error: "last admin"},
	}
	r.NotTried = 3
	r.Interrupted = true
	r.Requests = []sync.Traffic{{Kind: "GET /organizations", Sent: 2, Least: 1}, {Kind: "POST /organizations/{organization_id}/memberships", Sent: 3, Least: 2}}
	r.Retries, r.TooMany = 2, 1
	r.Stopped = []plan.Note{{Organization: "org_1", Text: "more than half of 10 calls failed"}}
	return r
}

func nothing() *sync.Report {
	return &sync.Report{Plan: &plan.Plan{Version: plan.PlanVersion, Instance: production, Sources: sourceSummaries(), Organizations: []plan.Organization{{ID: "org_2", Slug: "quiet", Members: 312}}, Cost: plan.Cost{Reads: 5, Writes: []plan.Calls{}}}}
}

func failed() *sync.Report {
	r := nothing()
	r.Plan.Failures = []plan.Failure{
		{Source: "corp", Text: "connect to ldaps://dc1: timeout"},
		{Organization: "org_3", Text: "list members of org_3: 503"},
	}
	return r
}

const attack = "a\u202eb\x1b[2Jc\nd\u2028e\u0085f\xffg\u200bh"

// hostile has an attack in every value that somebody outside can write.
func hostile() *sync.Report { return attackedBy(attack) }

func attackedBy(attack string) *sync.Report {
	value, _ := json.Marshal(map[string]string{attack: attack}) // strings marshal
	change := plan.Change{Action: plan.SetMetadata, Organization: attack, UserID: attack, Email: attack, Name: attack, ID: attack, From: attack, To: attack,
		Public: plan.JSON(value), PublicBefore: plan.JSON(value), Because: attack, State: plan.Ready, Why: attack}
	held, role := change, change
	held.State, role.Action = plan.Held, plan.SetRole
	note := []plan.Note{{Rule: "S10", Organization: attack, Email: attack, Text: attack}}
	return &sync.Report{Plan: &plan.Plan{Version: plan.PlanVersion, Instance: production,
		Sources:       []plan.SourceSummary{{Name: attack, Server: attack}},
		Organizations: []plan.Organization{{ID: attack, Slug: attack, Name: attack + "x", Changes: []plan.Change{change, held, role}, Notes: note}},
		Holds:         []plan.Hold{{Guard: "x", Rule: "S02", Organization: attack, Text: attack}, {Guard: "y", Rule: "S02", Organization: attack + "2", Text: attack}},
		Upcoming:      &plan.Upcoming{Events: []plan.Event{{Day: "2026-12-24", Kind: plan.Starts, Action: plan.Add, Organization: attack, Email: "eve@corp.example", To: "org:member", Because: attack}}},
		Notes:         note, Failures: []plan.Failure{{Source: attack, Organization: attack, Text: attack}}, Cost: plan.Cost{Writes: []plan.Calls{}},
	}, Applied: true, Sent: apply.Sent{Outcomes: []apply.Outcome{{Change: role, Result: apply.Failed, Error: attack}}, Stopped: note}}
}

func render(t *testing.T, r *sync.Report, o facts.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenText(t *testing.T) {
	for name, r := range fixtures() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".golden", render(t, r, facts.Options{Flags: []string{"--config", "my config.yaml"}}))
		})
	}
}

// The screens of a small and a large plan, as wide as terminals are. The files
// without a width are what a pipe gets; NO_COLOR is what Color false writes.
func TestGoldenScreens(t *testing.T) {
	t.Parallel()
	suite.OneGoroutine(t)
	for _, width := range []int{60, 80, 120} {
		for name, r := range map[string]*sync.Report{"plan": fixtures()["plan"], "applied": fixtures()["applied"], "large": crowded(false)} {
			t.Run(fmt.Sprintf("%s-%d", name, width), func(t *testing.T) {
				golden(t, fmt.Sprintf("%s-%d.golden", name, width), render(t, r, facts.Options{Width: width, Kept: true}))
			})
		}
	}
	golden(t, "plan-80-color.golden", render(t, fixtures()["plan"], facts.Options{Width: 80, Kept: true, Color: true}))
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *schematest.Update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("differs from %s (-update rewrites it):\n%s", file, diff)
	}
}

// Nothing that came from outside reaches the terminal as more than its text.
func TestS35NothingEscapesEscaping(t *testing.T) {
	for name, r := range fixtures() {
		text := render(t, r, facts.Options{Flags: []string{"--only", attack}})
		all := map[string]string{"text with an attack in the flags": text}
		for form, x := range forms {
			var b bytes.Buffer
			if err := x.write(&b, r); err != nil {
				t.Fatal(err)
			}
			all[form] = b.String()
		}
		for form, out := range all {
			for i, c := range out {
				if c != '\n' && (unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Zl, unicode.Zp)) {
					t.Errorf("%s as %s: %U at byte %d", name, form, c, i)
				}
			}
		}
		if name == "hostile" && strings.Contains(text, "\nd") {
			t.Errorf("a newline in a value begins a line:\n%s", text)
		}
	}
}

// What plan writes, apply reads; the same report gives the same bytes.
func TestJSONRoundTrip(t *testing.T) {
	for name, r := range fixtures() {
		if name == "hostile" { // invalid UTF-8 does not survive JSON
			continue
		}
		var first, second bytes.Buffer
		if err := JSON(&first, r); err != nil {
			t.Fatal(err)
		}
		p, err := ReadPlan(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		forget(r.Plan)
		if diff := cmp.Diff(r.Plan, p, cmpopts.EquateComparable(plan.Change{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		again := *r
		again.Plan = p
		if err := JSON(&second, &again); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: other bytes, %v", name, err)
		}
		bare, err := json.Marshal(r.Plan)
		if err != nil {
			t.Fatal(err)
		}
		if p, err = ReadPlan(bytes.NewReader(bare)); err != nil || !cmp.Equal(r.Plan, p, cmpopts.EquateComparable(plan.Change{})) {
			t.Errorf("%s: a bare plan is read as %v, %v", name, p, err)
		}
	}
}

// forget takes away what the JSON of a plan does not have: the reasons of what
// waits as values.
func forget(p *plan.Plan) {
	for _, c := range p.Changes() {
		c.Reasons = 0
	}
	for i := range p.Holds {
		p.Holds[i].Reason = 0
	}
}

func TestNotesAreCutAloud(t *testing.T) {
	r := nothing()
	for range maxNotes + 5 {
		r.Plan.Notes = append(r.Plan.Notes, plan.Note{Text: "n"})
	}
	r.Plan.Notes[maxNotes+4] = plan.Note{Kind: plan.ReaddedLeaver, Text: "urgent"}
	if got := render(t, r, facts.Options{}); !strings.Contains(got, "… and 5 more notes (--output json has all)") || !strings.Contains(got, "note: urgent\nnote: n\n") {
		t.Errorf("cut silently:\n%s", got)
	}
}

// A terminal gets of a large plan the organizations in figures, first those that
// lose most, then what waits, and a part of the lists with the number of the rest.
func TestTerminalListsAreCutAloud(t *testing.T) {
	r := large(1000)
	out := render(t, r, facts.Options{Width: 100})
	for _, want := range []string{"  organization", "… and 31 more organizations (--all)", "Waits for approval (4)", "Leave now (", " more (--all)", "Everything else: rollcall plan --all\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if lines := strings.Count(out, "\n"); lines > 250 {
		t.Errorf("%d lines", lines)
	}
	for name, o := range map[string]facts.Options{"off a terminal": {}, "--all": {Width: 100, All: true}} {
		if whole := render(t, r, o); strings.Contains(whole, "… and") {
			t.Errorf("%s: cut", name)
		}
	}
}

func TestColourAddsNothingButColour(t *testing.T) {
	for name, r := range fixtures() {
		plain, coloured := render(t, r, facts.Options{}), render(t, r, facts.Options{Color: true})
		for _, code := range []terminal.Colour{terminal.Bold, terminal.Dim, terminal.Red, terminal.Green, terminal.Yellow, terminal.Magenta} {
			coloured = strings.ReplaceAll(coloured, "\x1b["+string(code)+"m", "")
		}
		if coloured = strings.ReplaceAll(coloured, "\x1b[0m", ""); coloured != plain {
			t.Errorf("%s: %s", name, cmp.Diff(plain, coloured))
		}
	}
}

func FuzzReadPlan(f *testing.F) {
	f.Add([]byte(`{"plan": {"version": 1}}`))
	f.Add([]byte(`{"version": 1, "organizations": [{"changes": [{"action": "add"}]}]}`))
	f.Add([]byte(`{"version": 1, "organizations": [{"id": "org_a", "slug": "\u202ea", "changes": [{"action": "set_metadata", "user_id": "u\u001b[2J", "email": "a@b.example", "public_metadata": {"a": null, "b": {"c": [1, "\u0007"]}}, "because": "x\ny", "state": "held", "why": "\u0000"}], "notes": [{"rule": "S10", "text": "\u2066"}]}], "holds": [{"guard": "removals", "rule": "S17", "organization": "org_a", "text": "\r", "approval": "ab"}], "failures": [{"source": "hr", "text": "\t"}], "sources": [{"name": "\u009b"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ReadPlan(bytes.NewReader(data))
		if (p == nil) == (err == nil) {
			t.Errorf("got %v and %v", p, err)
		}
		if err != nil {
			return
		}
		if p.Version != plan.PlanVersion {
			t.Errorf("took version %d", p.Version)
		}
		again := render(t, &sync.Report{Plan: p}, facts.Options{})
		if strings.ContainsFunc(strings.ReplaceAll(again, "\n", ""), unfit) {
			t.Errorf("a terminal would obey %q", again)
		}
		var first, second bytes.Buffer
		if err := JSON(&first, &sync.Report{Plan: p}); err != nil {
			return // an action or a state that no plan has
		}
		saved := first.String()
		if p, err = ReadPlan(&first); err != nil {
			t.Fatalf("what was read is no plan once saved: %v", err)
		}
		if err := JSON(&second, &sync.Report{Plan: p}); err != nil || second.String() != saved {
			t.Errorf("saved again it differs: %s, %v", cmp.Diff(saved, second.String()), err)
		}
	})
}

// unfit is what no form may show raw (S35).
func unfit(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// crowded has more changes than any short form lists, all waiting in 60
// organizations, and in the last of these somebody becomes admin.
func crowded(admins bool) *sync.Report {
	p := &plan.Plan{Instance: production, Sources: sourceSummaries()}
	for i := range 60 {
		o := plan.Organization{ID: fmt.Sprintf("org_%02d", i), Slug: fmt.Sprintf("team-%02d", i)}
		for j := range 60 {
			o.Changes = append(o.Changes, plan.Change{Action: plan.Add, Organization: o.ID, Email: fmt.Sprintf("p%02d-%02d@corp.example", i, j), To: "org:member", State: plan.Ready, Because: "rule 2: staff"})
			if admins {
				o.Changes[j].Admin = plan.AdminGained
			}
		}
		if i == 59 {
			o.Changes = append(o.Changes, plan.Change{Action: plan.Add, Organization: o.ID, Email: "zz@corp.example", To: "org:admin", Admin: plan.AdminGained, State: plan.Ready, Because: "rule 1: admins"})
		}
		var set []*plan.Change
		for j := range o.Changes {
			set = append(set, &o.Changes[j])
		}
		p.Holds = append(p.Holds, held(plan.Adds, o.ID, "many adds", set...))
		if i == 59 {
			o.Changes = append(o.Changes, plan.Change{Action: plan.SetRole, Organization: o.ID, Email: "zy@corp.example", From: "org:member", To: "org:admin", Admin: plan.AdminGained, State: plan.Ready, Because: "rule 1: admins"})
		}
		p.Organizations = append(p.Organizations, o)
	}
	return &sync.Report{Plan: p}
}

// Whoever becomes admin is in every list, before all others, and is never cut.
func TestS43WhoeverBecomesAdminComesFirst(t *testing.T) {
	t.Parallel()
	suite.OneGoroutine(t)
	r := crowded(false)
	forms := map[string]func(w io.Writer) error{
		"text":     func(w io.Writer) error { return Text(w, r, facts.Options{}) },
		"terminal": func(w io.Writer) error { return Text(w, r, facts.Options{Width: 100}) },
		"markdown": func(w io.Writer) error { return Markdown(w, r, facts.Options{}) },
		"html":     func(w io.Writer) error { return HTML(w, r, facts.Options{}) },
		"approve": func(w io.Writer) error {
			return Kept(w, production, []KeptSet{{Parts: r.Plan.Organizations[59:]}}, false, facts.Options{})
		},
	}
	for name, write := range forms {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		place := func(pattern string) int {
			if at := regexp.MustCompile(pattern).FindStringIndex(b.String()); at != nil {
				return at[0]
			}
			return -1
		}
		admin, member, now := place(`\bzz\b`), place(`\bp[0-9]{2}-[0-9]{2}\b`), place(`\bzy\b`)
		if admin < 0 || member < 0 || admin > member || now < 0 {
			t.Errorf("%s: the admins are at %d and %d, the first member at %d", name, admin, now, member)
		}
	}
	d := NewDigest(r, facts.Options{}, 25)
	s := d.Sections[0]
	if !strings.HasPrefix(s.Title, "team-59") || s.Held.First[0].Who != "zz@corp.example" || len(s.Held.First) != 25 || s.Held.Admins != 1 || d.Sections[1].Done.Admins != 1 {
		t.Errorf("the digest begins with %s, %+v", s.Title, s.Held)
	}
	many := crowded(true)
	d = NewDigest(many, facts.Options{}, 25)
	if d.More != 0 || len(d.Sections[0].Held.First) < 60 {
		t.Errorf("%d organizations and all but %d admins are cut", d.More, len(d.Sections[0].Held.First))
	}
	if d := NewDigest(many, facts.Options{}, 0); len(d.Sections[0].Held.First) != 0 || d.Sections[0].Admins() == 0 {
		t.Error("a digest without names has names")
	}
	people := regexp.MustCompile(`\bp[0-9]{2}-[0-9]{2}\b`)
	if n := len(people.FindAllString(render(t, many, facts.Options{Width: 100}), -1)); n != 60*60+namedAdmins {
		t.Errorf("a terminal names %d admins", n)
	}
	if text := render(t, r, facts.Options{Width: 100}); len(people.FindAllString(text, -1)) != shortList*shortList-1 || !strings.Contains(text, "… and 40 more") {
		t.Error("the others are no longer cut")
	}
}

// A terminal shows the first of many sets with their people and commands, and of
// the others what they are and how to see them; --all shows every set.
func TestManySetsOnATerminal(t *testing.T) {
	t.Parallel()
	suite.OneGoroutine(t)
	r := crowded(false)
	command := regexp.MustCompile(`(?m)^   To approve:`)
	for _, x := range []struct {
		options  facts.Options
		commands int
		says     string
	}{
		{facts.Options{Width: 100}, shortList, "40. team-"},
		{facts.Options{Width: 100}, shortList, "The people and commands of these 40: rollcall plan --all"},
		{facts.Options{Width: 160, Kept: true}, shortList, "of these 40: rollcall approve, which asks about each set, or rollcall plan --all"},
		{facts.Options{Width: 100, Kept: true}, shortList, "\nWaits for approval (60)\n"},
		{facts.Options{Width: 100, All: true}, 60, "To approve all 60:"},
		{facts.Options{}, 60, "To approve all 60:"},
	} {
		text := render(t, r, x.options)
		if n := len(command.FindAllString(text, -1)); n != x.commands || !strings.Contains(text, x.says) {
			t.Errorf("%+v: %d commands, want %d and %q", x.options, n, x.commands, x.says)
		}
		if x.commands < 60 && strings.Contains(text, "To approve all") {
			t.Errorf("%+v: one command approves what is not shown", x.options)
		}
	}
}

// Of those who would lose access, the table says how many an approval does not remove.
// Whoever has moved loses no access, and is not among them.
func TestFiguresLeaveOutWhatNoApprovalDoes(t *testing.T) {
	for user, want := range map[string]string{"user_left": "1 of them until the cause is fixed", "user_moved": ""} {
		gone := plan.Change{Action: plan.Remove, Organization: "org_b", UserID: user}
		gone.Hold(plan.Canaries)
		waits := plan.Change{Action: plan.Remove, Organization: "org_a", UserID: "user_approvable"}
		waits.Hold(plan.Removals)
		joins := plan.Change{Action: plan.Add, Organization: "org_a", UserID: "user_moved", State: plan.Ready}
		r := &sync.Report{Plan: &plan.Plan{
			Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: []plan.Change{waits, joins}}, {ID: "org_b", Slug: "blue", Changes: []plan.Change{gone}}},
			Holds:         []plan.Hold{{Organization: "org_a", Reason: plan.Removals, Approval: plan.ApprovalHash("org_a", []*plan.Change{&waits}), Changes: 1}, plan.NewHold(plan.Canaries, "org_b", "p1 is gone")},
		}}
		text := render(t, r, facts.Options{})
		if !strings.Contains(text, "Waits for approval (1)") || !strings.Contains(text, want) || want == "" && strings.Contains(text, "of them until the cause") {
			t.Errorf("%s:\n%s", user, text)
		}
	}
}

// A terminal shows the first of many organizations that wait for something to be
// fixed with what it is, and the others by title.
func TestManyCausesOnATerminal(t *testing.T) {
	made := &plan.Plan{}
	for i := range 60 {
		id := fmt.Sprintf("org_%02d", i)
		o := plan.Organization{ID: id, Slug: fmt.Sprintf("team-%02d", i)}
		for j := range 3 {
			c := plan.Change{Action: plan.Remove, Organization: id, UserID: fmt.Sprintf("user_%d_%d", i, j)}
			c.Hold(plan.Canaries)
			o.Changes = append(o.Changes, c)
		}
		made.Organizations = append(made.Organizations, o)
		made.Holds = append(made.Holds, plan.NewHold(plan.Canaries, id, fmt.Sprintf("p%d is gone", i)))
	}
	for _, x := range []struct {
		options facts.Options
		causes  int
		says    string
	}{
		{facts.Options{Width: 100}, shortList, "What these 40 wait for: rollcall plan --all"},
		{facts.Options{Width: 100, All: true}, 60, "team-59: 3 people"},
		{facts.Options{}, 60, "team-59: 3 people"},
	} {
		text := render(t, &sync.Report{Plan: made}, x.options)
		if n := strings.Count(text, " is gone"); n != x.causes || !strings.Contains(text, x.says) || strings.Count(text, "\nteam-") != 60 {
			t.Errorf("%+v: %d causes\n%s", x.options, n, text)
		}
	}
}

// A suggested command means what it says, whatever the address is.
func TestS35SuggestedRebindTakesNoFlags(t *testing.T) {
	c := facts.Commands{Plan: &plan.Plan{}}
	for email, want := range map[string]string{
		"ann@corp.example":    "rollcall rebind ann@corp.example --same-person",
		"-x@corp.example":     "rollcall rebind --same-person -- -x@corp.example",
		"--new-person":        "rollcall rebind --same-person -- --new-person",
		"a'b;$x@corp.example": `rollcall rebind 'a'\''b;$x@corp.example' --same-person`,
		"=ls@corp.example":    "rollcall rebind '=ls@corp.example' --same-person",
	} {
		if got := c.Rebind(email, "--same-person"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// People in the groups of two rules are a line of their own on a terminal, and
// their organization stays quiet; a pipe and --all have them all.
func TestPeopleOfTwoRulesAreOneLine(t *testing.T) {
	r := &sync.Report{Plan: &plan.Plan{Instance: production, Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Notes: []plan.Note{
		{Kind: plan.Outranked, People: 4, Text: "two rules match: ada and 3 more"}, {Kind: plan.Outranked, People: 1, Text: "two rules match: bo"}}}}}}
	const line, named = "note: 5 people are in the groups of two rules with different roles: the first rule decides (--all names them)", "two rules match: ada and 3 more"
	for name, x := range map[string]struct {
		options facts.Options
		want    string
		not     string
	}{
		"terminal": {facts.Options{Width: 120}, line, "acme"},
		"--all":    {facts.Options{Width: 120, All: true}, named, line},
		"pipe":     {facts.Options{}, named, line},
	} {
		if got := render(t, r, x.options); !strings.Contains(got, x.want) || strings.Contains(got, x.not) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

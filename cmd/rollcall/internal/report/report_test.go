package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/sync"
)

var update = flag.Bool("update", false, "rewrite the golden reports")

// fixtures are reports of every kind; each has a golden text of its name.
func fixtures() map[string]*sync.Report {
	return map[string]*sync.Report{
		"plan": planned(), "applied": applied(), "nothing": nothing(), "failed": failed(), "hostile": hostile(),
	}
}

func source() []sync.SourceSummary {
	return []sync.SourceSummary{{Name: "hr", People: 300, Groups: 24}, {Name: "extra", People: 1, Rows: 2}}
}

func planned() *sync.Report {
	hash := strings.Repeat("ab", 32)
	acme := sync.OrganizationPlan{ID: "org_1", Slug: "acme", Name: "Acme Corp", Members: 120, Ours: 100, AdminsBefore: 2, AdminsAfter: 2,
		Seats: sync.Seats{Before: 121, After: 122, Limit: 150},
		Changes: []sync.Change{
			{Action: sync.Add, Organization: "org_1", UserID: "user_1", Email: "ada@corp.example", To: "org:admin", Admin: sync.AdminGained, Public: `{"department":"R&D"}`, Private: `{"rollcall":{"id":"1"}}`, Because: "rule 1: admins", State: sync.Ready},
			{Action: sync.Invite, Organization: "org_1", Email: "ben@corp.example", To: "org:member", Because: "rule 2: staff", State: sync.Ready},
			{Action: sync.CreateUser, Organization: "org_1", Email: "cleo@corp.example", FirstName: "Cleo", ExternalID: "e3", To: "org:member", Because: "rule 2: staff", State: sync.Ready},
			{Action: sync.SetMetadata, Organization: "org_1", UserID: "user_4", Email: "dora@corp.example", Public: `{"department":"Sales","floor":null}`, PublicBefore: `{"department":"Support","floor":3}`, Private: `{"cost":{"center":"42"}}`, Because: "rule 2: staff", State: sync.Ready},
			{Action: sync.Adopt, Organization: "org_1", UserID: "user_5", Email: "emil@corp.example", Private: `{"rollcall":{"id":"5"}}`, Because: "rule 2: staff", State: sync.Ready},
			{Action: sync.SetRole, Organization: "org_1", UserID: "user_6", Email: "finn@corp.example", From: "org:admin", To: "org:member", Admin: sync.AdminLost, Because: "rule 2: staff", State: sync.Ready},
			{Action: sync.RevokeInvitation, Organization: "org_1", Email: "gina@corp.example", From: "org:member", Because: "no rule wants it", State: sync.Ready},
			{Action: sync.Remove, Organization: "org_1", UserID: "user_8", From: "org:member", Because: "no rule wants it", State: sync.Held, Why: "guard removals (S17)"},
			{Action: sync.Remove, Organization: "org_1", UserID: "user_9", Email: "日本@corp.example", From: "org:member", Because: "no rule wants it", State: sync.Held, Why: "guard removals (S17)"},
			{Action: sync.Remove, Organization: "org_1", UserID: "user_10", Email: "ivo@corp.example", From: "org:admin", Admin: sync.AdminLost, Because: "no rule wants it", State: sync.Skipped, Why: "last admin (S19)"},
		},
		Notes: []sync.Note{{Rule: "S03", Organization: "org_1", Email: "jo@corp.example", Text: "no Clerk user"}},
	}
	return &sync.Report{Plan: &sync.Plan{Version: sync.PlanVersion, Sources: source(),
		Organizations: []sync.OrganizationPlan{acme, {ID: "org_2", Slug: "quiet", Members: 9}},
		Holds: []sync.Hold{
			{Guard: "removals", Rule: "S17", Organization: "org_1", Limit: 5, Figure: 2, Changes: 2, Text: "2 removals of 3; the limit is …", Approval: hash},
			{Guard: "unknown_organization", Rule: "S22", Organization: "nowhere", Text: "no organization has this slug"},
			{Guard: "adds", Rule: "S17", Text: "6000 adds in all organizations", Changes: 0, Approval: strings.Repeat("cd", 32)},
		},
		Notes:       []sync.Note{{Text: "hr.csv:3: two rows merged"}},
		HistoryOff:  []string{"S18", "S20"},
		Invitations: &sync.Queue{Now: 750, Later: 1250, Last: time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)},
		Cost:        sync.Cost{Reads: 7, Writes: []sync.Calls{{Kind: "POST /organizations/{organization_id}/memberships", Calls: 2}}, Seconds: 90, Road: clerkapi.InstanceWide},
	}}
}

func applied() *sync.Report {
	r := planned()
	r.Applied = true
	changes := r.Plan.Organizations[0].Changes
	r.Outcomes = []sync.Outcome{
		{Change: changes[0], Result: sync.Done}, {Change: changes[1], Result: sync.Failed, Error: "POST /x: 422"},
		{Change: changes[2], Result: sync.Found}, {Change: changes[5], Result: sync.Dropped, Error: "last admin"},
	}
	r.NotTried = 3
	r.Interrupted = true
	r.Requests = []sync.Traffic{{Kind: "GET /organizations", Sent: 2, Least: 1}, {Kind: "POST /organizations/{organization_id}/memberships", Sent: 3, Least: 2}}
	r.Retries, r.TooMany = 2, 1
	r.Stopped = []sync.Note{{Organization: "org_1", Text: "more than half of 10 calls failed"}}
	return r
}

func nothing() *sync.Report {
	return &sync.Report{Plan: &sync.Plan{Version: sync.PlanVersion, Sources: source(), Organizations: []sync.OrganizationPlan{{ID: "org_2", Slug: "quiet", Members: 312}}, Cost: sync.Cost{Reads: 5, Writes: []sync.Calls{}}}}
}

func failed() *sync.Report {
	r := nothing()
	r.Plan.Failures = []sync.Failure{
		{Source: "corp", Text: "connect to ldaps://dc1: timeout"},
		{Organization: "org_3", Text: "list members of org_3: 503"},
	}
	return r
}

const attack = "a\u202eb\x1b[2Jc\nd\u2028e\u0085f\xffg\u200bh"

// hostile has an attack in every value that somebody outside can write.
func hostile() *sync.Report {
	value, _ := json.Marshal(map[string]string{attack: attack}) // strings marshal
	change := sync.Change{Action: sync.SetMetadata, Organization: attack, UserID: attack, Email: attack, Name: attack, ID: attack, From: attack, To: attack,
		Public: sync.JSON(value), PublicBefore: sync.JSON(value), Because: attack, State: sync.Ready, Why: attack}
	held, role := change, change
	held.State, role.Action = sync.Held, sync.SetRole
	note := []sync.Note{{Rule: "S10", Organization: attack, Email: attack, Text: attack}}
	return &sync.Report{Plan: &sync.Plan{Version: sync.PlanVersion,
		Sources:       []sync.SourceSummary{{Name: attack, Server: attack}},
		Organizations: []sync.OrganizationPlan{{ID: attack, Slug: attack, Name: attack + "x", Changes: []sync.Change{change, held, role}, Notes: note}},
		Holds:         []sync.Hold{{Guard: "x", Rule: "S02", Organization: attack, Text: attack}, {Guard: "y", Rule: "S02", Organization: attack + "2", Text: attack}},
		Notes:         note, Failures: []sync.Failure{{Source: attack, Organization: attack, Text: attack}}, Cost: sync.Cost{Writes: []sync.Calls{}},
	}, Applied: true, Outcomes: []sync.Outcome{{Change: role, Result: sync.Failed, Error: attack}}, Stopped: note}
}

func render(t *testing.T, r *sync.Report, o Options) string {
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
			got := render(t, r, Options{Flags: []string{"--config", "my config.yaml"}})
			file := filepath.Join("testdata", name+".golden")
			if *update {
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
		})
	}
}

// Nothing that came from outside reaches the terminal as more than its text.
func TestS35NothingEscapesEscaping(t *testing.T) {
	for name, r := range fixtures() {
		text := render(t, r, Options{Flags: []string{"--only", attack}})
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

func TestS35Escape(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "日本 é": "日本 é", "a\nb": `a\u000ab`, "\x1b[31m": `\u001b[31m`, "\u202e": `\u202e`,
		"\u0085": `\u0085`, "\xff": `\xff`, "\U000e0001": `\udb40\udc01`, "\u2066x\u2069": `\u2066x\u2069`, "": "",
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestS35EscapeLeavesNothingUnsafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		got := Escape(s)
		if strings.ContainsFunc(got, unsafe) {
			t.Errorf("%q became %q", s, got)
		}
		if Escape(got) != got {
			t.Errorf("%q is escaped twice", got)
		}
	})
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
		plan, err := ReadPlan(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(r.Plan, plan, cmpopts.EquateComparable(sync.Change{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		again := *r
		again.Plan = plan
		if err := JSON(&second, &again); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: other bytes, %v", name, err)
		}
		bare, err := json.Marshal(r.Plan)
		if err != nil {
			t.Fatal(err)
		}
		if plan, err = ReadPlan(bytes.NewReader(bare)); err != nil || !cmp.Equal(r.Plan, plan, cmpopts.EquateComparable(sync.Change{})) {
			t.Errorf("%s: a bare plan is read as %v, %v", name, plan, err)
		}
	}
}

func TestNotesAreCutAloud(t *testing.T) {
	r := nothing()
	for range maxNotes + 5 {
		r.Plan.Notes = append(r.Plan.Notes, sync.Note{Text: "n"})
	}
	if got := render(t, r, Options{}); !strings.Contains(got, "… and 5 more notes (--output json has all)") {
		t.Errorf("cut silently:\n%s", got)
	}
}

// A terminal is spared what nobody reads there, and is told what that was; an
// organization that is held is shown all the same.
func TestTerminalListsAreCutAloud(t *testing.T) {
	r := large(1000)
	out := render(t, r, Options{Most: 3})
	for _, want := range []string{"  + … and 122 more (", "    - … and 122 more (", "team-03 (", "team-33 (", "… and 34 more organizations with 408 changes ("} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "team-04 (") {
		t.Error("an organization beyond the bound is listed")
	}
	if whole := render(t, r, Options{}); strings.Contains(whole, "… and") {
		t.Error("cut without a bound")
	}
}

func TestColourAddsNothingButColour(t *testing.T) {
	for name, r := range fixtures() {
		plain, coloured := render(t, r, Options{}), render(t, r, Options{Color: true})
		for _, code := range []paint{bold, dim, red, green, yellow, magenta} {
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
		plan, err := ReadPlan(bytes.NewReader(data))
		if (plan == nil) == (err == nil) {
			t.Errorf("got %v and %v", plan, err)
		}
		if err != nil {
			return
		}
		if plan.Version != sync.PlanVersion {
			t.Errorf("took version %d", plan.Version)
		}
		again := render(t, &sync.Report{Plan: plan}, Options{})
		if strings.ContainsFunc(strings.ReplaceAll(again, "\n", ""), unfit) {
			t.Errorf("a terminal would obey %q", again)
		}
		var first, second bytes.Buffer
		if err := JSON(&first, &sync.Report{Plan: plan}); err != nil {
			return // an action or a state that no plan has
		}
		saved := first.String()
		if plan, err = ReadPlan(&first); err != nil {
			t.Fatalf("what was read is no plan once saved: %v", err)
		}
		if err := JSON(&second, &sync.Report{Plan: plan}); err != nil || second.String() != saved {
			t.Errorf("saved again it differs: %s, %v", cmp.Diff(saved, second.String()), err)
		}
	})
}

// unfit is what no form may show raw (S35).
func unfit(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

func TestProgressLogsStartAndEnd(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	p := NewProgress(nil, zap.New(core))
	for done := range 101 {
		p.Step("apply", done, 100)
	}
	p.Close()
	var got []any
	for _, e := range logs.All() {
		got = append(got, e.ContextMap()["done"])
	}
	if diff := cmp.Diff([]any{int64(0), int64(100)}, got); diff != "" {
		t.Error(diff)
	}
}

func TestProgressDrawsBarsOnATerminal(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	var terminal bytes.Buffer
	p := NewProgress(&terminal, zap.New(core))
	p.Step("read\x1b[2J", 1, 2)
	p.Step("read\x1b[2J", 2, 2)
	p.Step("unknown length", 0, 0)
	p.Close()
	if logs.Len() > 0 {
		t.Errorf("logged %d lines beside the bars", logs.Len())
	}
	if strings.Contains(terminal.String(), "\x1b[2J") {
		t.Error("a stage's name reached the terminal raw")
	}
}

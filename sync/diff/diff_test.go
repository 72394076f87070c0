package diff

import (
	"encoding/json"
	"strings"
	"testing"

	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/roster"
)

// The whole of what a diff answers: order, what is kept, and each half of the
// metadata on its own and with the other.
func TestDiffOfOneOrganization(t *testing.T) {
	have := actual{organization: "org_a", owner: "rollcall", members: []roster.Member{
		{UserID: "gone", Role: "org:member", FirstName: "Go", LastName: "Ne", Public: json.RawMessage(`{}`), Private: json.RawMessage(fake.Ours("g"))},
		{UserID: "kept", Role: "org:member", Public: json.RawMessage(`{}`), Private: json.RawMessage(fake.Ours("k"))},
		{UserID: "old", Role: "org:guest", Public: json.RawMessage(`{"a":1,"b":2,"c":3}`), Private: json.RawMessage(`{"d":4,"e":5}`)},
	}}
	want := desired{
		people: map[string]desiredMember{
			"new": {userID: "new", role: "org:member"}, "absent": {userID: "absent", role: "org:member"}, "kept": {userID: "kept", role: "org:admin"},
			"old": {userID: "old", role: "org:member", public: map[string]any{"a": nil, "b": nil}, private: map[string]any{"d": nil}},
		},
		keep: map[string]bool{"kept": true, "absent": true},
	}
	var got []string
	for _, c := range diff(want, have) {
		got = append(got, c.Action.String()+" "+c.UserID+" "+c.Name)
		if c.Action == plan.SetMetadata && (c.Nulls != 3 || c.Public != `{"a":null,"b":null}` || c.Private != `{"d":null}`) {
			t.Errorf("metadata %s %s with %d nulls", c.Public, c.Private, c.Nulls)
		}
	}
	if all := strings.Join(got, ", "); all != "add new , set_metadata old , set_role old , remove gone Go Ne" {
		t.Errorf("changes: %s", all)
	}
}

// As many public keys as private ones are metadata all the same.
func TestDiffOfBothMetadata(t *testing.T) {
	m := roster.Member{UserID: "u", Role: "r", Public: json.RawMessage(`{}`), Private: json.RawMessage(`{}`)}
	for name, w := range map[string]desiredMember{
		"both":    {role: "r", public: map[string]any{"a": "1"}, private: map[string]any{"b": "2"}},
		"public":  {role: "r", public: map[string]any{"a": "1"}},
		"private": {role: "r", private: map[string]any{"b": "2"}},
		"marker":  {role: "r", mark: true},
	} {
		if got := diffMember(w, &m, roster.Roles{}, "org_a", "rollcall"); len(got) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := diffMember(desiredMember{role: "r"}, &m, roster.Roles{}, "org_a", "rollcall"); len(got) != 0 {
		t.Errorf("nothing: %+v", got)
	}
}

// A change says all that its application, its undoing and a stranger need: the
// marker that is written (S01), what was there before, and whose it was.
func TestDiffSaysWhatWasThere(t *testing.T) {
	roles := roster.Roles{Admin: map[string]bool{"org:admin": true}, Permissions: map[string]map[string]bool{"org:member": {}}}
	have := actual{organization: "org_a", owner: "rollcall", roles: roles, members: []roster.Member{
		{UserID: "boss", Role: "org:admin", Marker: &plan.Marker{Owner: "rollcall", Source: "hr", ID: "9"}, Private: json.RawMessage(fake.Ours("9"))},
		{UserID: "odd", Role: "org:member", Identifier: "odd@corp.example"},
		{UserID: "old", Role: "org:member", Identifier: "old@corp.example", Public: json.RawMessage(`{"a":"1","b":"2"}`), Private: json.RawMessage(`{"d":"3"}`)},
	}}
	want := desired{people: map[string]desiredMember{
		"new": {userID: "new", email: "new@corp.example", name: "New", source: "hr", id: "7", role: "org:admin", because: "rule 1",
			public: map[string]any{"a": "1", "gone": nil}, private: map[string]any{"d": "3"}},
		"old": {role: "org:member", source: "hr", id: "8", mark: true, public: map[string]any{"a": "4", "b": "2", "c": "5"}, private: map[string]any{"d": nil}},
	}}
	got := diff(want, have)
	for i, w := range []plan.Change{
		{Action: plan.Add, Organization: "org_a", UserID: "new", Email: "new@corp.example", Name: "New", Source: "hr", ID: "7", To: "org:admin", Admin: plan.AdminGained,
			Public: `{"a":"1"}`, Private: `{"d":"3","rollcall":{"id":"7","owner":"rollcall","source":"hr"}}`, Because: "rule 1", State: plan.Ready},
		{Action: plan.Adopt, Organization: "org_a", UserID: "old", Email: "old@corp.example", Source: "hr", ID: "8", State: plan.Ready, Nulls: 1,
			Public: `{"a":"4","c":"5"}`, PublicBefore: `{"a":"1"}`, Private: `{"d":null,"rollcall":{"id":"8","owner":"rollcall","source":"hr"}}`, PrivateBefore: `{"d":"3"}`},
		{Action: plan.Remove, Organization: "org_a", UserID: "boss", Source: "hr", ID: "9", From: "org:admin", Admin: plan.AdminLost, Because: "no rule gives this membership", Cause: plan.NoRule, State: plan.Ready},
		{Action: plan.Remove, Organization: "org_a", UserID: "odd", Email: "odd@corp.example", From: "org:member", Because: "no rule gives this membership", Cause: plan.NoRule, State: plan.Ready},
	} {
		if i >= len(got) || got[i] != w {
			t.Errorf("change %d:\n%+v\nwant\n%+v", i, got[min(i, len(got)-1)], w)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d changes", len(got))
	}
}

// Who has all that is wanted gets no change; who lacks the role alone gets one.
func TestDiffOfWhoHasIt(t *testing.T) {
	m := roster.Member{UserID: "u", Role: "r", Public: json.RawMessage(`{"a":"1"}`), Private: json.RawMessage(fake.Ours("1"))}
	w := desiredMember{role: "r", source: "hr", id: "1", mark: true, public: map[string]any{"a": "1"}}
	if got := diffMember(w, &m, roster.Roles{}, "org_a", "rollcall"); len(got) != 0 {
		t.Errorf("nothing lacks: %+v", got)
	}
	if got := diffMember(desiredMember{role: "s"}, &m, roster.Roles{}, "org_a", "rollcall"); len(got) != 1 || got[0].Action != plan.SetRole || got[0].From != "r" || got[0].To != "s" {
		t.Errorf("the role lacks: %+v", got)
	}
}

package sync

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// The whole of what a diff answers: order, what is kept, and each half of the
// metadata on its own and with the other.
func TestDiffOfOneOrganization(t *testing.T) {
	have := Actual{Organization: "org_a", Owner: "rollcall", Members: []member{
		{UserID: "gone", Role: "org:member", FirstName: "Go", LastName: "Ne", Public: json.RawMessage(`{}`), Private: json.RawMessage(ours("g"))},
		{UserID: "kept", Role: "org:member", Public: json.RawMessage(`{}`), Private: json.RawMessage(ours("k"))},
		{UserID: "old", Role: "org:guest", Public: json.RawMessage(`{"a":1,"b":2,"c":3}`), Private: json.RawMessage(`{"d":4,"e":5}`)},
	}}
	want := Desired{
		People: map[string]Want{
			"new": {UserID: "new", Role: "org:member"}, "absent": {UserID: "absent", Role: "org:member"}, "kept": {UserID: "kept", Role: "org:admin"},
			"old": {UserID: "old", Role: "org:member", Public: map[string]any{"a": nil, "b": nil}, Private: map[string]any{"d": nil}},
		},
		Keep: map[string]bool{"kept": true, "absent": true},
	}
	var got []string
	for _, c := range Diff(want, have) {
		got = append(got, c.Action.String()+" "+c.UserID+" "+c.Name)
		if c.Action == SetMetadata && (c.Nulls != 3 || c.Public != `{"a":null,"b":null}` || c.Private != `{"d":null}`) {
			t.Errorf("metadata %s %s with %d nulls", c.Public, c.Private, c.Nulls)
		}
	}
	if all := strings.Join(got, ", "); all != "add new , set_metadata old , set_role old , remove gone Go Ne" {
		t.Errorf("changes: %s", all)
	}
}

// As many public keys as private ones are metadata all the same.
func TestDiffOfBothMetadata(t *testing.T) {
	m := member{UserID: "u", Role: "r", Public: json.RawMessage(`{}`), Private: json.RawMessage(`{}`)}
	for name, w := range map[string]Want{
		"both":    {Role: "r", Public: map[string]any{"a": "1"}, Private: map[string]any{"b": "2"}},
		"public":  {Role: "r", Public: map[string]any{"a": "1"}},
		"private": {Role: "r", Private: map[string]any{"b": "2"}},
		"marker":  {Role: "r", Mark: true},
	} {
		if got := diffMember(w, &m, roleBook{}, "org_a", "rollcall"); len(got) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := diffMember(Want{Role: "r"}, &m, roleBook{}, "org_a", "rollcall"); len(got) != 0 {
		t.Errorf("nothing: %+v", got)
	}
}

func TestFullName(t *testing.T) {
	for want, n := range map[string][2]string{"": {}, "Ada": {"Ada", ""}, "Zorn": {"", "Zorn"}, "Ada Zorn": {"Ada", "Zorn"}} {
		if got := fullName(n[0], n[1]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What frees a place or an address goes first, what takes access goes last,
// that of an admin before that of others; what a change does to the right to
// manage memberships decides only where it sets a role.
func TestPhaseOfEachChange(t *testing.T) {
	for _, x := range []struct {
		change Change
		phase  int
	}{
		{Change{Action: RevokeInvitation}, 0},
		{Change{Action: Add}, 1}, {Change{Action: Invite}, 1}, {Change{Action: CreateUser}, 1}, {Change{Action: SetRole, Admin: AdminGained}, 1},
		{Change{Action: SetMetadata}, 2}, {Change{Action: Adopt}, 2}, {Change{Action: SetMetadata, Admin: AdminGained}, 2},
		{Change{Action: SetRole}, 3}, {Change{Action: SetRole, Admin: AdminLost}, 4},
		{Change{Action: Remove}, 5}, {Change{Action: Remove, Admin: AdminLost}, 5},
	} {
		if got := x.change.phase(); got != x.phase {
			t.Errorf("%s (%q) is in phase %d, want %d", x.change.Action, x.change.Admin, got, x.phase)
		}
	}
}

// Within a phase the order is that of action, address and user, whatever order
// the changes came in.
func TestOrderOfChanges(t *testing.T) {
	want := []Change{
		{Action: RevokeInvitation, Email: "z"}, {Action: Add, Email: "a"}, {Action: Add, Email: "b", UserID: "1"}, {Action: Add, Email: "b", UserID: "2"},
		{Action: SetRole, Email: "a", Admin: AdminGained}, {Action: SetMetadata, Email: "a"}, {Action: Remove, Email: "a"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareChanges)
	byAction := func(a, b Change) int { return cmp.Compare(a.Action, b.Action) }
	slices.SortStableFunc(want[1:5], byAction) // an add and a promotion share a phase
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A change says all that its application, its undoing and a stranger need: the
// marker that is written (S01), what was there before, and whose it was.
func TestDiffSaysWhatWasThere(t *testing.T) {
	roles := roleBook{admin: map[string]bool{"org:admin": true}, permissions: map[string]map[string]bool{"org:member": {}}}
	have := Actual{Organization: "org_a", Owner: "rollcall", Roles: roles, Members: []member{
		{UserID: "boss", Role: "org:admin", marker: &Marker{"rollcall", "hr", "9"}, Private: json.RawMessage(ours("9"))},
		{UserID: "odd", Role: "org:member", Identifier: "odd@corp.example"},
		{UserID: "old", Role: "org:member", Identifier: "old@corp.example", Public: json.RawMessage(`{"a":"1","b":"2"}`), Private: json.RawMessage(`{"d":"3"}`)},
	}}
	want := Desired{People: map[string]Want{
		"new": {UserID: "new", Email: "new@corp.example", Name: "New", Source: "hr", ID: "7", Role: "org:admin", Because: "rule 1",
			Public: map[string]any{"a": "1", "gone": nil}, Private: map[string]any{"d": "3"}},
		"old": {Role: "org:member", Source: "hr", ID: "8", Mark: true, Public: map[string]any{"a": "4", "b": "2", "c": "5"}, Private: map[string]any{"d": nil}},
	}}
	got := Diff(want, have)
	for i, w := range []Change{
		{Action: Add, Organization: "org_a", UserID: "new", Email: "new@corp.example", Name: "New", Source: "hr", ID: "7", To: "org:admin", Admin: AdminGained,
			Public: `{"a":"1"}`, Private: `{"d":"3","rollcall":{"id":"7","owner":"rollcall","source":"hr"}}`, Because: "rule 1", State: Ready},
		{Action: Adopt, Organization: "org_a", UserID: "old", Email: "old@corp.example", Source: "hr", ID: "8", State: Ready, Nulls: 1,
			Public: `{"a":"4","c":"5"}`, PublicBefore: `{"a":"1"}`, Private: `{"d":null,"rollcall":{"id":"8","owner":"rollcall","source":"hr"}}`, PrivateBefore: `{"d":"3"}`},
		{Action: Remove, Organization: "org_a", UserID: "boss", Source: "hr", ID: "9", From: "org:admin", Admin: AdminLost, Because: "no rule wants this membership", State: Ready},
		{Action: Remove, Organization: "org_a", UserID: "odd", Email: "odd@corp.example", From: "org:member", Because: "no rule wants this membership", State: Ready},
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
	m := member{UserID: "u", Role: "r", Public: json.RawMessage(`{"a":"1"}`), Private: json.RawMessage(ours("1"))}
	w := Want{Role: "r", Source: "hr", ID: "1", Mark: true, Public: map[string]any{"a": "1"}}
	if got := diffMember(w, &m, roleBook{}, "org_a", "rollcall"); len(got) != 0 {
		t.Errorf("nothing lacks: %+v", got)
	}
	if got := diffMember(Want{Role: "s"}, &m, roleBook{}, "org_a", "rollcall"); len(got) != 1 || got[0].Action != SetRole || got[0].From != "r" || got[0].To != "s" {
		t.Errorf("the role lacks: %+v", got)
	}
}

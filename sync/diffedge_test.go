package sync

import (
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

// What frees a place or an address goes first, what takes access goes last.
func TestOrderOfChanges(t *testing.T) {
	want := []Change{
		{Action: RevokeInvitation, Email: "z"}, {Action: Add, Email: "a"}, {Action: SetRole, Admin: AdminGained, Email: "a"}, {Action: Invite, Email: "a"},
		{Action: SetMetadata, Email: "a"}, {Action: SetRole, Email: "a"}, {Action: SetRole, Admin: AdminLost, Email: "a"}, {Action: Remove, Email: "a"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareChanges)
	last := -1
	for i, c := range got {
		if p := c.phase(); p < last || i == 0 && c.Action != RevokeInvitation {
			t.Errorf("%s in phase %d comes after phase %d", c.Action, p, last)
		} else {
			last = p
		}
	}
	if first := (&Change{Action: RevokeInvitation}).phase(); first >= (&Change{Action: Add}).phase() {
		t.Error("a revoked invitation does not come before the add that needs its place")
	}
}

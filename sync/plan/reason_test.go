package plan

import (
	"encoding/json"
	"testing"
)

// A reason is a word in reports, and reads back as one with that word. Two share
// a word only where they do different things to a change (S42).
func TestS42WordsOfReasons(t *testing.T) {
	seen := map[string]Reason{}
	for _, r := range AllReasons() {
		word, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back Reason
		if err := json.Unmarshal(word, &back); err != nil || back.String() != r.String() {
			t.Errorf("%s reads back as %v: %v", word, back, err)
		}
		if other, again := seen[string(word)]; again && other.kind() == r.kind() {
			t.Errorf("%s is the word of two reasons", word)
		}
		seen[string(word)] = r
	}
	var r Reason
	if err := json.Unmarshal([]byte(`"no_such"`), &r); err == nil || r != 0 {
		t.Errorf("%v: %v", r, err)
	}
}

// The rule of a person's problem has one reason to hold; a rule that holds
// nothing by itself has none (S02, S42).
func TestS42HoldOfARule(t *testing.T) {
	for rule, want := range map[string]Reason{"S02": IdentityConflict, "S06": AmbiguousPerson, "S10": UnreadableMembers, "S15": MissingGroup,
		"S22": MovedSlug, "S24": 0, "S17": 0, "S08": 0, "": 0} {
		if got := HoldOf(rule); got != want {
			t.Errorf("%q: %v, want %v", rule, got, want)
		}
		if want != 0 && want.Rule() != rule {
			t.Errorf("%v is of rule %s", want, want.Rule())
		}
	}
}

// Metadata in a file are an object or absent; whatever else stands there is
// refused, and not taken for no metadata.
func TestMetadataInFiles(t *testing.T) {
	for text, want := range map[string]JSON{`null`: "", `{}`: "", `{"b":1,"a":"<"}`: `{"a":"<","b":1}`} {
		var j JSON
		if err := json.Unmarshal([]byte(text), &j); err != nil || j != want {
			t.Errorf("%s: %q, %v", text, j, err)
		}
		again, err := json.Marshal(j)
		if err != nil || string(again) != map[bool]string{true: "null", false: string(want)}[want == ""] && string(again) != `{"a":"\u003c","b":1}` {
			t.Errorf("%s is written as %s: %v", text, again, err)
		}
	}
	for _, text := range []string{`[]`, `"text"`, `3`} {
		var j JSON
		if err := json.Unmarshal([]byte(text), &j); err == nil {
			t.Errorf("%s is taken for %q", text, j)
		}
	}
}

// An action that there is not is no word.
func TestActionsThatAreNone(t *testing.T) {
	for _, a := range []Action{0, 200} {
		if word, err := a.MarshalText(); err == nil {
			t.Errorf("%d is %s", a, word)
		}
	}
	if requests := (&Change{Action: 200}).Requests(); len(requests) != 0 {
		t.Errorf("it costs %v", requests)
	}
}

// What was asked for in part, and stands nowhere in the plan, is said: as a note
// of a person, as a hold of an organization (S22).
func TestS22PartThatThePlanDoesNotHave(t *testing.T) {
	p := &Plan{Organizations: []Organization{{ID: "org_a", Slug: "acme", Changes: []Change{{Action: Add, Organization: "org_a", Email: "ann@corp.example"}}}},
		Failures: []Failure{{Organization: "org_c"}}, Holds: []Hold{{Organization: "org_b"}}}
	for organization, want := range map[string]bool{"acme": false, "org_a": false, "org_b": false, "org_c": false, "beta": true} {
		holds := p.Limit(Part{Organization: organization}).Holds
		unknown := len(holds) > 0 && holds[len(holds)-1].Reason == UnknownOrganization
		if unknown != want {
			t.Errorf("%s: %+v", organization, holds)
		}
	}
	for who, want := range map[string]int{"ann@corp.example": 0, "ben@corp.example": 1} {
		if notes := p.Limit(Part{Only: who}).Notes; len(notes) != want {
			t.Errorf("%s: %+v", who, notes)
		}
	}
}

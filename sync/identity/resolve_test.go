package identity

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/directory"
	"rollcall/sync/exception"
	"rollcall/sync/internal/fake"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// How each person is found, in the order of trust (S01), and what makes it
// impossible (S02, S06, S10).
func TestS01HowEachIsFound(t *testing.T) {
	for name, x := range map[string]search{
		"nobody yet": {people: []string{ann}, want: "1="},
		"by marker, before the address": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			two(f, "x@home.example", "ann@corp.example")
			marked(f, "u1", "hr", "1")
		}, want: "1=u1 marker"},
		"by the marker of the address that was all": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example")
			marked(f, "u1", "hr", "ann@corp.example")
		}, want: "1=u1 marker"},
		"by the marker of a lower source": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example")
			marked(f, "u1", "crm", "7")
		}, want: "7=u1 marker, 1="},
		"by the lower source's marker of the address": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example")
			marked(f, "u1", "crm", "ann@corp.example")
		}, want: "7=u1 marker, 1="},
		"the same id of another source is somebody else": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example")
			marked(f, "u1", "crm", "1")
		}, want: "7:S02! , 1:S02! "},
		"marked on two users": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			two(f, "x@home.example", "y@home.example")
			marked(f, "u2", "hr", "1")
			marked(f, "u1", "hr", "1")
		}, want: "1:S02! u1+u2", text: "hr.csv:2): the markers of 2 accounts name this person: u1, u2"},
		"marked on two users by two sources": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "x@home.example", "y@home.example")
			marked(f, "u1", "hr", "1")
			marked(f, "u2", "crm", "7")
		}, want: "7=u2 marker, 1=u1 marker"},
		"marked on two users, and the address is of others": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			two(f, "x@home.example", "y@home.example")
			f.User("u3", "ann@corp.example")
			f.User("u4", "ann@corp.example")
			marked(f, "u1", "hr", "1")
			marked(f, "u2", "hr", "1")
		}, want: "1:S02! u1+u2"},
		"marked on two users, and shown as a third": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			two(f, "x@home.example", "y@home.example")
			f.User("u3", "ann@corp.example")
			marked(f, "u1", "hr", "1")
			marked(f, "u2", "hr", "1")
			f.Member("acme", "u3", "org:member", "")
		}, want: "1:S02! u1+u2"},
		"marked as somebody else too": {people: []string{ann}, clerk: asTwo, want: "1:S02! u1", text: "account u1 is marked as 1, and also as 9 of source hr"},
		"marked as somebody else too, who is the same": {people: []string{ann}, clerk: asTwo, want: "1=u1 marker",
			config: func(c *policy.Config) { c.IDChanged = policy.IDChangedSame }},
		"marked as somebody else too, by word the same": {people: []string{ann}, clerk: asTwo, want: "1=u1 marker",
			memory: &memory.Memory{Decisions: map[string]plan.Decision{memory.DecisionKey(plan.DirectoryID{Source: "hr", ID: "1"}, "u1"): {Was: plan.DirectoryID{Source: "hr", ID: "9"}}}}},
		"marked as somebody else too, another word": {people: []string{ann}, clerk: asTwo, want: "1:S02! u1",
			memory: &memory.Memory{Decisions: map[string]plan.Decision{memory.DecisionKey(plan.DirectoryID{Source: "hr", ID: "1"}, "u1"): {Was: plan.DirectoryID{Source: "hr", ID: "8"}}}}},
		"by what the state remembers of the marker": {people: []string{ann}, clerk: func(f *fake.Clerk) { f.User("u1", "x@home.example") }, want: "1=u1 marker",
			memory: &memory.Memory{Movers: map[string]memory.MoverFact{memory.MoverKey(plan.DirectoryID{Source: "hr", ID: "1"}): {User: "u1", Wanted: time.Now()}}}},
		"an account with the address reserved, made for the person": {people: []string{ann}, clerk: reserved, want: "1=u1 creation",
			memory: &memory.Memory{CreatedFor: map[string]plan.DirectoryID{"u1": {Source: "hr", ID: "1"}}}},
		"an account with the address reserved, made for a leaver": {people: []string{ann}, clerk: reserved, want: "1=",
			memory: &memory.Memory{CreatedFor: map[string]plan.DirectoryID{"u1": {Source: "hr", ID: "9"}}}},
		"an account with the address reserved, of others": {people: []string{ann}, clerk: reserved, want: "1="},
		"no address": {people: []string{"1"}, want: "1:S10", text: "hr.csv:2 has no valid email address and no marker."},
		"no address, but a marker": {people: []string{"1"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example")
			marked(f, "u1", "hr", "1")
		}, want: "1=u1 marker"},
		"no address, by external_id": {people: []string{"1 ext=E1"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example").ExternalID = "E1"
		}, want: "1=u1 external_id"},
		"no address, external_id of somebody else": {people: []string{"1 ext=E1"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example").ExternalID = "E1"
			marked(f, "u1", "hr", "9")
		}, want: "1:S02! u1", text: "marked with the id 9 of source hr"},
		"no address, external_id of nobody": {people: []string{"1 ext=E1"}, want: "1:S10", text: "no account has the external_id E1"},
		"external_id of nobody, an address": {people: []string{ann + " ext=E1"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
		}, want: "1=u1 email"},
		"shown, and all as wanted": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", "")
		}, want: "1=u1 identifier"},
		"shown, and adopted": {people: []string{ann}, config: func(c *policy.Config) { c.Adopt = policy.AdoptMatched }, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", "")
		}, want: "1=u1 email"},
		"shown, with a second address": {people: []string{ann + " a@home.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "a@home.example")
			f.Member("acme", "u1", "org:member", "")
		}, want: "1:S06 u1+u2"},
		"shown with the address of two people": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", "")
		}, want: "1:S06 u1, 2:S06 u1", text: "has the same address as hr.csv:3"},
		"shown without proof, with the address of two": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "~ann@corp.example")
			f.Member("acme", "u1", "org:member", "")
		}, want: "1:S06 , 2:S06"},
		"shown, with another owner's marker": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", `{"rollcall":{"id":"1","owner":"other","source":"hr"}}`)
		}, want: "1=u1 email"},
		"shown, marked in another organization": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", "")
			f.Member("beta", "u1", "org:member", fake.Ours("9"))
		}, want: "1:S02! u1", text: "marked with the id 9 of source hr"},
		"shown, with an external_id to look for": {people: []string{ann + " ext=E1"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "b@corp.example")
			f.Accounts[1].ExternalID = "E1"
			f.Member("acme", "u1", "org:member", "")
		}, want: "1:S02! u1+u2"},
		"shown in the other organization as somebody else": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "b@corp.example")
			f.Member("acme", "u1", "org:member", "")
			f.Member("beta", "u2", "org:member", "").Identifier = "ann@corp.example"
		}, beta: "staff", want: "1=u1 email"},
		"shown in both, and all as wanted": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", "")
			f.Member("beta", "u1", "org:member", "")
		}, beta: "staff", want: "1=u1 identifier"},
		"shown here, no member there": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", "")
			f.Member("beta", "u9", "org:member", "")
		}, beta: "staff", want: "1=u1 email"},
		"two claim one user": {people: []string{ann, "2 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "ben@corp.example")
		}, want: "1:S06 u1, 2:S06 u1", text: "matches account u1, and so does hr.csv:3", last: "matches account u1, and so does hr.csv:2"},
		"two claim one user, others nobody's": {people: []string{ann, "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ben@corp.example", "dan@corp.example")
			f.Accounts[0].Emails = append(f.Accounts[0].Emails, clerkapi.EmailAddress{Address: "cy@corp.example", Verified: true})
		}, want: "1= , 2:S06 u1, 3:S06 u1, 4=u2 email"},
		"three claim one user, of two sources": {people: []string{ann, "2 ben@corp.example"}, lower: []string{"3 cy@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "ben@corp.example", "cy@corp.example")
		}, want: "3:S02! u1, 1:S06 u1, 2:S06 u1", text: "but the address alone does not show that they are the same person"},
		"two claim one user, one by external_id": {people: []string{ann + " ext=E1", "2 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ben@corp.example").ExternalID = "E1"
		}, want: "1:S06 u1, 2:S06 u1", text: "matches account u1, and so does hr.csv:3"},
		"a user of somebody else's conflict": {people: []string{ann + " ext=E1", "2 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "ben@corp.example")
			f.Accounts[1].ExternalID = "E1"
		}, want: "1:S02! u1+u2, 2:S06 u2", text: "account u2 has the external_id E1"},
		"one of several that another has": {people: []string{ann + " a@home.example", "2 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "a@home.example")
			f.Accounts[1].Emails = append(f.Accounts[1].Emails, clerkapi.EmailAddress{Address: "ben@corp.example", Verified: true})
		}, want: "1:S06 u1+u2, 2:S06 u2", text: "matches several accounts: u1, u2"},
		"one of several that another has, held": {people: []string{ann + " a@home.example", "2 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "a@home.example")
			f.Accounts[1].Emails = append(f.Accounts[1].Emails, clerkapi.EmailAddress{Address: "ben@corp.example", Verified: true})
		}, config: func(c *policy.Config) { c.Ambiguous = policy.AmbiguousHold }, want: "1:S06! u1+u2, 2:S06! u2", text: "matches several accounts: u1, u2"},
		"one of several that another's marker names": {people: []string{ann + " a@home.example", "2 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "a@home.example")
			marked(f, "u2", "hr", "2")
		}, want: "1:S06 u1+u2, 2=u2 marker"},
		"the address of somebody whom a marker names": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			marked(f, "u1", "hr", "2")
		}, want: "1:S02! u1, 2=u1 marker"},
		"one address of three people": {people: []string{ann, "2 ann@corp.example", "3 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "x@home.example")
			marked(f, "u2", "hr", "3")
		}, want: "1:S06 u1, 2:S06 u1, 3=u2 marker", text: "has the same address as hr.csv:3"},
		"one address, and a marker says that the other is somebody else": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "x@home.example")
			marked(f, "u2", "hr", "2")
		}, want: "1=u1 email, 2=u2 marker"},
		"one address that nobody has verified, and a marker says so": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u2", "x@home.example")
			marked(f, "u2", "hr", "2")
		}, want: "1:S06 , 2=u2 marker", text: "has the same address as hr.csv:3"},
		"one address, and by word one of them is somebody new": {people: []string{ann, "2 ann@corp.example"}, memory: decision("hr", "2", "hr", "9", true), clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
		}, want: "1:S06 u1, 2:S06 u1"},
		"one address, a marker for the other, and a third has the account too": {people: []string{ann, "2 ann@corp.example", "3 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "ben@corp.example")
			f.User("u2", "x@home.example")
			marked(f, "u2", "hr", "2")
		}, want: "1:S06 u1, 2=u2 marker, 3:S06 u1"},
		"one address of two people, and in another source of one with a marker": {people: []string{ann, "2 ann@corp.example"}, lower: []string{"7 ann@corp.example", "8 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "x@home.example")
			marked(f, "u2", "crm", "7")
		}, want: "7=u2 marker, 1:S06 u1, 2:S06 u1"},
		"one address, two users, several people": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "ann@corp.example")
		}, want: "1:S06 u1+u2, 2:S06 u1+u2", text: "has the same address as hr.csv:3"},
	} {
		v := x.run(t, name)
		if c := v.People[0].Problem; strings.HasPrefix(name, "marked as") && c != nil && (c.Conflict == nil || !reflect.DeepEqual(*c.Conflict, plan.Conflict{Email: "ann@corp.example", User: "u1", Now: plan.DirectoryID{Source: "hr", ID: "1"}, Was: plan.DirectoryID{Source: "hr", ID: "9"}})) {
			t.Errorf("%s: nobody can decide it: %+v", name, c.Conflict)
		}
	}
}

// Somebody with a marker who has the address of a colleague is named, and the
// colleague is let in.
func TestS06WhoHasTheAddressOfAColleague(t *testing.T) {
	x := search{people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fake.Clerk) {
		two(f, "ann@corp.example", "x@home.example")
		marked(f, "u2", "hr", "2")
	}, want: "1=u1 email, 2=u2 marker"}
	v := x.run(t, "colleague")
	want := []plan.Note{{Rule: "S06", Email: "ann@corp.example", Users: []string{"u1", "u2"}, Text: "ann@corp.example (hr.csv:2) has the same address as hr.csv:3, which has account u2 by the marker; account u1 has verified the address; fix the other entry"}}
	if diff := cmp.Diff(want, v.Notes); diff != "" {
		t.Error(diff)
	}
}

// An account that a grant names is that account: no address decides about it, and
// its own address gives it to nobody else (S01).
func TestS01AGrantIsForItsAccount(t *testing.T) {
	grant := exception.Exception{ID: 1, Kind: exception.Grant, Organization: "org_acme", Address: "guest@home.example", UserID: "u1", Role: "org:member", Ends: time.Now().Add(time.Hour)}
	for name, x := range map[string]struct {
		clerk func(*fake.Clerk)
		want  string
	}{
		"with the address":                  {func(f *fake.Clerk) { f.User("u1", "guest@home.example") }, "1= , u1=u1 exception"},
		"which another account has":         {func(f *fake.Clerk) { two(f, "x@home.example", "guest@home.example") }, "1= , u1=u1 exception"},
		"which is gone, and another has it": {func(f *fake.Clerk) { f.User("u2", "guest@home.example") }, "1= , u1:S06"},
		"which a marker gives to an entry": {func(f *fake.Clerk) {
			f.User("u1", "guest@home.example")
			marked(f, "u1", "hr", "9")
		}, "1= , u1:S06"},
		"which a marker gives to an entry of another address": {func(f *fake.Clerk) {
			f.User("u1", "guest@home.example")
			marked(f, "u1", "club", "x@home.example")
		}, "1= , u1:S06"},
		// Whoever writes the address of somebody into a list takes no grant from them.
		"which a marker gives to its own address": {func(f *fake.Clerk) {
			f.User("u1", "guest@home.example")
			marked(f, "u1", "club", "guest@home.example")
		}, "1= , u1=u1 exception"},
		"which a marker gives to an address that is not verified": {func(f *fake.Clerk) {
			f.User("u1", "~guest@home.example")
			marked(f, "u1", "club", "guest@home.example")
		}, "1= , u1:S06"},
	} {
		f := fake.NewClerk("acme")
		x.clerk(f)
		q := newInquiry(t, f, fake.HR(ann).Group("staff", 0))
		q.rule("acme", "staff")
		if got := who(q.resolved(&memory.Memory{Exceptions: []exception.Exception{grant}})); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// An entry that says the address of an account with a grant waits alone: whoever granted
// has named the account. If an admin says that the two are one person, or ids may change,
// the account keeps the grant (S01).
func TestS01AnEntryTakesNoGrantFromAnAccount(t *testing.T) {
	grant := exception.Exception{ID: 1, Kind: exception.Grant, Organization: "org_acme", Address: "guest@home.example", UserID: "u1", Role: "org:member", Ends: time.Now().Add(time.Hour)}
	same := map[string]plan.Decision{memory.DecisionKey(plan.DirectoryID{Source: "hr", ID: "1"}, "u1"): {Was: plan.DirectoryID{Source: exception.Source, ID: "u1"}}}
	other := map[string]plan.Decision{memory.DecisionKey(plan.DirectoryID{Source: "hr", ID: "1"}, "u1"): {Was: plan.DirectoryID{Source: exception.Source, ID: "u2"}}}
	for name, x := range map[string]struct {
		source, id string // of the marker; empty is none
		decisions  map[string]plan.Decision
		changed    policy.IDChanged
		want       string
	}{
		"no marker yet":                      {"", "", nil, policy.IDChangedHold, "1:S02! , u1=u1 exception"},
		"the marker of the grant":            {exception.Source, "u1", nil, policy.IDChangedHold, "1:S02! , u1=u1 exception"},
		"the marker of the entry":            {"hr", "1", nil, policy.IDChangedHold, "1=u1 marker, u1:S06"},
		"the entry, which is the same":       {"hr", "1", same, policy.IDChangedHold, "1=u1 marker, u1=u1 exception"},
		"the entry, the same as another":     {"hr", "1", other, policy.IDChangedHold, "1=u1 marker, u1:S06"},
		"the entry, where ids may change":    {"hr", "1", nil, policy.IDChangedSame, "1=u1 marker, u1=u1 exception"},
		"the same, before it has a marker":   {exception.Source, "u1", same, policy.IDChangedHold, "1=u1 email, u1=u1 exception"},
		"where ids may change, no marker":    {"", "", nil, policy.IDChangedSame, "1=u1 email, u1=u1 exception"},
		"the marker of a leaver's old entry": {"hr", "9", same, policy.IDChangedHold, "1:S02! u1, u1:S06"},
	} {
		f := fake.NewClerk("acme", "beta")
		f.User("u1", "guest@home.example")
		if x.source != "" {
			f.Member("beta", "u1", "org:member", fake.OursFrom(x.source, x.id))
		}
		q := newInquiry(t, f, fake.HR("1 guest@home.example").Group("staff", 0))
		q.rule("acme", "staff")
		q.rule("beta", "staff")
		q.config.IDChanged = x.changed
		if got := who(q.resolved(&memory.Memory{Exceptions: []exception.Exception{grant}, Decisions: x.decisions})); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// Somebody whom an admin keeps out gets nothing in that organization, and a note
// says why. Others keep what the rules give them.
func TestADenyTakesTheEntitlement(t *testing.T) {
	for name, x := range map[string]struct {
		denied       exception.Person
		organization string
		want         string
		notes        int
	}{
		"denied here":        {exception.Person{Source: "hr", ID: "1"}, "org_acme", "2", 1},
		"denied everywhere":  {exception.Person{Source: "hr", ID: "1"}, "", "2", 1},
		"denied elsewhere":   {exception.Person{Source: "hr", ID: "1"}, "org_beta", "1 2", 0},
		"somebody else":      {exception.Person{Source: "hr", ID: "9"}, "org_acme", "1 2", 0},
		"an id of elsewhere": {exception.Person{Source: "crm", ID: "1"}, "org_acme", "1 2", 0},
	} {
		q := newInquiry(t, fake.NewClerk("acme"), fake.HR(ann, "2 ben@corp.example").Group("staff", 0, 1))
		q.rule("acme", "staff")
		deny := exception.Exception{ID: 3, Kind: exception.Deny, Organization: x.organization, Person: x.denied, By: "ops", Reason: "incident", Ends: time.Now().Add(time.Hour)}
		v, assigned, have := q.begun(&memory.Memory{Exceptions: []exception.Exception{deny}})
		if _, err := v.Resolve(t.Context(), assigned, have); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range v.Wants[have.Organizations[0]] {
			got = append(got, w.Person.ID)
		}
		if strings.Join(got, " ") != x.want || len(v.Notes) != x.notes || x.notes > 0 && !strings.Contains(v.Notes[0].Text, "gets nothing in acme: denied by ops") {
			t.Errorf("%s: %q, want %q; notes %+v", name, got, x.want, v.Notes)
		}
	}
}

// A row of another source with the same account, or without one the same address, does
// not lead around a deny. Only the address counts for which the deny was made: whoever is
// kept out may write that of a colleague (S01).
func TestS01ARowOfAnotherSourceLeadsAroundNoDeny(t *testing.T) {
	for name, x := range map[string]struct {
		entry, row, address string
		clerk               func(*fake.Clerk)
		organization        string
		want                int
	}{
		"no account, the same address":     {ann, "ann@corp.example", "ann@corp.example", nil, "", 0},
		"no account, another address":      {ann, "ben@corp.example", "ann@corp.example", nil, "", 1},
		"no account, one written since":    {"1 ben@corp.example", "ben@corp.example", "ann@corp.example", nil, "", 1},
		"the same account":                 {ann, "ann@corp.example", "ann@corp.example", func(f *fake.Clerk) { f.User("u1", "ann@corp.example") }, "", 0},
		"the same account, denied there":   {ann, "ann@corp.example", "ann@corp.example", func(f *fake.Clerk) { f.User("u1", "ann@corp.example") }, "org_acme", 0},
		"the same account, elsewhere":      {ann, "ann@corp.example", "ann@corp.example", func(f *fake.Clerk) { f.User("u1", "ann@corp.example") }, "org_beta", 1},
		"another account":                  {ann, "ben@corp.example", "ann@corp.example", func(f *fake.Clerk) { two(f, "ann@corp.example", "ben@corp.example") }, "", 1},
		"the account of a written one":     {"1 ben@corp.example", "ben@corp.example", "ann@corp.example", func(f *fake.Clerk) { two(f, "ann@corp.example", "ben@corp.example") }, "", 1},
		"an account by the marker":         {"1 new@corp.example", "ann@corp.example", "old@corp.example", func(f *fake.Clerk) { f.User("u1", "ann@corp.example"); marked(f, "u1", "hr", "1") }, "", 0},
		"nobody can tell who the entry is": {ann, "ann@corp.example", "ann@corp.example", func(f *fake.Clerk) { two(f, "ann@corp.example", "ann@corp.example") }, "", 1},
	} {
		f := fake.NewClerk("acme")
		if x.clerk != nil {
			x.clerk(f)
		}
		club := fake.HR("- "+x.row).Named("club").Group("club", 0)
		club.Snapshot.People[0].ID = ""
		q := newInquiry(t, f, fake.HR(x.entry).Group("staff", 0), club)
		q.rule("acme", "staff")
		q.rule("acme", "club")
		deny := exception.Exception{ID: 3, Kind: exception.Deny, Organization: x.organization, Address: x.address, Person: exception.Person{Source: "hr", ID: "1"}, Ends: time.Now().Add(time.Hour)}
		v, assigned, have := q.begun(&memory.Memory{Exceptions: []exception.Exception{deny}})
		if _, err := v.Resolve(t.Context(), assigned, have); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, w := range v.Wants[have.Organizations[0]] {
			if w.Person.From.Source == "club" {
				got++
			}
		}
		if got != x.want {
			t.Errorf("%s: %d, want %d; notes %+v", name, got, x.want, v.Notes)
		}
	}
}

// A member who is shown under the address needs no look-up where nothing is left
// to change: the role and both halves of the metadata are as wanted (S04).
func TestS04WhoIsAsWanted(t *testing.T) {
	wants := map[string]any{"dept": "IT"}
	for name, x := range map[string]struct {
		role, public, private string
		want                  bool
	}{
		"all as wanted":      {"org:member", `{"dept":"IT"}`, `{"dept":"IT"}`, true},
		"and more":           {"org:member", `{"dept":"IT","own":1}`, `{"dept":"IT"}`, true},
		"another role":       {"org:guest", `{"dept":"IT"}`, `{"dept":"IT"}`, false},
		"neither half":       {"org:member", `{}`, `{}`, false},
		"private metadata":   {"org:member", `{"dept":"IT"}`, `{}`, false},
		"public metadata":    {"org:member", `{}`, `{"dept":"IT"}`, false},
		"another department": {"org:member", `{"dept":"IT"}`, `{"dept":"HR"}`, false},
	} {
		w := &assign.Entitlement{Role: "org:member", Public: wants, Private: wants}
		m := &roster.Member{Role: x.role, Public: json.RawMessage(x.public), Private: json.RawMessage(x.private)}
		if got := asWanted(w, m); got != x.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// Who is counted as without a user, by the reason; whom no rule wants is not
// looked for, and not counted.
func TestUnresolvedByReason(t *testing.T) {
	f := fake.NewClerk("acme")
	f.User("u1", "ann@corp.example")
	f.User("u2", "two@corp.example")
	f.User("u3", "2@home.example")
	q := newInquiry(t, f, fake.HR("1 ann@corp.example", "2 two@corp.example 2@home.example", "3 new@corp.example", "4 newer@corp.example", "5 bystander@corp.example", "6").Group("staff", 0, 1, 2, 3, 5))
	q.rule("acme", "staff")
	v := q.resolved(nil)
	if got, want := who(v), "1=u1 email, 2:S06 u2+u3, 3= , 4= , 6:S10"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := v.Unresolved(); len(got) != 3 || got[plan.NoUser] != 2 || got[plan.AmbiguousPerson.String()] != 1 || got[plan.UnreadableMembers.String()] != 1 {
		t.Errorf("%v", got)
	}
}

// Every way to be unresolved is counted under a name of its own.
func TestUnresolvedPeopleAreCountedByReason(t *testing.T) {
	v := &Resolver{People: []*directory.Person{{}, {UserID: "user_1"}, {}, {Problem: &directory.Problem{Rule: "S06"}}, {Problem: &directory.Problem{Rule: "S02"}}, {Problem: &directory.Problem{Rule: "S10"}}}}
	want := map[string]int{"no_user": 2, "ambiguous": 1, "identity_conflict": 1, "unreadable_members": 1}
	if got := v.Unresolved(); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// An identifier that several members show names nobody, however many there are (S04).
func TestS04SharedIdentifiersNameNobody(t *testing.T) {
	o := &roster.Organization{Members: []roster.Member{
		{UserID: "u1", Identifier: "one@corp.example"}, {UserID: "u2", Identifier: "two@corp.example"}, {UserID: "u3", Identifier: "TWO@corp.example"},
		{UserID: "u4", Identifier: "two@corp.example"}, {UserID: "u5", Identifier: "+15550001"}, {UserID: "u6"},
	}}
	index := identifiers(o)
	if m := index["one@corp.example"]; m == nil || m.UserID != "u1" {
		t.Errorf("one: %+v", m)
	}
	if m := index["two@corp.example"]; m != nil {
		t.Errorf("two, of three members: %+v", m)
	}
	if len(index) != 2 {
		t.Errorf("%d identifiers, want those that are addresses", len(index))
	}
}

// A list of users that cannot be read ends the run: people without a user would
// be invited, or miss their memberships (S09).
func TestS09UsersThatCannotBeLookedUp(t *testing.T) {
	mover := &memory.Memory{Movers: map[string]memory.MoverFact{memory.MoverKey(plan.DirectoryID{Source: "hr", ID: "1"}): {User: "u1", Wanted: time.Now()}}}
	grant := &memory.Memory{Exceptions: []exception.Exception{{ID: 1, Kind: exception.Grant, Organization: "org_acme", UserID: "u2", Role: "org:member", Ends: time.Now().Add(time.Hour)}}}
	for name, x := range map[string]struct {
		fails, want string
		memory      *memory.Memory
	}{
		"nothing fails":     {"", "", nil},
		"look-up of people": {"users_by_address", "look up accounts: ", nil},
		"look-up by ids":    {"users_by_external_id", "look up accounts: ", nil},
		"people who move":   {"users_by_id", "read the accounts of people who move between organizations: ", mover},
		"a review":          {"users_by_id", "read the accounts in an access review: ", nil},
		"two markers":       {"users_by_id", "read accounts with markers of several sources: ", nil},
		"a grant":           {"users_by_id", "read the accounts that exceptions name: ", grant},
		"who joins":         {"users_by_id", "read the accounts of people who would get access: ", nil},
	} {
		f := fake.NewClerk("acme", "beta")
		if name == "who joins" {
			f.User("u1", "x@home.example")
			f.Member("beta", "u1", "org:member", fake.Ours("1"))
		}
		if name == "two markers" {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:member", fake.Ours("1"))
			f.Member("beta", "u1", "org:member", fake.OursFrom("crm", "7"))
		}
		f.User("u2", "gone@corp.example")
		f.Member("acme", "u2", "org:member", "")
		f.Faults[x.fails+" * *"] = &clerkapi.Error{Status: 500}
		q := newInquiry(t, f, fake.HR("1 ann@corp.example ext=E1").Group("staff", 0))
		q.rule("acme", "staff")
		q.rule("beta", "nobody")
		v, assigned, have := q.begun(x.memory)
		assigned.Decisions["acme"] = map[string]*source.Decision{"": {Organization: "acme", Remove: true, UserID: "u2"}}
		got, err := v.Resolve(t.Context(), assigned, have)
		if x.want == "" && (err != nil || got != v) || x.want != "" && (err == nil || !strings.HasPrefix(err.Error(), x.want)) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
		wants, _ := entitlements(assigned, have)
		if joined, err := v.With(assigned.Read, have, x.memory).Join(t.Context(), wants); err == nil && joined != v {
			t.Errorf("%s: nobody is joined to anything", name)
		}
	}
}

// Who looks on is told how many values are looked up.
func TestLookUpsAreProgress(t *testing.T) {
	q := newInquiry(t, fake.NewClerk("acme"), fake.HR("1 ann@corp.example ext=E1", "2 ben@corp.example").Group("staff", 0, 1))
	q.rule("acme", "staff")
	v, assigned, have := q.begun(nil)
	var last plan.Progress
	v.Watcher = plan.WatchFunc(func(p plan.Progress) { last = p })
	if _, err := v.Resolve(t.Context(), assigned, have); err != nil {
		t.Fatal(err)
	}
	if last.Stage != plan.ReadClerk || last.Unit != plan.Users || last.Total != 3 {
		t.Errorf("%+v, want one external_id and two addresses", last)
	}
}

// cancelling ends the run while it reads the memberships of a user.
type cancelling struct {
	*fake.Clerk
	cancel context.CancelFunc
}

func (c cancelling) MembershipsOfUser(context.Context, string) ([]clerkapi.Membership, error) {
	c.cancel()
	return nil, context.Canceled
}

// A run that is cancelled while it looks behind a failed list joins nobody on
// trust (S09); an error of one user's memberships keeps that user waiting (S40).
func TestS09CancelledBehindAFailedList(t *testing.T) {
	for name, cancelled := range map[string]bool{"cancelled": true, "refused": false} {
		f := fake.NewClerk("acme", "beta")
		f.User("u1", "ann@corp.example")
		f.Unlisted["org_beta"] = &clerkapi.IncompleteError{Organization: "org_beta"}
		f.Faults["memberships_of * u1"] = &clerkapi.Error{Status: 500}
		q := newInquiry(t, f, fake.HR("1 ann@corp.example").Group("staff", 0))
		q.rule("acme", "staff")
		q.rule("beta", "nobody")
		v, assigned, have := q.begun(nil)
		wants, _ := entitlements(assigned, have)
		ctx, cancel := context.WithCancel(t.Context())
		if cancelled {
			v.Clerk = cancelling{f, cancel}
		}
		_, err := v.With(assigned.Read, have, nil).Join(ctx, wants)
		cancel()
		if cancelled != errors.Is(err, context.Canceled) || !cancelled && who(v) != "1:S02 u1" {
			t.Errorf("%s: %v, %s", name, err, who(v))
		}
	}
}

// Whoever is in a row of which nobody knows whether it counts is joined like everybody, and
// stays as they are (S10). Another trouble goes before.
func TestS10WhoseRowIsUnclear(t *testing.T) {
	t.Parallel()
	hr := fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cleo@corp.example").Group("staff", 0, 1, 2)
	hr.Snapshot.Unclear = map[int]string{0: "the cell is empty", 1: "the cell is empty"}
	clerk := fake.NewClerk("acme")
	clerk.User("u1", "ann@corp.example")
	clerk.User("u3", "cleo@corp.example")
	q := newInquiry(t, clerk, hr)
	q.rule("acme", "staff")
	v := q.resolved(nil)
	if got := who(v); got != "1:S10u1 u1, 2:S10 , 3=u3 email" {
		t.Errorf("got %q", got)
	}
	for _, p := range v.People[:2] {
		if !p.Problem.Noted || p.Problem.Text != "the cell is empty" {
			t.Errorf("%+v", p.Problem)
		}
	}
	if users := v.People[1].Problem.Users; len(users) != 0 {
		t.Errorf("who has no account keeps %q", users)
	}
	troubled := &directory.Person{Person: &source.Person{ID: "9"}, Problem: &directory.Problem{Rule: "S02"}}
	troubled.EnsureExceptions().Unclear = "the cell is empty"
	keepUnclear([]*directory.Person{troubled})
	if troubled.Problem.Rule != "S02" {
		t.Errorf("%+v", troubled.Problem)
	}
}

// Whose external_id or address Clerk refuses to look up is joined to nobody, not by the other
// of the two either (S10).
func TestS10WhomClerkRefusesToLookUp(t *testing.T) {
	t.Parallel()
	clerk := fake.NewClerk("acme")
	clerk.User("u1", "ann@corp.example")
	clerk.User("u2", "ben@corp.example")
	clerk.Faults["users_by_external_id * *"] = &clerkapi.Error{Status: 422, Code: "form_param_format_invalid"}
	q := newInquiry(t, clerk, fake.HR("1 ann@corp.example ext=E1", "2 ben@corp.example").Group("staff", 0, 1))
	q.rule("acme", "staff")
	v := q.resolved(nil)
	if got := who(v); got != "1:S10 u1, 2=u2 email" || !strings.Contains(v.People[0].Problem.Text, "Clerk refuses to look up the external_id E1") {
		t.Errorf("got %q", got)
	}
}

package identity

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/directory"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Who has a user that several people may be, and whom nobody can tell apart
// (S01, S02, S06).
func TestS01WhoHasAUserOfSeveral(t *testing.T) {
	for name, x := range map[string]search{
		"two entries of one source with one id": {people: []string{ann, "1 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "ben@corp.example")
			marked(f, "u1", "hr", "1")
		}, want: "1:S02! u1, 1:S02! u1", text: "has the same id, 1, as hr.csv:3"},
		"two entries of one source with one id, marked on nobody": {people: []string{ann, "1 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "ben@corp.example")
		}, want: "1:S02! , 1:S02! "},
		"one person of two sources with the same ids": {people: []string{ann}, lower: []string{"1 ann@corp.example"}, config: sameIDs, want: "1="},
		"by the address marker of a lower source with the same ids": {people: []string{ann}, lower: []string{"1 a@home.example"}, config: sameIDs, clerk: func(f *fake.Clerk) {
			f.User("u1", "x@home.example")
			marked(f, "u1", "crm", "a@home.example")
		}, want: "1=u1 marker"},
		"marked under the address, by word somebody new": {people: []string{ann}, memory: decision("hr", "1", "hr", "9", true), clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			marked(f, "u1", "hr", "ann@corp.example")
		}, want: "1="},
		"marked on two users, by word new beside one": {people: []string{ann}, memory: decision("hr", "1", "hr", "9", true), clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "x@home.example")
			marked(f, "u1", "hr", "ann@corp.example")
			marked(f, "u2", "hr", "1")
		}, want: "1=u2 marker"},
		"marked by another source too, with the address": {people: []string{ann}, clerk: byTwoSources("ann@corp.example"), want: "1=u1 marker"},
		"marked by another source too, without it": {people: []string{ann}, clerk: byTwoSources("~ann@corp.example"), want: "1:S02! u1",
			text: "marked as 1 of source hr, and as 7 of source crm; it has not verified the address"},
		"the address of another source's person, who is there": {people: []string{ann}, lower: []string{"7 x@home.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			marked(f, "u1", "crm", "7")
		}, want: "7=u1 marker, 1:S02! ", last: "account u1 is marked with the id 7 of source crm"},
		"the address of another source's person, who is gone": {people: []string{ann}, lower: []string{"8 x@home.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			marked(f, "u1", "crm", "7")
		}, want: "8= , 1:S02! u1", last: "account u1 is marked with the id 7 of source crm"},
		"shown as admin, and all as wanted": {people: []string{ann}, role: "org:admin", clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:admin", "")
		}, want: "1=u1 email"},
		"shown with another role": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example")
			f.Member("acme", "u1", "org:guest", "")
		}, want: "1=u1 email"},
		"one address in two sources, nobody's":   {people: []string{ann}, lower: []string{"7 ann@corp.example"}, want: "7:S02! , 1:S02! "},
		"two addresses in two sources, nobody's": {people: []string{ann}, lower: []string{"7 cy@corp.example"}, want: "7= , 1="},
		"one address in two sources with the same ids, nobody's": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, config: sameIDs, want: "7:S06 , 1:S06",
			text: "has the same address as hr.csv:2", last: "has the same address as crm.csv:2"},
		"one address in two sources with the same ids, held": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, config: func(c *policy.Config) {
			sameIDs(c)
			c.Ambiguous = policy.AmbiguousHold
		}, want: "7:S06! , 1:S06! "},
		"two claim one user, one proven by external_id": {people: []string{ann + " ext=E1"}, lower: []string{"7 cy@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "cy@corp.example").ExternalID = "E1"
		}, want: "7:S02! , 1=u1 external_id", text: "and 1 of source hr (hr.csv:2) have the same address"},
		"one of several that another has, of two sources": {people: []string{ann + " a@home.example", "2 ben@corp.example"}, lower: []string{"7 cy@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "a@home.example")
			f.Accounts[1].Emails = append(f.Accounts[1].Emails, clerkapi.EmailAddress{Address: "ben@corp.example", Verified: true})
		}, want: "7= , 1:S06 u1+u2, 2:S06 u2"},
		"a second address alone, in two sources": {people: []string{"1 other=ann@corp.example"}, lower: []string{"7 other=cy@corp.example"}, want: "7= , 1="},
		"no address in two sources":              {people: []string{"1 ext=E1"}, lower: []string{"7 ext=E7"}, want: "7:S10 , 1:S10"},
	} {
		v := x.run(t, name)
		for _, p := range v.People {
			if p.Problem != nil && slices.Contains(p.Problem.Users, "") {
				t.Errorf("%s: nobody is kept: %q", name, p.Problem.Users)
			}
		}
	}
}

// Somebody in an identity conflict claims the address and its users too, so that
// whoever else claims them waits. A person who matches several users claims these
// and not the address; a user with our marker is claimed by nobody else (S02, S06).
func TestS06WhatSomebodyInAnS02ConflictClaims(t *testing.T) {
	onTwo := func(third ...string) func(*fake.Clerk) { // ann is marked on u1 and u2
		return func(f *fake.Clerk) {
			two(f, "x@home.example", "y@home.example")
			marked(f, "u1", "hr", "1")
			marked(f, "u2", "hr", "1")
			f.User("u3", third...)
		}
	}
	twoPeople := []string{ann, "2 ben@corp.example"}
	for name, x := range map[string]search{
		"S02, and the address is of the other's user": {people: twoPeople, clerk: onTwo("ann@corp.example", "ben@corp.example"),
			want: "1:S02! u1+u2, 2:S06 u3", last: "matches account u3, and so does hr.csv:2"},
		"S02, and the address is not proven":      {people: twoPeople, clerk: onTwo("~ann@corp.example", "ben@corp.example"), want: "1:S02! u1+u2, 2=u3 email"},
		"S02, and the address is of nobody":       {people: twoPeople, clerk: onTwo("ben@corp.example"), want: "1:S02! u1+u2, 2=u3 email"},
		"no problem, and one address of two each": {people: twoPeople, clerk: func(f *fake.Clerk) { two(f, "ann@corp.example", "ben@corp.example") }, want: "1=u1 email, 2=u2 email"},
		"S02, and a marker names the user": {people: []string{ann + " ext=E1", "2 ben@corp.example"}, clerk: func(f *fake.Clerk) {
			two(f, "ann@corp.example", "ben@corp.example")
			f.Accounts[1].ExternalID = "E1"
			marked(f, "u2", "hr", "2")
		}, want: "1:S02! u1+u2, 2=u2 marker"},
		"S02, and another source has the address": {people: []string{ann, "1 ben@corp.example"}, lower: []string{"7 ann@corp.example"},
			want: "7:S02! , 1:S02! , 1:S02! ", text: "(crm.csv:2) and 1 of source hr (hr.csv:2) have the same address"},
		"S02, and another source has another address": {people: []string{ann, "1 ben@corp.example"}, lower: []string{"7 cy@corp.example"},
			want: "7= , 1:S02! , 1:S02! "},
		"S06, and another source has the address": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fake.Clerk) { two(f, "ann@corp.example") },
			want: "7:S06 u1+u2, 1:S06 u1+u2", text: "matches several accounts: u1, u2", last: "matches several accounts: u1, u2"},
		"S10, and another source has somebody": {people: []string{"1 ext=E1"}, lower: []string{"7 cy@corp.example"}, clerk: func(f *fake.Clerk) { f.User("u1", "cy@corp.example") },
			want: "7=u1 email, 1:S10"},
	} {
		x.run(t, name)
	}
}

// What markers of several sources, an address and an admin's word say of a user
// (S01, S02).
func TestS02WhatMarkersAndAddressesSay(t *testing.T) {
	for name, x := range map[string]search{
		"one user, an id and an address alone": {people: []string{ann}, lower: []string{"- cy@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "cy@corp.example")
		}, want: "=u1 email, 1=u1 email"},
		"one user, an id and a marked address": {people: []string{ann}, lower: []string{"- cy@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "cy@corp.example")
			marked(f, "u1", "crm", "cy@corp.example")
		}, want: "=u1 marker, 1=u1 email"},
		"one user, marked by both": {people: []string{ann}, lower: []string{"7 cy@corp.example"}, clerk: byTwoSources("ann@corp.example", "cy@corp.example"), want: "7=u1 marker, 1=u1 marker"},
		"one user, ids that are the same": {people: []string{ann}, lower: []string{"7 cy@corp.example"}, config: func(c *policy.Config) { c.IDChanged = policy.IDChangedSame }, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "cy@corp.example")
		}, want: "7=u1 email, 1=u1 email"},
		"one user, by word one of them": {people: []string{ann}, lower: []string{"7 cy@corp.example"}, memory: decision("hr", "1", "crm", "7", false), clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "cy@corp.example")
		}, want: "7:S02! , 1=u1 email"},
		"marked by another source too, without an id": {people: []string{ann}, lower: []string{"- cy@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "~cy@corp.example")
			marked(f, "u1", "crm", "cy@corp.example")
			f.Member("beta", "u1", "org:member", fake.Ours("9"))
		}, want: "=u1 marker, 1="},
		"marked by another source too, who is no user any more": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			byTwoSources("ann@corp.example")(f)
			f.Accounts = nil
		}, want: "1=u1 marker"},
		"marked by another source too, with another address": {people: []string{ann}, clerk: byTwoSources("x@home.example"), want: "1:S02! u1"},
		"marked by another source too, by word the same":     {people: []string{ann}, clerk: byTwoSources("x@home.example"), memory: decision("hr", "1", "crm", "7", false), want: "1=u1 marker"},
		"marked by another source too, by word of the other": {people: []string{ann}, clerk: byTwoSources("x@home.example"), memory: decision("crm", "7", "hr", "1", false), want: "1=u1 marker"},
		"marked by a source with the same ids too": {people: []string{ann}, lower: []string{"5 cy@corp.example"}, clerk: byTwoSources("ann@corp.example"), config: sameIDs, want: "5= , 1:S02! u1",
			last: "account u1 is marked as 1, and also as 7 of source crm"},
		"marked under an old address too": {people: []string{ann}, lower: []string{"7 cy@corp.example"}, config: sameIDs, clerk: func(f *fake.Clerk) {
			f.User("u1", "cy@corp.example")
			marked(f, "u1", "crm", "7")
			f.Member("beta", "u1", "org:member", fake.OursFrom("crm", "old@corp.example"))
		}, want: "7:S02! u1, 1=", text: "account u1 is marked as 7, and also as old@corp.example of source crm"},
		"another external_id": {people: []string{ann + " ext=E1"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example").ExternalID = "E2"
		}, want: "1:S02! u1", text: "account u1 has the external_id E2, but the directory says E1"},
		"two addresses of one user": {people: []string{ann + " a@home.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "a@home.example")
		}, want: "1=u1 email"},
		"the address of somebody else":                   {people: []string{ann}, clerk: byOther, want: "1:S02! u1", text: "the directory says 1, but account u1 is marked with the id 9 of source hr"},
		"the address of somebody else, by word the same": {people: []string{ann}, clerk: byOther, memory: decision("hr", "1", "hr", "9", false), want: "1=u1 email"},
		"the address of somebody else, by word another":  {people: []string{ann}, clerk: byOther, memory: decision("hr", "1", "hr", "8", false), want: "1:S02! u1"},
		"the address of somebody else, the same":         {people: []string{ann}, clerk: byOther, config: func(c *policy.Config) { c.IDChanged = policy.IDChangedSame }, want: "1=u1 email"},
		"an address alone, of another source's person": {people: []string{ann}, lower: []string{"- cy@corp.example"}, clerk: func(f *fake.Clerk) {
			f.User("u1", "cy@corp.example")
			marked(f, "u1", "hr", "9")
		}, want: "=u1 email, 1="},
		"an address that another source's address agrees with": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "a@home.example")
			marked(f, "u1", "crm", "a@home.example")
		}, want: "1=u1 email"},
		"an address that another source's address contradicts": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "~a@home.example")
			marked(f, "u1", "crm", "a@home.example")
		}, want: "1:S02! u1"},
		"an address that was another person's of the source": {people: []string{ann}, clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example", "a@home.example")
			marked(f, "u1", "hr", "a@home.example")
		}, want: "1:S02! u1"},
	} {
		x.run(t, name)
	}
}

// A conflict that an admin can decide names the user, and all ids that the
// decision is about; ids of another source are none of them, unless they were
// decided before (S02).
func TestS02WhatAConflictNames(t *testing.T) {
	alsoOfCRM := func(f *fake.Clerk) {
		f.User("u1", "ann@corp.example")
		marked(f, "u1", "crm", "7")
		f.Member("beta", "u1", "org:member", fake.Ours("9"))
	}
	hr, crm := func(id string) plan.DirectoryID { return plan.DirectoryID{Source: "hr", ID: id} }, plan.DirectoryID{Source: "crm", ID: "7"}
	for name, x := range map[string]struct {
		search
		ids     []plan.DirectoryID // the person's, then those of the user, sorted
		decided bool
	}{
		"of two ids": {search{people: []string{ann}, want: "1:S02! u1", clerk: func(f *fake.Clerk) {
			byOther(f)
			f.Member("beta", "u1", "org:member", fake.Ours("8"))
		}}, []plan.DirectoryID{hr("1"), hr("8"), hr("9")}, true},
		"of another source":              {search{people: []string{ann}, want: "1:S02! u1", clerk: byTwoSources("~ann@corp.example")}, []plan.DirectoryID{hr("1"), crm}, true},
		"of their own too":               {search{people: []string{ann}, want: "1:S02! u1", clerk: asTwo}, []plan.DirectoryID{hr("1"), hr("9")}, true},
		"of another source too":          {search{people: []string{ann}, want: "1:S02! u1", clerk: alsoOfCRM}, []plan.DirectoryID{hr("1"), hr("9")}, true},
		"of another source too, decided": {search{people: []string{ann}, want: "1:S02! u1", clerk: alsoOfCRM, memory: decision("hr", "1", "crm", "7", false)}, []plan.DirectoryID{hr("1"), crm, hr("9")}, true},
		"of a rival":                     {search{people: []string{ann}, lower: []string{"7 cy@corp.example"}, want: "7:S02! u1, 1:S02! u1", clerk: func(f *fake.Clerk) { f.User("u1", "ann@corp.example", "cy@corp.example") }}, []plan.DirectoryID{crm, hr("1")}, true},
		"of a rival, without a user":     {search{people: []string{ann}, lower: []string{"7 ann@corp.example"}, want: "7:S02! , 1:S02! "}, nil, false},
		"of two external ids": {search{people: []string{ann + " ext=E1"}, want: "1:S02! u1", clerk: func(f *fake.Clerk) {
			f.User("u1", "ann@corp.example").ExternalID = "E2"
		}}, nil, false},
	} {
		c := x.run(t, name).People[0].Problem.Conflict
		if (c != nil) != x.decided {
			t.Errorf("%s: %+v", name, c)
			continue
		}
		if c == nil {
			continue
		}
		ids := slices.Concat([]plan.DirectoryID{c.Was}, c.Also)
		slices.SortFunc(ids, func(a, b plan.DirectoryID) int { return strings.Compare(a.ID, b.ID) })
		if got := slices.Concat([]plan.DirectoryID{c.Now}, ids); c.User != "u1" || !slices.Equal(got, x.ids) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// Somebody new with the address of another person has no user yet, and the plan
// says whose it is (S02).
func TestS02SomebodyNewIsKeptApart(t *testing.T) {
	for name, x := range map[string]search{
		"by configuration": {people: []string{ann}, clerk: byOther, config: func(c *policy.Config) { c.IDChanged = policy.IDChangedNew }, want: "1="},
		"by word":          {people: []string{ann}, clerk: byOther, memory: decision("hr", "1", "hr", "9", true), want: "1="},
	} {
		v := x.run(t, name)
		p := v.People[0]
		if p.NotUser() != "u1" || p.Exceptions.Was != (plan.DirectoryID{Source: "hr", ID: "9"}) || p.MatchedBy != directory.Unmatched {
			t.Errorf("%s: %+v", name, p.Exceptions)
		}
		if len(v.Notes) != 1 || v.Notes[0].Rule != "S02" || !strings.Contains(v.Notes[0].Text, "is a new person with the id 1; account u1 belongs to 9 of source hr") {
			t.Errorf("%s: notes %+v", name, v.Notes)
		}
	}
}

// Where all users take fewer requests than all addresses, they are listed; a list
// that cannot be read is replaced by the addresses, unless the whole run has to
// end (S09).
func TestS09LookUpOfMany(t *testing.T) {
	var people []string
	for i := range 600 {
		people = append(people, strings.ReplaceAll("N name-N@corp.example", "N", string(rune('a'+i/26))+string(rune('a'+i%26))))
	}
	for name, x := range map[string]struct {
		faults map[string]error
		reads  map[string]int
		fails  bool
	}{
		"listed":                    {nil, map[string]int{"count users": 1, "all users": 1}, false},
		"no count":                  {map[string]error{"count users": &clerkapi.Error{Status: 500}}, map[string]int{"count users": 1, "users by address": 1}, false},
		"no list":                   {map[string]error{"all users": &clerkapi.Error{Status: 500}}, map[string]int{"count users": 1, "all users": 1, "users by address": 1}, false},
		"the key is refused":        {map[string]error{"all users": &clerkapi.Error{Status: 401}}, map[string]int{"count users": 1, "all users": 1}, true},
		"no list, and no addresses": {map[string]error{"all users": &clerkapi.Error{Status: 500}, "users_by_address * *": &clerkapi.Error{Status: 500}}, map[string]int{"count users": 1, "all users": 1, "users by address": 1}, true},
	} {
		f := fake.NewClerk("acme")
		f.User("u1", "name-aa@corp.example")
		maps.Copy(f.Faults, x.faults)
		q := newInquiry(t, f, fake.HR(people...).Group("staff", upTo(len(people))...))
		q.rule("acme", "staff")
		v, assigned, have := q.begun(nil)
		wants, _ := entitlements(assigned, have)
		_, err := v.With(assigned.Read, have, nil).Join(t.Context(), wants)
		if x.fails != (err != nil) || !x.fails && (v.People[0].UserID != "u1" || v.People[1].UserID != "") {
			t.Errorf("%s: %v", name, err)
		}
		for _, kind := range []string{"count users", "all users", "users by address", "users by external id"} {
			if f.Reads[kind] != x.reads[kind] {
				t.Errorf("%s: %d reads of %s", name, f.Reads[kind], kind)
			}
		}
	}
}

package sync

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/journal"
)

// resolved is where the run ends that only finds out who everybody is.
func (s *story) resolved(m *memory) *resolver {
	s.t.Helper()
	ctx := s.t.Context()
	r, err := New(s.config, s.rules, s.sources, s.clerk)
	if err != nil {
		s.t.Fatal(err)
	}
	read, err := r.readSources(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	assigned := assign(r.rules, read.directory, r.config, nil)
	have, err := r.readClerk(ctx, organizationNames(r.rules, assigned), nil, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	wants, _ := merge(assigned, have)
	v, err := r.resolve(ctx, read.directory, wants, have, m)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// who says of each person in order: id=user by what, or the rule with the users
// that it keeps as they are, and ! where it holds.
func (v *resolver) who() string {
	var all []string
	for _, p := range v.people {
		switch t := p.trouble; {
		case t != nil:
			all = append(all, fmt.Sprintf("%s:%s%s%s %s", p.ID, t.rule, map[bool]string{true: "!"}[t.hold], p.userID, strings.Join(t.users, "+")))
		default:
			all = append(all, fmt.Sprintf("%s=%s %s", p.ID, p.userID, p.join))
		}
	}
	return strings.TrimRight(strings.Join(all, ", "), " ")
}

// How each person is found, in the order of trust (S01), and what makes it
// impossible (S02, S06, S10).
func TestS01HowEachIsFound(t *testing.T) {
	ann := "1 ann@corp.example"
	two := func(f *fakeClerk, mails ...string) { f.user("u1", mails[0]); f.user("u2", mails[len(mails)-1]) }
	marked := func(f *fakeClerk, user, source, id string) {
		f.member("acme", user, "org:member", by(source, id))
	}
	asTwo := func(f *fakeClerk) {
		f.user("u1", "ann@corp.example")
		f.member("acme", "u1", "org:member", ours("1"))
		f.member("beta", "u1", "org:member", ours("9"))
	}
	for name, x := range map[string]struct {
		people []string // of hr
		lower  []string // of crm, the second source
		clerk  func(*fakeClerk)
		config func(*Config)
		memory *memory
		beta   string // which group the other organization is for, where there is a rule for it
		want   string
		text   string // of the first one's trouble
		last   string // of the last one's
	}{
		"nobody yet": {people: []string{ann}, want: "1="},
		"by marker, before the address": {people: []string{ann}, clerk: func(f *fakeClerk) {
			two(f, "x@home.example", "ann@corp.example")
			marked(f, "u1", "hr", "1")
		}, want: "1=u1 marker"},
		"by the marker of the address that was all": {people: []string{ann}, clerk: func(f *fakeClerk) {
			f.user("u1", "x@home.example")
			marked(f, "u1", "hr", "ann@corp.example")
		}, want: "1=u1 marker"},
		"by the marker of a lower source": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "x@home.example")
			marked(f, "u1", "crm", "7")
		}, want: "1=u1 marker"},
		"by the lower source's marker of the address": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "x@home.example")
			marked(f, "u1", "crm", "ann@corp.example")
		}, want: "1=u1 marker"},
		"the same id of another source is somebody else": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "x@home.example")
			marked(f, "u1", "crm", "1")
		}, want: "1="},
		"marked on two users": {people: []string{ann}, clerk: func(f *fakeClerk) {
			two(f, "x@home.example", "y@home.example")
			marked(f, "u2", "hr", "1")
			marked(f, "u1", "hr", "1")
		}, want: "1:S02! u1+u2", text: "hr.csv:2) is marked on 2 users: u1, u2"},
		"marked on two users by two sources": {people: []string{ann}, lower: []string{"7 ann@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "x@home.example", "y@home.example")
			marked(f, "u1", "hr", "1")
			marked(f, "u2", "crm", "7")
		}, want: "1:S02! u1+u2"},
		"marked on two users, and the address is of others": {people: []string{ann}, clerk: func(f *fakeClerk) {
			two(f, "x@home.example", "y@home.example")
			f.user("u3", "ann@corp.example")
			f.user("u4", "ann@corp.example")
			marked(f, "u1", "hr", "1")
			marked(f, "u2", "hr", "1")
		}, want: "1:S02! u1+u2"},
		"marked on two users, and shown as a third": {people: []string{ann}, clerk: func(f *fakeClerk) {
			two(f, "x@home.example", "y@home.example")
			f.user("u3", "ann@corp.example")
			marked(f, "u1", "hr", "1")
			marked(f, "u2", "hr", "1")
			f.member("acme", "u3", "org:member", "")
		}, want: "1:S02! u1+u2"},
		"marked as somebody else too": {people: []string{ann}, clerk: asTwo, want: "1:S02! u1", text: "user u1 is marked as 1, and also as 9 of source hr"},
		"marked as somebody else too, who is the same": {people: []string{ann}, clerk: asTwo, want: "1=u1 marker",
			config: func(c *Config) { c.IDChanged = IDChangedSame }},
		"marked as somebody else too, by word the same": {people: []string{ann}, clerk: asTwo, want: "1=u1 marker",
			memory: &memory{decided: map[string]Decision{decisionKey(DirectoryID{"hr", "1"}, "u1"): {Was: DirectoryID{"hr", "9"}}}}},
		"marked as somebody else too, another word": {people: []string{ann}, clerk: asTwo, want: "1:S02! u1",
			memory: &memory{decided: map[string]Decision{decisionKey(DirectoryID{"hr", "1"}, "u1"): {Was: DirectoryID{"hr", "8"}}}}},
		"by what the state remembers of the marker": {people: []string{ann}, clerk: func(f *fakeClerk) { f.user("u1", "x@home.example") }, want: "1=u1 marker",
			memory: &memory{movers: map[string]moverFact{moverKey(identity{"hr", "1"}): {"u1", time.Now()}}}},
		"no address": {people: []string{"1"}, want: "1:S10", text: "hr.csv:2 has no usable e-mail address and no marker"},
		"no address, but a marker": {people: []string{"1"}, clerk: func(f *fakeClerk) {
			f.user("u1", "x@home.example")
			marked(f, "u1", "hr", "1")
		}, want: "1=u1 marker"},
		"no address, by external_id": {people: []string{"1 ext=E1"}, clerk: func(f *fakeClerk) {
			f.user("u1", "x@home.example").ExternalID = "E1"
		}, want: "1=u1 external_id"},
		"no address, external_id of somebody else": {people: []string{"1 ext=E1"}, clerk: func(f *fakeClerk) {
			f.user("u1", "x@home.example").ExternalID = "E1"
			marked(f, "u1", "hr", "9")
		}, want: "1:S02! u1", text: "marked as 9 of source hr"},
		"no address, external_id of nobody": {people: []string{"1 ext=E1"}, want: "1:S10", text: "no user has the external_id E1"},
		"external_id of nobody, an address": {people: []string{ann + " ext=E1"}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
		}, want: "1=u1 email"},
		"shown, and all as wanted": {people: []string{ann}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", "")
		}, want: "1=u1 identifier"},
		"shown, and adopted": {people: []string{ann}, config: func(c *Config) { c.Adopt = AdoptMatched }, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", "")
		}, want: "1=u1 email"},
		"shown, with a second address": {people: []string{ann + " a@home.example"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "a@home.example")
			f.member("acme", "u1", "org:member", "")
		}, want: "1:S06 u1+u2"},
		"shown with the address of two people": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", "")
		}, want: "1:S06 u1, 2:S06 u1", text: "shares the address with hr.csv:3"},
		"shown without proof, with the address of two": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "~ann@corp.example")
			f.member("acme", "u1", "org:member", "")
		}, want: "1:S06 , 2:S06"},
		"shown, with another owner's marker": {people: []string{ann}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", `{"rollcall":{"id":"1","owner":"other","source":"hr"}}`)
		}, want: "1=u1 email"},
		"shown, marked in another organization": {people: []string{ann}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", "")
			f.member("beta", "u1", "org:member", ours("9"))
		}, want: "1:S02! u1", text: "marked as 9 of source hr"},
		"shown, with an external_id to look for": {people: []string{ann + " ext=E1"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "b@corp.example")
			f.users[1].ExternalID = "E1"
			f.member("acme", "u1", "org:member", "")
		}, want: "1:S02! u1+u2"},
		"shown in the other organization as somebody else": {people: []string{ann}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "b@corp.example")
			f.member("acme", "u1", "org:member", "")
			f.member("beta", "u2", "org:member", "").Identifier = "ann@corp.example"
		}, beta: "staff", want: "1=u1 email"},
		"shown in both, and all as wanted": {people: []string{ann}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", "")
			f.member("beta", "u1", "org:member", "")
		}, beta: "staff", want: "1=u1 identifier"},
		"shown here, no member there": {people: []string{ann}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			f.member("acme", "u1", "org:member", "")
			f.member("beta", "u9", "org:member", "")
		}, beta: "staff", want: "1=u1 email"},
		"two claim one user": {people: []string{ann, "2 ben@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example", "ben@corp.example")
		}, want: "1:S06 u1, 2:S06 u1", text: "claims user u1, as does hr.csv:3", last: "claims user u1, as does hr.csv:2"},
		"two claim one user, others nobody's": {people: []string{ann, "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "ben@corp.example", "dan@corp.example")
			f.users[0].Emails = append(f.users[0].Emails, clerkapi.EmailAddress{Address: "cy@corp.example", Verified: true})
		}, want: "1= , 2:S06 u1, 3:S06 u1, 4=u2 email"},
		"three claim one user, of two sources": {people: []string{ann, "2 ben@corp.example"}, lower: []string{"3 cy@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example", "ben@corp.example", "cy@corp.example")
		}, want: "3:S06 u1, 1:S06 u1, 2:S06 u1", text: "as does hr.csv:2"},
		"two claim one user, one by external_id": {people: []string{ann + " ext=E1", "2 ben@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "ben@corp.example").ExternalID = "E1"
		}, want: "1:S06 u1, 2:S06 u1", text: "claims user u1, as does hr.csv:3"},
		"a user of somebody else's conflict": {people: []string{ann + " ext=E1", "2 ben@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "ben@corp.example")
			f.users[1].ExternalID = "E1"
		}, want: "1:S02! u1+u2, 2=u2 email"},
		"one of several that another has": {people: []string{ann + " a@home.example", "2 ben@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "a@home.example")
			f.users[1].Emails = append(f.users[1].Emails, clerkapi.EmailAddress{Address: "ben@corp.example", Verified: true})
		}, want: "1:S06 u1+u2, 2:S06 u2", text: "matches several users: u1, u2"},
		"one of several that another has, held": {people: []string{ann + " a@home.example", "2 ben@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "a@home.example")
			f.users[1].Emails = append(f.users[1].Emails, clerkapi.EmailAddress{Address: "ben@corp.example", Verified: true})
		}, config: func(c *Config) { c.Ambiguous = AmbiguousHold }, want: "1:S06! u1+u2, 2:S06! u2", text: "matches several users: u1, u2"},
		"one of several that another's marker names": {people: []string{ann + " a@home.example", "2 ben@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "a@home.example")
			marked(f, "u2", "hr", "2")
		}, want: "1:S06 u1+u2, 2=u2 marker"},
		"the address of somebody whom a marker names": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fakeClerk) {
			f.user("u1", "ann@corp.example")
			marked(f, "u1", "hr", "2")
		}, want: "1:S02! u1, 2=u1 marker"},
		"one address of three people": {people: []string{ann, "2 ann@corp.example", "3 ann@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "x@home.example")
			marked(f, "u2", "hr", "3")
		}, want: "1:S06 u1, 2:S06 u1, 3=u2 marker", text: "shares the address with hr.csv:3"},
		"one address, two users, several people": {people: []string{ann, "2 ann@corp.example"}, clerk: func(f *fakeClerk) {
			two(f, "ann@corp.example", "ann@corp.example")
		}, want: "1:S06 u1+u2, 2:S06 u1+u2", text: "shares the address with hr.csv:3"},
	} {
		f := newFake("acme", "beta")
		if x.clerk != nil {
			x.clerk(f)
		}
		src := hr(x.people...)
		src.group("staff", upTo(len(x.people))...)
		sources := []source.Source{src}
		if x.lower != nil {
			sources = append(sources, hr(x.lower...).named("crm").group("sales", 0))
		}
		s := tell(t, f, sources...)
		s.rule("acme", "org:member", "staff", "sales")
		s.rule("beta", "org:member", cmp.Or(x.beta, "nobody"))
		if x.config != nil {
			x.config(&s.config)
		}
		v := s.resolved(x.memory)
		if got := v.who(); got != x.want && got != strings.TrimSpace(x.want) {
			t.Errorf("%s: %q, want %q", name, got, x.want)
			continue
		}
		if c := v.people[0].trouble; strings.HasPrefix(name, "marked as") && c != nil && (c.conflict == nil || *c.conflict != Conflict{"ann@corp.example", "u1", DirectoryID{"hr", "1"}, DirectoryID{"hr", "9"}}) {
			t.Errorf("%s: nobody can decide it: %+v", name, c.conflict)
		}
		if x.text != "" && !strings.Contains(v.people[0].trouble.text, x.text) {
			t.Errorf("%s: %s", name, v.people[0].trouble.text)
		}
		if last := v.people[len(v.people)-1]; x.last != "" && !strings.Contains(last.trouble.text, x.last) {
			t.Errorf("%s: of the last: %s", name, last.trouble.text)
		}
	}
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// What ends a look-up ends the run: whoever cannot be read is not taken for
// nobody (S09).
func TestS09UsersThatCannotBeLookedUp(t *testing.T) {
	for fault, text := range map[string]string{"users_by_address * *": "look up users", "users_by_external_id * *": "look up users", "users_by_id * *": "people who move between organizations"} {
		f := newFake("acme")
		f.faults[fault] = &clerkapi.Error{Status: 500}
		s := tell(t, f, hr("1 ann@corp.example ext=E1").group("staff", 0))
		s.rule("acme", "org:member", "staff")
		c := begin(t, s)
		c.write(journal.Fact{Kind: factMover, Key: moverKey(identity{"hr", "9"}), Value: []byte(`{"user":"u9","wanted":"2026-03-02T00:00:00Z"}`)})
		if _, err := c.once(t.Context(), Run{}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

// Who is counted as without a user, by the reason; whom no rule wants is not
// looked for, and not counted.
func TestUnresolvedByReason(t *testing.T) {
	f := newFake("acme")
	f.user("u1", "ann@corp.example")
	f.user("u2", "two@corp.example")
	f.user("u3", "2@home.example")
	s := tell(t, f, hr("1 ann@corp.example", "2 two@corp.example 2@home.example", "3 new@corp.example", "4 newer@corp.example", "5 bystander@corp.example", "6").group("staff", 0, 1, 2, 3, 5))
	s.rule("acme", "org:member", "staff")
	v := s.resolved(nil)
	if got, want := v.who(), "1=u1 email, 2:S06 u2+u3, 3= , 4= , 6:S10"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := v.unresolved(); len(got) != 3 || got[noUser] != 2 || got[guardNames["S06"]] != 1 || got[guardNames["S10"]] != 1 {
		t.Errorf("%v", got)
	}
}

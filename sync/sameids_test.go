package sync

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

var corpAndHR = map[string]string{"corp": "corp", "hr": "corp"}

// shared is a story of two sources with the same ids, the first of them higher.
func shared(t *testing.T, f *fake.Clerk, sources ...source.Source) *story {
	s := tell(t, f, sources...)
	s.config.SameIDs = corpAndHR
	return s
}

// One id is one person in both sources, whatever their addresses, and a marker
// of either source is theirs.
func TestS01SameIDsAreOnePerson(t *testing.T) {
	t.Parallel()
	for _, marked := range []string{"corp", "hr"} {
		f := fake.NewClerk("acme")
		f.User("user_ann", "ann@corp.example")
		f.Member("acme", "user_ann", "org:member", fake.OursFrom(marked, "1"))
		s := shared(t, f, fake.HR("1 ann@corp.example").Named("corp").Group("staff", 0), fake.HR("1 ann.lee@corp.example").Group("staff", 0))
		s.rule("acme", "org:member", "staff")
		p := s.plans()
		if text := bytesOf(t, p); !strings.Contains(text, "sources corp and hr have different values of address for 1 person; the value of corp is used, because that source is higher in the list; example: hr.csv:2") {
			t.Errorf("marked by %s: nothing is said of the addresses: %s", marked, text)
		}
		s.config.SameIDs = nil
		if p := s.run(Run{}).Plan; marked == "corp" && len(p.Organizations[0].Changes) == 0 && !strings.Contains(bytesOf(t, p), "ann.lee") {
			t.Error("without same_ids_as the two would be one all the same: the test shows nothing")
		}
	}
}

// Two entries of one source with one id are nobody's, although a source above has a person
// with that id: the person would get what is the other's, or the other's address (S02).
func TestS02ARepeatedIDBelowAPerson(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		corp string
		hr   []string
		held bool
	}{
		"one entry":                     {"5 ben@corp.example", []string{"5 ben@corp.example", "6 eve@corp.example"}, false},
		"another one with the id":       {"5 ben@corp.example", []string{"5 ben@corp.example", "5 eve@corp.example"}, true},
		"one that comes first":          {"5 ben@corp.example", []string{"5 eve@corp.example", "5 ben@corp.example"}, true},
		"one whose address counts":      {"5", []string{"5 eve@corp.example", "5 ben@corp.example"}, true},
		"an old account with the id":    {"5", []string{"5 ben@corp.example", "5 eve@corp.example off=left"}, false},
		"a person whose address counts": {"5", []string{"5 ben@corp.example", "6 eve@corp.example"}, false},
	} {
		f := fake.NewClerk("acme")
		f.User("user_ben", "ben@corp.example")
		f.User("user_eve", "eve@corp.example")
		s := shared(t, f, fake.HR(x.corp).Named("corp").Group("staff", 0), fake.HR(x.hr...).Group("other", 0, 1))
		s.rule("acme", "org:member", "staff")
		p := s.run(Run{}).Plan
		if got := lines(p); x.held && len(got) > 0 || !x.held && (len(got) != 1 || !strings.Contains(got[0], "ready add acme user_ben")) {
			t.Errorf("%s: %v", name, got)
		}
		if got := strings.Contains(bytesOf(t, p), "has the same id, 5, as"); got != x.held {
			t.Errorf("%s: says that the id is there twice: %t", name, got)
		}
	}
}

// Membership is the union: whom one of the two drops stays while the other
// has them, and goes when neither has.
func TestS01SameIDsAreAUnion(t *testing.T) {
	t.Parallel()
	for _, marked := range []string{"corp", "hr"} {
		f := fake.NewClerk("acme")
		f.User("user_ann", "ann@corp.example")
		f.User("user_zoe", "zoe@corp.example")
		f.Member("acme", "user_ann", "org:member", fake.OursFrom(marked, "1"))
		f.Member("acme", "user_zoe", "org:member", fake.OursFrom(marked, "9"))
		other := func() *fake.Source { return fake.HR("9 zoe@corp.example").Group("staff", 0) }
		ann := func() *fake.Source { return fake.HR("1 ann@corp.example", "9 zoe@corp.example").Group("staff", 0, 1) }
		for _, sources := range [][]source.Source{{ann().Named("corp"), other()}, {other().Named("corp"), ann()}} {
			s := shared(t, f, sources...)
			s.rule("acme", "org:member", "staff")
			s.holds(s.plans())
		}
		s := shared(t, f, other().Named("corp"), other())
		s.rule("acme", "org:member", "staff")
		s.plans("ready remove acme user_ann")
	}
}

// One of two sources that feed an organization is down, in either order and
// with a marker of either: nobody is removed there; an organization that the
// other feeds alone goes on (S14).
func TestS14OneOfTwoWithTheSameIDs(t *testing.T) {
	t.Parallel()
	for _, marked := range []string{"corp", "hr"} {
		for _, down := range []int{0, 1} {
			f := fake.NewClerk("acme", "beta")
			f.User("user_ann", "ann@corp.example")
			f.User("user_ben", "ben@corp.example")
			f.User("user_cy", "cy@corp.example")
			f.Member("acme", "user_ann", "org:member", fake.OursFrom(marked, "1"))
			f.Member("beta", "user_ann", "org:member", fake.OursFrom(marked, "1"))
			f.Member("beta", "user_ben", "org:member", fake.OursFrom([]string{"hr", "corp"}[down], "2"))
			corp, personnel := fake.HR("3 cy@corp.example").Named("corp").Group("staff", 0), fake.HR("3 cy@corp.example").Group("staff", 0)
			for i, src := range []*fake.Source{corp, personnel} {
				src.Snapshot.People = append(src.Snapshot.People, source.Person{ID: "1", Email: "ann@corp.example"})
				src.Group("team", 0, 1)
				if i == down {
					src.Err = context.DeadlineExceeded
				}
			}
			s := shared(t, f, corp, personnel)
			s.rule("acme", "org:member", "staff")
			s.rule("beta", "org:member", "team").Source = []string{"hr", "corp"}[down]
			s.rule("acme", "org:member", "staff").Source = []string{"corp", "hr"}[down] // what is down could feed no other
			s.rules[0].Source = []string{"hr", "corp"}[down]
			p := s.run(Run{}).Plan
			if got := lines(p); !slices.Equal(got, []string{"held add acme user_cy member", "held remove acme user_ann", "ready add beta user_cy member", "ready remove beta user_ben"}) {
				t.Errorf("marked by %s, source %d down: %q, held %q", marked, down, got, held(p))
			}
			if len(p.Failures) != 1 {
				t.Errorf("failures %+v", p.Failures)
			}
		}
	}
}

// Ids decide before addresses: two people of one address whose ids can be
// compared and differ are two (S06); an id that looks like an address may be
// somebody's address, and is nobody else's id (S01).
func TestS06SameAddressOtherID(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("user_ann", "ann@corp.example")
	s := shared(t, f, fake.HR("1 ann@corp.example").Named("corp").Group("staff", 0), fake.HR("2 ann@corp.example").Group("staff", 0))
	s.rule("acme", "org:member", "staff")
	if p := s.plans(); !strings.Contains(bytesOf(t, p), "matches account user_ann, and so does") {
		t.Errorf("nothing is said of the shared address: %s", bytesOf(t, p))
	}
	s.config.SameIDs = nil // then nobody can tell whether they are one person (S01)
	s.holds(s.plans(), "S02 identity_conflict org_acme", "S02 identity_conflict org_acme")
}

func TestS01IDsLikeAddressesAreNotShared(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	f.User("user_ann", "ann@corp.example")
	f.User("user_eve", "eve@corp.example")
	f.Member("acme", "user_ann", "org:admin", fake.OursFrom("hr", "ann@corp.example"))
	// Eve wrote Ann's id into the address of her own entry in corp.
	s := shared(t, f, fake.HR("7 ann@corp.example").Named("corp").Group("admins", 0), fake.HR("ann@corp.example boss@corp.example").Group("staff", 0))
	s.rule("acme", "org:admin", "admins")
	s.rule("acme", "org:member", "staff")
	for _, line := range lines(s.run(Run{}).Plan) {
		if strings.Contains(line, "admin") {
			t.Errorf("planned %q", line)
		}
	}
}

// What the higher source does not say, the next one says; what both say
// differently is told once, with a count.
func TestAttributesByPriority(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme")
	for _, name := range []string{"ann", "ben", "cy"} {
		f.User("user_"+name, name+"@corp.example")
	}
	s := shared(t, f,
		fake.HR("1 ann@corp.example dept=IT", "2 ben@corp.example", "3 x@corp.example").Named("corp").Group("staff", 0, 1, 2),
		fake.HR("1 ann@corp.example dept=Sales", "2 ben@corp.example dept=Ops", "3 cy@corp.example dept=Ops").Group("all", 0))
	one, ok := s.sources[0].(*fake.Source)
	if !ok {
		t.Fatal("no fake source")
	}
	one.Snapshot.People[2].Email = "" // corp has no address of cy
	s.rule("acme", "org:member", "staff").Metadata = policy.Templates{Public: map[string]any{"dept": "{dept}"}}
	p := s.plans("ready add acme user_ann member", "ready add acme user_ben member", "ready add acme user_cy member")
	var got []string
	for _, c := range p.Changes() {
		got = append(got, c.UserID+" "+string(c.Public))
	}
	if want := []string{`user_ann {"dept":"IT"}`, `user_ben {"dept":"Ops"}`, `user_cy {"dept":"Ops"}`}; !slices.Equal(got, want) {
		t.Errorf("metadata %q, want %q", got, want)
	}
	if text := bytesOf(t, p); !strings.Contains(text, "sources corp and hr have different values of dept for 1 person; the value of corp is used") {
		t.Errorf("nothing is said of ann: %s", text)
	}
	s.config.Lends = map[string][]string{"hr": {"dept"}}
	s.rules[0].Source = "corp"
	r, err := New(s.config, s.rules, s.sources, s.clerk)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.directory().RequestFor("hr").Attributes; !slices.Equal(got, []string{"dept"}) {
		t.Errorf("hr is asked for %q", got)
	}
}

// While the source with the first word on attributes is down, nobody's
// metadata become what the second one says (S14).
func TestS14MetadataOfALowerSource(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("user_ann", "ann@corp.example")
	m := f.Member("beta", "user_ann", "org:member", fake.OursFrom("hr", "1"))
	m.Public = []byte(`{"dept":"IT"}`)
	higher := fake.HR("1 ann@corp.example dept=IT").Named("corp").Group("staff", 0)
	s := shared(t, f, higher, fake.HR("1 ann@corp.example dept=Sales").Group("team", 0))
	s.rule("acme", "org:member", "staff").Source = "corp"
	beta := s.rule("beta", "org:member", "team")
	beta.Source, beta.Metadata = "hr", policy.Templates{Public: map[string]any{"dept": "{dept}"}}
	s.plans("ready add acme user_ann member")
	higher.Err = errors.New("no route to host")
	s.plans("held set_metadata beta user_ann")
	s.sources = []source.Source{s.sources[1], s.sources[0]} // now hr has the first word
	s.plans("ready set_metadata beta user_ann")
}

// TestTwoSourcesWithTheSameIDsAreOne: a source whose people and groups are
// spread over two, each person in one or in both, gives the same plan.
func TestTwoSourcesWithTheSameIDsAreOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		one := drawStory(t, rt, true)
		one.sources = one.sources[:1]
		two := one.copied()
		two.sources = divide(rt, one.sources[0])
		two.config.SameIDs = map[string]string{"hr": "hr", "hr2": "hr"}
		plan, other := one.run(Run{}).Plan, two.run(Run{}).Plan
		other.Sources = plan.Sources // they are counted each for itself
		if d := gocmp.Diff(sortedText(bytesOf(t, plan)), sortedText(strings.ReplaceAll(bytesOf(t, other), "hr2", "hr"))); d != "" {
			rt.Fatal(d)
		}
	})
}

// sortedText is a text whose lines stand in one order: notes and holds come in
// the order of the sources. Markers name them, and what is approved has its markers.
func sortedText(text string) []string {
	lines := strings.Split(strings.ReplaceAll(text, ",\n", "\n"), "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return strings.Contains(line, `"approval":`) || strings.Contains(line, `"source":`)
	})
	slices.Sort(lines)
	return lines
}

// divide gives each person to a source, to the one below it, or to both.
func divide(rt *rapid.T, src source.Source) []source.Source {
	whole, ok := src.(*fake.Source)
	if !ok {
		rt.Fatal("no fake source")
	}
	halves := []*fake.Source{{}, {}}
	place := make([][2]int, len(whole.Snapshot.People))
	for h, half := range halves {
		half.Snapshot = source.Snapshot{Source: []string{"hr", "hr2"}[h], StableIDs: true}
	}
	for i, p := range whole.Snapshot.People {
		in := rapid.IntRange(0, 2).Draw(rt, "person of")
		for h, half := range halves {
			place[i][h] = -1
			if in == 2 || in == h {
				place[i][h] = len(half.Snapshot.People)
				q := p
				q.Origin.Source, q.Origin.DN = half.Snapshot.Source, strings.ReplaceAll(p.Origin.DN, "o=hr", "o="+half.Snapshot.Source)
				half.Snapshot.People = append(half.Snapshot.People, q)
			}
		}
	}
	for _, g := range whole.Snapshot.Groups {
		for h, half := range halves {
			var members []int
			for _, m := range g.Members {
				if at := place[m.Person][h]; at >= 0 {
					members = append(members, at)
				}
			}
			if len(members) > 0 || len(g.Members) == 0 && h == 0 {
				half.Group(g.Name, members...)
			}
		}
	}
	return []source.Source{halves[0], halves[1]}
}

// Who takes somebody's address in a lower source does not bring what Clerk's
// users are found by along: the roles of the other would be theirs.
func TestS01AddressBringsNoOtherUser(t *testing.T) {
	t.Parallel()
	for _, claim := range []func(*source.Person){
		func(p *source.Person) { p.OtherEmails = []string{"mallory@corp.example"} },
		func(p *source.Person) { p.ExternalID = "x9" },
	} {
		f := fake.NewClerk("acme")
		f.User("user_mallory", "mallory@corp.example").ExternalID = "x9"
		lower := fake.HR("9 vic@corp.example")
		claim(&lower.Snapshot.People[0])
		s := tell(t, f, fake.HR("1 vic@corp.example").Named("corp").Group("leads", 0), lower)
		s.rule("acme", "org:admin", "leads")
		s.plans()
	}
}

package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/policy"
)

// domain is a source that shows its people by DN or SID when it is asked for them.
type domain struct {
	name, tree, sid string
	people          []source.Person
	sids            map[string]int
	listed          []source.Unusable // of the group staff
	inner           map[string]source.Group
	asked           []source.Request
}

func (d *domain) Name() string { return d.name }

func (d *domain) Read(_ context.Context, want source.Request) (*source.Snapshot, error) {
	d.asked = append(d.asked, want)
	s := &source.Snapshot{Source: d.name, Tree: d.tree, Domain: d.sid, People: slices.Clone(d.people), BySID: map[string]int{}, Inner: d.inner}
	for _, sid := range want.Members {
		if at, ok := d.sids[sid]; ok {
			s.BySID[sid] = at
		}
	}
	if d.listed != nil {
		s.Groups = []source.Group{{ID: "staff", Name: "staff", Unusable: slices.Clone(d.listed)}}
	}
	return s, nil
}

// person adds somebody.
func (d *domain) person(id, dn, sid string) *domain {
	if d.sids == nil {
		d.sids = map[string]int{}
	}
	d.sids[sid] = len(d.people)
	d.people = append(d.people, source.Person{ID: id, Email: id + "@corp.example", Origin: source.Origin{Source: d.name, DN: dn}})
	return d
}

// staff reads the domains, and answers with the ids of the members of the group staff of
// the first one, and with why the others are unreadable.
func staff(t *testing.T, linked bool, domains ...*domain) (ids, why string) {
	t.Helper()
	r := &Reader{Rules: &policy.Ruleset{}, Now: time.Now, Config: policy.Config{SameIDs: policy.SameIDs{}}}
	for _, d := range domains {
		d.asked = nil
		r.Sources = append(r.Sources, d)
		if linked {
			r.Config.SameIDs[d.name] = "corp"
		}
	}
	slices.SortFunc(r.Sources, func(a, b source.Source) int { return cmp.Compare(a.Name(), b.Name()) })
	snapshots, _ := r.readSources(t.Context(), func(string) source.Request { return source.Request{} })
	var members, reasons []string
	for _, s := range snapshots {
		for _, g := range s.Groups {
			for _, m := range g.Members {
				members = append(members, s.People[m.Person].ID)
			}
			for _, u := range g.Unusable {
				reasons = append(reasons, u.Why)
			}
		}
	}
	return strings.Join(members, " "), strings.Join(reasons, "; ")
}

// If the tree of a source contains that of another, a member belongs to the source with the
// longer tree, in whatever order the sources stand.
func TestS10TheLongestTreeHasTheMember(t *testing.T) {
	const ben, child, root = "cn=ben,dc=emea,dc=corp,dc=example", "dc=emea,dc=corp,dc=example", "dc=corp,dc=example"
	for _, names := range [][2]string{{"b", "c"}, {"c", "b"}} {
		lists := &domain{name: "a", tree: "dc=other,dc=example", listed: []source.Unusable{{Ref: ben, Why: "other"}}}
		whole := (&domain{name: names[0], tree: root}).person("9", ben, "") // an entry that is not of this domain
		part := (&domain{name: names[1], tree: child}).person("2", ben, "")
		if ids, why := staff(t, true, lists, whole, part); ids != "2" || why != "" {
			t.Errorf("%v: members %q, unreadable: %s", names, ids, why)
		}
		whole.listed = lists.listed
		if ids, _ := staff(t, true, whole, part); ids != "2" {
			t.Errorf("%v: a group of the longer tree's parent has the members %q", names, ids)
		}
		part.listed, whole.listed = lists.listed, nil
		if ids, _ := staff(t, true, whole, part); ids != "" || len(whole.asked) != 1 {
			t.Errorf("%v: a member of the own tree is taken from the parent: %q", names, ids)
		}
	}
}

// A foreign principal is the person with that SID in a source that reads its domain, and
// otherwise unreadable.
func TestS10ForeignPrincipals(t *testing.T) {
	const here, there = "S-1-5-21-1-1-1", "S-1-5-21-2-2-2"
	for _, c := range []struct {
		name     string
		sid      string
		unlinked bool
		others   []*domain
		ids, why string
		asked    int // reads of the others
	}{
		{name: "found", sid: there + "-1105", others: []*domain{emea(there).person("2", "cn=ben", there+"-1105")}, ids: "2", asked: 2},
		{name: "nobody has it", sid: there + "-1199", others: []*domain{emea(there)}, why: "source emea shows no person and no group of this name", asked: 2},
		{name: "not linked", sid: there + "-1105", unlinked: true, others: []*domain{emea(there)}, why: "it belongs to source emea: set same_ids_as", asked: 1},
		{name: "no domain", sid: there + "-1105", others: []*domain{emea("").person("2", "cn=ben", there+"-1105")}, why: "principal", asked: 1},
		{name: "another domain", sid: there + "-1105", others: []*domain{emea(there+"-1").person("2", "cn=ben", there+"-1105")}, why: "principal", asked: 1},
		{name: "of Windows itself", sid: "S-1-5-11", others: []*domain{emea(there)}, why: "principal", asked: 1},
		{name: "no SID", others: []*domain{emea(there)}, why: "principal", asked: 1},
		{name: "the second half of a domain", sid: there + "-1105", others: []*domain{emea(there), emea(there).named("emea2").person("2", "cn=ben", there+"-1105")}, ids: "2", asked: 4},
		{name: "one person twice", sid: there + "-1105", others: []*domain{emea(there).person("2", "cn=ben", there+"-1105"), emea(there).named("emea2").person("2", "cn=ben", there+"-1105")}, ids: "2", asked: 4},
		{name: "two people", sid: there + "-1105", others: []*domain{emea(there).person("2", "cn=ben", there+"-1105"), emea(there).named("emea2").person("3", "cn=bob", there+"-1105")}, why: "is another person in source emea2 than in source emea", asked: 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			corp := &domain{name: "corp", tree: "dc=corp,dc=example", sid: here,
				listed: []source.Unusable{{Ref: "cn=" + c.sid + ",cn=foreignsecurityprincipals,dc=corp,dc=example", Why: "principal", SID: c.sid}}}
			ids, why := staff(t, !c.unlinked, append([]*domain{corp}, c.others...)...)
			asked := 0
			for _, d := range c.others {
				asked += len(d.asked)
			}
			if got := fmt.Sprintf("%q %t %d", ids, strings.Contains(why, c.why) && (why == "") == (c.why == ""), asked); got != fmt.Sprintf("%q true %d", c.ids, c.asked) {
				t.Errorf("members %q, unreadable: %s, %d reads", ids, why, asked)
			}
			if len(corp.asked) != 1 {
				t.Errorf("corp was read %d times", len(corp.asked))
			}
		})
	}
}

// Several sources may read one domain, each with its own user_filter, which makes leavers of
// everybody else. Who is enabled in one of them is a member, in whatever order they stand;
// who is disabled in all of them is a leaver.
func TestS10SourcesThatShareADomain(t *testing.T) {
	const sid, team = "S-1-5-21-2-2-2", "cn=team,dc=emea,dc=example"
	bySID := source.Unusable{Ref: "cn=" + sid + "-1105,dc=corp,dc=example", Why: "principal", SID: sid + "-1105"}
	for name, c := range map[string]struct {
		listed   source.Unusable
		disabled map[string]bool
		want     string
	}{
		"by SID, in the first":   {bySID, map[string]bool{"emea2": true}, "enabled"},
		"by SID, in the second":  {bySID, map[string]bool{"emea": true}, "enabled"},
		"by SID, in none":        {bySID, map[string]bool{"emea": true, "emea2": true}, "disabled"},
		"by DN, in the first":    {source.Unusable{Ref: "cn=ben,dc=emea,dc=example"}, map[string]bool{"emea2": true}, "enabled"},
		"by DN, in the second":   {source.Unusable{Ref: "cn=ben,dc=emea,dc=example"}, map[string]bool{"emea": true}, "enabled"},
		"by DN, in none":         {source.Unusable{Ref: "cn=ben,dc=emea,dc=example"}, map[string]bool{"emea": true, "emea2": true}, "disabled"},
		"in a group, the first":  {source.Unusable{Ref: team}, map[string]bool{"emea2": true}, "enabled"},
		"in a group, the second": {source.Unusable{Ref: team}, map[string]bool{"emea": true}, "enabled"},
		"in a group, in none":    {source.Unusable{Ref: team}, map[string]bool{"emea": true, "emea2": true}, "disabled"},
	} {
		r := &Reader{Rules: &policy.Ruleset{}, Now: time.Now, Config: policy.Config{SameIDs: policy.SameIDs{"corp": "corp", "emea": "corp", "emea2": "corp"}}}
		r.Sources = append(r.Sources, &domain{name: "corp", tree: "dc=corp,dc=example", sid: "S-1-5-21-1-1-1", listed: []source.Unusable{c.listed}})
		for _, name := range []string{"emea", "emea2"} {
			d := emea(sid).named(name).person("2", "cn=ben,dc=emea,dc=example", sid+"-1105")
			if c.disabled[name] {
				d.people[0].Disabled = "excluded by user_filter"
			}
			d.inner = map[string]source.Group{team: {Name: "team", Members: []source.Member{{Person: 0}}}}
			r.Sources = append(r.Sources, d)
		}
		snapshots, _ := r.readSources(t.Context(), func(string) source.Request { return source.Request{} })
		got := "nobody"
		for _, m := range snapshots[0].Groups[0].Members {
			if p := snapshots[0].People[m.Person]; p.Disabled == "" {
				got = "enabled"
			} else if got == "nobody" {
				got = "disabled"
			}
		}
		if u := snapshots[0].Groups[0].Unusable; got != c.want || len(u) > 0 {
			t.Errorf("%s: ben is %s, want %s; unreadable %v", name, got, c.want, u)
		}
	}
}

func emea(sid string) *domain { return &domain{name: "emea", tree: "dc=emea,dc=example", sid: sid} }

func (d *domain) named(name string) *domain {
	d.name = name
	for i := range d.people {
		d.people[i].Origin.Source = name
	}
	return d
}

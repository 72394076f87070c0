package ldap

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// selection is a fake directory with groups in two corners.
func selection() *ldaptest.Fake {
	f := fakeCompany(4)
	group := func(dn, cn string, members ...string) {
		f.Entries = append(f.Entries, ldaptest.Entry{DN: dn, Attrs: map[string][]string{
			"objectClass": {"groupOfNames"}, "cn": {cn}, "member": members,
		}})
	}
	ann, bob := "uid=u0000,ou=people,"+ldaptest.Suffix, "uid=u0001,ou=people,"+ldaptest.Suffix
	group("cn=clerk-acme-admin,ou=clerk,ou=groups,"+ldaptest.Suffix, "clerk-acme-admin", ann)
	group("cn=clerk-beta-member,ou=clerk,ou=groups,"+ldaptest.Suffix, "clerk-beta-member", bob)
	group("cn=clerk-acme-admin-x,ou=clerk,ou=groups,"+ldaptest.Suffix, "clerk-acme-admin-x", bob)
	group("cn=clerk-evil-admin,ou=elsewhere,"+ldaptest.Suffix, "clerk-evil-admin", bob)
	group("cn=twice,ou=a,"+ldaptest.Suffix, "twice", ann)
	group("cn=twice,ou=b,"+ldaptest.Suffix, "twice", bob)
	return f
}

func TestS21SelectorsMatchWholeNamesBelowTheirBase(t *testing.T) {
	re := regexp.MustCompile(`\A(?:clerk-(?<org>[a-z]+)-(?<role>admin|member))\z`)
	base := "ou=clerk, ou=groups, " + ldaptest.Suffix
	want := source.Request{Groups: []source.Selector{
		{Regexp: re, Base: base},
		{Glob: "clerk-acme-*", Base: base},
		{Name: "cn=clerk-beta-member,ou=clerk,ou=groups," + ldaptest.Suffix},
		{Name: "ALL"},
		{Name: "twice"},
		{Name: "cn=nowhere,ou=groups," + ldaptest.Suffix},
		{Name: ann0},
		{Glob: "*", Base: "ou=empty," + ldaptest.Suffix},
		{Name: "of another source", Source: "hr"},
	}}
	snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, selection())), want)
	got := map[string][]int{}
	for _, g := range snap.Groups {
		for _, m := range g.Matches {
			got[g.Name] = append(got[g.Name], m.Selector)
			if m.Selector == 0 && g.Name == "clerk-acme-admin" && (m.Captures["org"] != "acme" || m.Captures["role"] != "admin") {
				t.Errorf("captures %v", m.Captures)
			}
		}
	}
	if diff := cmp.Diff(map[string][]int{
		"clerk-acme-admin": {0, 1}, "clerk-acme-admin-x": {1}, "clerk-beta-member": {0, 2}, "all": {3},
	}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{4, 5, 6, 7}, snap.Missing); diff != "" {
		t.Errorf("missing: %s", diff)
	}
	text := notesText(snap)
	for _, say := range []string{`"twice", but 2 groups have that name`, "cn=nowhere", "object classes are inetOrgPerson"} {
		if !strings.Contains(text, say) {
			t.Errorf("notes do not say %q:\n%s", say, text)
		}
	}
}

// A group that is missing may have moved, or be called nearly as another one.
func TestMeantGroupsOfADirectory(t *testing.T) {
	want := source.Request{Groups: []source.Selector{
		{Name: "cn=clerk-beta-member,ou=groups," + ldaptest.Suffix},
		{Name: "cn=clerk-acme-admn,ou=clerk,ou=groups," + ldaptest.Suffix},
		{Name: "clerk-evil-admim"},
		{Name: "twice"},
		{Name: ann0},
		{Glob: "clerk-beta-membe?x", Base: "ou=groups," + ldaptest.Suffix},
	}}
	snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, selection())), want)
	if diff := cmp.Diff(map[int]string{0: "cn=clerk-beta-member,ou=clerk,ou=groups," + ldaptest.Suffix,
		1: "cn=clerk-acme-admin,ou=clerk,ou=groups," + ldaptest.Suffix, 2: "clerk-evil-admin"}, snap.Meant); diff != "" {
		t.Error(diff)
	}
}

const ann0 = "uid=u0000,ou=people," + ldaptest.Suffix

func TestS21PatternWithoutBaseIsRefused(t *testing.T) {
	s, err := newDirectory(fakeConfig(ldaptest.StartFake(t, selection())), "corp")
	must(t, err)
	_, err = s.Read(t.Context(), source.Request{Groups: []source.Selector{{Glob: "clerk-*"}}})
	if _, ok := errors.AsType[*source.FieldError](err); !ok {
		t.Errorf("error is %v", err)
	}
}

func TestNoSelectorsMeanEveryGroup(t *testing.T) {
	snap := readLDAP(t, fakeConfig(ldaptest.StartFake(t, selection())), source.Request{})
	if len(snap.Groups) != 7 || len(snap.Groups[0].Matches) != 0 {
		t.Errorf("%d groups", len(snap.Groups))
	}
}

func TestS37DepthAndMembersAreBounded(t *testing.T) {
	f := fakeCompany(3)
	for i := range 5 {
		inner := "cn=all,ou=groups," + ldaptest.Suffix
		if i > 0 {
			inner = "cn=g" + string(rune('0'+i-1)) + ",ou=groups," + ldaptest.Suffix
		}
		name := "g" + string(rune('0'+i))
		f.Entries = append(f.Entries, ldaptest.Entry{DN: "cn=" + name + ",ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{
			"objectClass": {"groupOfNames"}, "cn": {name}, "member": {inner},
		}})
	}
	ldaptest.StartFake(t, f)
	for _, c := range []struct {
		depth, members int
		want           string
	}{{2, 0, "max_depth"}, {6, 0, ""}, {0, 2, "max_members"}, {0, 20, ""}} {
		cfg := fakeConfig(f)
		cfg.MaxDepth, cfg.MaxMembers = c.depth, c.members
		s, err := newDirectory(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), source.Request{Groups: []source.Selector{{Name: "g4"}}})
		if c.want == "" {
			must(t, err)
			if g := snap.Groups[0]; len(g.Members) != 3 || g.Members[0].Via != "g3 → g2 → g1 → g0 → all" {
				t.Errorf("members %v", g.Members)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("depth %d, members %d: %v", c.depth, c.members, err)
		}
	}
}

func TestNestedOffLeavesGroupsOut(t *testing.T) {
	f := fakeCompany(3)
	f.Entries = append(f.Entries, ldaptest.Entry{DN: "cn=over,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{
		"objectClass": {"groupOfNames"}, "cn": {"over"}, "member": {"cn=all,ou=groups," + ldaptest.Suffix},
	}})
	cfg := fakeConfig(ldaptest.StartFake(t, f))
	cfg.Nested = "off"
	snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: "over"}}})
	if len(snap.Groups[0].Members) != 0 || !strings.Contains(notesText(snap), "nested: off") {
		t.Errorf("members %v", snap.Groups[0].Members)
	}
}

// A rule on a group makes nobody a member of the groups around it, and leaves them to that
// rule.
func TestNestedOffLeavesOutWhatAnotherRuleNames(t *testing.T) {
	for nested, want := range map[string]int{"off": 1, "walk": 3} {
		f := fakeCompany(3)
		f.Entries = append(f.Entries, ldaptest.Entry{DN: "cn=over,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{
			"objectClass": {"groupOfNames"}, "cn": {"over"}, "member": {"cn=all,ou=groups," + ldaptest.Suffix, "uid=u0000,ou=people," + ldaptest.Suffix},
		}})
		cfg := fakeConfig(ldaptest.StartFake(t, f))
		cfg.Nested = nested
		for _, names := range [][]string{{"over", "all"}, {"all", "over"}} {
			snap := readLDAP(t, cfg, source.Request{Groups: []source.Selector{{Name: names[0]}, {Name: names[1]}}})
			all, over := snap.Groups[0], snap.Groups[1]
			if len(all.Members) != 3 || len(over.Members) != want || (len(over.Nested) == 0) != (nested == "off") || len(over.Unusable) != 0 {
				t.Errorf("%s, %v: %d members of all, %d of over, nested %v", nested, names, len(all.Members), len(over.Members), over.Nested)
			}
			if noted := strings.Contains(notesText(snap), "nested: off"); noted != (nested == "off") {
				t.Errorf("%s: notes %s", nested, notesText(snap))
			}
		}
	}
}

func TestSweepGivesUpWhenLookUpsAreCheaper(t *testing.T) {
	t.Parallel()
	f := fakeCompany(3_000)
	group := &f.Entries[len(f.Entries)-1]
	group.Attrs["member"] = group.Attrs["member"][2_400:]
	ldaptest.StartFake(t, f)
	cfg := fakeConfig(f)
	cfg.PageSize = 500
	snap := readLDAP(t, cfg, allGroup)
	if len(snap.People) != 600 {
		t.Errorf("%d people", len(snap.People))
	}
	sweeps, batches := 0, 0
	for _, q := range f.Searches() {
		if strings.Contains(q, "entryDN=") {
			batches++
		} else if strings.Contains(q, "(objectClass=person)") {
			sweeps++
		}
	}
	if sweeps >= 6 || batches != 6 {
		t.Errorf("%d pages of the sweep, %d look-ups", sweeps, batches)
	}
}

func TestSilentServerAndCancellationEndAtOnce(t *testing.T) {
	t.Parallel()
	silent := ldaptest.StartFake(t, &ldaptest.Fake{Faults: ldaptest.Faults{Fault: func(ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Hang: true} }}})
	for _, scheme := range []string{"ldap", "ldaps"} {
		cfg := Config{URLs: []string{strings.Replace(silent.URL, "ldap", scheme, 1)}, Bind: wire.BindAnonymous, ConnectTimeout: 100 * time.Millisecond}
		s, err := newDirectory(cfg, "corp")
		must(t, err)
		if _, err = s.Read(t.Context(), allGroup); !wire.IsCode(err, wire.CodeTimeout) {
			t.Errorf("%s: %v", scheme, err)
		}
		s.cfg.ConnectTimeout = time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		dialled := make(chan struct{})
		s.network.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			defer close(dialled)
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		go func() {
			<-dialled
			cancel()
		}()
		if _, err = s.Read(ctx, allGroup); !wire.IsCode(err, wire.CodeCancelled) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s cancelled: %v", scheme, err)
		}
	}
}

func TestOneRunUsesOneServerAndAFewConnections(t *testing.T) {
	f := ldaptest.StartFake(t, selection())
	cfg := fakeConfig(f)
	cfg.Connections = 3
	cfg.URLs = append(cfg.URLs, "ldap://192.0.2.1")
	s, err := newDirectory(cfg, "corp")
	must(t, err)
	var open, most atomic.Int32
	s.network.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if "ldap://"+addr != f.URL {
			t.Errorf("dialled %s", addr)
		}
		most.Store(max(most.Load(), open.Add(1)))
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	_, err = s.Read(t.Context(), source.Request{})
	must(t, err)
	if n := most.Load(); n < 1 || n > 3 {
		t.Errorf("%d connections", n)
	}
}

func TestFreeIPACompatTreeIsNotReadTwice(t *testing.T) {
	f := fakeCompany(2)
	f.Root.Attrs["vendorName"] = []string{"389 Project"}
	f.Entries = append(f.Entries, ldaptest.Entry{DN: "cn=all,cn=groups,cn=compat," + ldaptest.Suffix, Attrs: map[string][]string{
		"objectClass": {"posixGroup"}, "cn": {"all"}, "memberUid": {"u0000"},
	}})
	ldaptest.StartFake(t, f)
	snap := readLDAP(t, fakeConfig(f), source.Request{Groups: []source.Selector{{Name: "all"}}})
	if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 2 {
		t.Errorf("groups %+v", snap.Groups)
	}
	snap = readLDAP(t, fakeConfig(f), source.Request{Groups: []source.Selector{{Glob: "a*", Base: "cn=groups,cn=compat," + ldaptest.Suffix}}})
	if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 1 {
		t.Errorf("groups %+v", snap.Groups)
	}
}

package source

import (
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// selection is a fake directory with groups in two corners.
func selection() *fakeLDAP {
	f := fakeCompany(4)
	group := func(dn, cn string, members ...string) {
		f.entries = append(f.entries, fakeEntry{dn: dn, attrs: map[string][]string{
			"objectClass": {"groupOfNames"}, "cn": {cn}, "member": members,
		}})
	}
	ann, bob := "uid=u0000,ou=people,"+slapdSuffix, "uid=u0001,ou=people,"+slapdSuffix
	group("cn=clerk-acme-admin,ou=clerk,ou=groups,"+slapdSuffix, "clerk-acme-admin", ann)
	group("cn=clerk-beta-member,ou=clerk,ou=groups,"+slapdSuffix, "clerk-beta-member", bob)
	group("cn=clerk-acme-admin-x,ou=clerk,ou=groups,"+slapdSuffix, "clerk-acme-admin-x", bob)
	group("cn=clerk-evil-admin,ou=elsewhere,"+slapdSuffix, "clerk-evil-admin", bob)
	group("cn=twice,ou=a,"+slapdSuffix, "twice", ann)
	group("cn=twice,ou=b,"+slapdSuffix, "twice", bob)
	return f
}

func TestS21SelectorsMatchWholeNamesBelowTheirBase(t *testing.T) {
	re := regexp.MustCompile(`\A(?:clerk-(?<org>[a-z]+)-(?<role>admin|member))\z`)
	base := "ou=clerk, ou=groups, " + slapdSuffix
	want := Request{Groups: []Selector{
		{Regexp: re, Base: base},
		{Glob: "clerk-acme-*", Base: base},
		{Name: "cn=clerk-beta-member,ou=clerk,ou=groups," + slapdSuffix},
		{Name: "ALL"},
		{Name: "twice"},
		{Name: "cn=nowhere,ou=groups," + slapdSuffix},
		{Name: ann0},
		{Glob: "*", Base: "ou=empty," + slapdSuffix},
		{Name: "of another source", Source: "hr"},
	}}
	snap := readLDAP(t, startFake(t, selection()).config(), want)
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
	for _, say := range []string{`"twice", and 2 groups are called that`, "cn=nowhere", "classes inetOrgPerson"} {
		if !strings.Contains(text, say) {
			t.Errorf("notes do not say %q:\n%s", say, text)
		}
	}
}

// A group that is missing may have moved, or be called nearly as another one.
func TestMeantGroupsOfADirectory(t *testing.T) {
	want := Request{Groups: []Selector{
		{Name: "cn=clerk-beta-member,ou=groups," + slapdSuffix},
		{Name: "cn=clerk-acme-admn,ou=clerk,ou=groups," + slapdSuffix},
		{Name: "clerk-evil-admim"},
		{Name: "twice"},
		{Name: ann0},
		{Glob: "clerk-beta-membe?x", Base: "ou=groups," + slapdSuffix},
	}}
	snap := readLDAP(t, startFake(t, selection()).config(), want)
	if diff := cmp.Diff(map[int]string{0: "cn=clerk-beta-member,ou=clerk,ou=groups," + slapdSuffix,
		1: "cn=clerk-acme-admin,ou=clerk,ou=groups," + slapdSuffix, 2: "clerk-evil-admin"}, snap.Meant); diff != "" {
		t.Error(diff)
	}
}

const ann0 = "uid=u0000,ou=people," + slapdSuffix

func TestS21PatternWithoutBaseIsRefused(t *testing.T) {
	s, err := newLDAP(startFake(t, selection()).config(), "corp")
	must(t, err)
	_, err = s.Read(t.Context(), Request{Groups: []Selector{{Glob: "clerk-*"}}})
	if _, ok := errors.AsType[*FieldError](err); !ok {
		t.Errorf("error is %v", err)
	}
}

func TestNoSelectorsMeanEveryGroup(t *testing.T) {
	snap := readLDAP(t, startFake(t, selection()).config(), Request{})
	if len(snap.Groups) != 7 || len(snap.Groups[0].Matches) != 0 {
		t.Errorf("%d groups", len(snap.Groups))
	}
}

func TestS37DepthAndMembersAreBounded(t *testing.T) {
	f := fakeCompany(3)
	for i := range 5 {
		inner := "cn=all,ou=groups," + slapdSuffix
		if i > 0 {
			inner = "cn=g" + string(rune('0'+i-1)) + ",ou=groups," + slapdSuffix
		}
		name := "g" + string(rune('0'+i))
		f.entries = append(f.entries, fakeEntry{dn: "cn=" + name + ",ou=groups," + slapdSuffix, attrs: map[string][]string{
			"objectClass": {"groupOfNames"}, "cn": {name}, "member": {inner},
		}})
	}
	startFake(t, f)
	for _, c := range []struct {
		depth, members int
		want           string
	}{{2, 0, "max_depth"}, {6, 0, ""}, {0, 2, "max_members"}, {0, 20, ""}} {
		cfg := f.config()
		cfg.MaxDepth, cfg.MaxMembers = c.depth, c.members
		s, err := newLDAP(cfg, "corp")
		must(t, err)
		snap, err := s.Read(t.Context(), Request{Groups: []Selector{{Name: "g4"}}})
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
	f.entries = append(f.entries, fakeEntry{dn: "cn=over,ou=groups," + slapdSuffix, attrs: map[string][]string{
		"objectClass": {"groupOfNames"}, "cn": {"over"}, "member": {"cn=all,ou=groups," + slapdSuffix},
	}})
	cfg := startFake(t, f).config()
	cfg.Nested = "off"
	snap := readLDAP(t, cfg, Request{Groups: []Selector{{Name: "over"}}})
	if len(snap.Groups[0].Members) != 0 || !strings.Contains(notesText(snap), "nested: off") {
		t.Errorf("members %v", snap.Groups[0].Members)
	}
}

func TestSweepGivesUpWhenLookUpsAreCheaper(t *testing.T) {
	f := fakeCompany(3_000)
	group := &f.entries[len(f.entries)-1]
	group.attrs["member"] = group.attrs["member"][2_400:]
	startFake(t, f)
	cfg := f.config()
	cfg.PageSize = 500
	snap := readLDAP(t, cfg, allGroup)
	if len(snap.People) != 600 {
		t.Errorf("%d people", len(snap.People))
	}
	sweeps, batches := 0, 0
	for _, q := range f.asked() {
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

func TestOnlyAttributesInUseAreAsked(t *testing.T) {
	s, err := newLDAP(LDAPConfig{URLs: []string{"ldap://x"}, Bind: bindAnonymous, ExternalID: "employeeNumber"}, "corp")
	must(t, err)
	r := &session{ldapSource: s, request: Request{Attributes: []string{"department", "MAIL"}}}
	r.root = rootDSE{kind: kindOpenLDAP}
	r.schema = chooseSchema(&LDAPConfig{Schema: schema2307bis}, &r.root)
	want := []string{"objectClass", "entryUUID", "mail", "employeeNumber", "givenName", "sn", "nsAccountLock", "shadowExpire", "department"}
	if got := r.personAttributes(); !slices.Equal(got, want) {
		t.Errorf("asks for %v", got)
	}
}

func TestSilentServerAndCancellationEndAtOnce(t *testing.T) {
	silent := startFake(t, &fakeLDAP{fault: func(fakeOp) fakeFault { return fakeFault{hang: true} }})
	for _, scheme := range []string{"ldap", "ldaps"} {
		cfg := LDAPConfig{URLs: []string{strings.Replace(silent.url, "ldap", scheme, 1)}, Bind: bindAnonymous, ConnectTimeout: 100 * time.Millisecond}
		s, err := newLDAP(cfg, "corp")
		must(t, err)
		if _, err = s.Read(t.Context(), allGroup); !isCode(err, codeTimeout) {
			t.Errorf("%s: %v", scheme, err)
		}
		s.cfg.ConnectTimeout = time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		dialled := make(chan struct{})
		s.net.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			defer close(dialled)
			return new(net.Dialer).DialContext(ctx, network, addr)
		}
		go func() {
			<-dialled
			cancel()
		}()
		if _, err = s.Read(ctx, allGroup); !isCode(err, codeCancelled) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s cancelled: %v", scheme, err)
		}
	}
}

func TestOneRunUsesOneServerAndAFewConnections(t *testing.T) {
	f := startFake(t, selection())
	cfg := f.config()
	cfg.Connections = 3
	cfg.URLs = append(cfg.URLs, "ldap://192.0.2.1")
	s, err := newLDAP(cfg, "corp")
	must(t, err)
	var open, most atomic.Int32
	s.net.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if "ldap://"+addr != f.url {
			t.Errorf("dialled %s", addr)
		}
		most.Store(max(most.Load(), open.Add(1)))
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	_, err = s.Read(t.Context(), Request{})
	must(t, err)
	if n := most.Load(); n < 1 || n > 3 {
		t.Errorf("%d connections", n)
	}
}

func TestFreeIPACompatTreeIsNotReadTwice(t *testing.T) {
	f := fakeCompany(2)
	f.root.attrs["vendorName"] = []string{"389 Project"}
	f.entries = append(f.entries, fakeEntry{dn: "cn=all,cn=groups,cn=compat," + slapdSuffix, attrs: map[string][]string{
		"objectClass": {"posixGroup"}, "cn": {"all"}, "memberUid": {"u0000"},
	}})
	startFake(t, f)
	snap := readLDAP(t, f.config(), Request{Groups: []Selector{{Name: "all"}}})
	if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 2 {
		t.Errorf("groups %+v", snap.Groups)
	}
	snap = readLDAP(t, f.config(), Request{Groups: []Selector{{Glob: "a*", Base: "cn=groups,cn=compat," + slapdSuffix}}})
	if len(snap.Groups) != 1 || len(snap.Groups[0].Members) != 1 {
		t.Errorf("groups %+v", snap.Groups)
	}
}

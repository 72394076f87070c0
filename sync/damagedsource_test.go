package sync_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/ldap"
	"rollcall/source/ldap/ldaptest"
	"rollcall/sync"
	"rollcall/sync/policy"
)

// csvDamage is what may be wrong with the file of hr; each kind has one bad cell,
// or a bad file.
var csvDamage = map[string]func(path, text string) error{
	"no address":          cell("nobody"),
	"NUL byte":            cell("a\x00@corp.example"),
	"not utf-8":           cell("a@corp.ex\xe4mple"),
	"bidi override":       cell("a\u202e@corp.example"),
	"a colleague's":       cell("stays-hr@corp.example"),
	"lone quote":          cell(`a"b@corp.example`),
	"quote never closed":  cell(`"a@corp.example`),
	"short row":           whole(func(s string) string { return s + "77\n" }),
	"header without mail": whole(func(s string) string { return strings.Replace(s, "email", "mail", 1) }),
	"header only":         whole(func(s string) string { return s[:strings.Index(s, "\n")+1] }),
	"empty":               whole(func(string) string { return "" }),
	"utf-16":              whole(func(string) string { return "\xff\xfei\x00d\x00" }),
	"gone":                func(path, _ string) error { return os.Remove(path) },
	"a directory":         func(path, _ string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
}

// cell writes one more row with that address.
func cell(address string) func(path, text string) error {
	return whole(func(s string) string { return s + "77," + address + ",team-hr\n" })
}

func whole(damage func(string) string) func(path, text string) error {
	return func(path, text string) error { return os.WriteFile(path, []byte(damage(text)), 0o600) }
}

// ldapDamage is what the directory may answer.
var ldapDamage = map[string]ldaptest.Fault{
	"size limit": {Code: 4}, "busy": {Code: 51}, "unavailable": {Code: 52}, "no such object": {Code: 32},
	"drops": {Drop: true}, "garbage": {Garbage: true},
}

// sourced is an instance that several sources feed, each an organization of its own
// name: members who stay and who leave, one of either without a marker, and a
// newcomer.
type sourced struct {
	t       *testing.T
	names   []string
	server  *sandbox.Server
	client  *clerkapi.Client
	sources []source.Source
	rules   []policy.Rule
	path    map[string]string // of the CSV sources
	fake    *ldaptest.Fake
}

func newSourced(t *testing.T, names ...string) *sourced {
	t.Helper()
	s := &sourced{t: t, names: names, path: map[string]string{}}
	seed := &sandbox.Seed{Version: sandbox.SeedVersion}
	for _, name := range names {
		organization := "org_" + name
		seed.Organizations = append(seed.Organizations, sandbox.Organization{ID: organization, Slug: name})
		for _, who := range []string{"stays", "leaver", "unmarked", "newcomer"} {
			id := who + "-" + name
			seed.Users = append(seed.Users, sandbox.User{ID: "user_" + id, Email: id + "@corp.example"})
			m := sandbox.Membership{OrganizationID: organization, UserID: "user_" + id, Role: "org:member"}
			switch who {
			case "stays", "leaver":
				m.PrivateMetadata = marker("rollcall", name, id)
			case "newcomer":
				continue
			}
			seed.Memberships = append(seed.Memberships, m)
		}
		s.rules = append(s.rules, policy.Rule{Source: name, Groups: policy.GroupPattern{Names: []string{"team-" + name}}, Organization: name, Role: "org:member"})
		if name == "ldap" {
			s.directory()
		} else {
			s.csv(name)
		}
	}
	var err error
	if s.server, err = sandbox.New(sandbox.Options{SecretKey: "sk_live_test", Seed: seed}); err != nil {
		t.Fatal(err)
	}
	if s.client, err = clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret("sk_live_test"), APIURL: "http://127.0.0.1:1",
		Rate: clerkapi.Rate{Requests: 100_000, Window: time.Second}, Budget: "100%"}, clerkapi.WithTransport(s.server.RoundTripper())); err != nil {
		t.Fatal(err)
	}
	return s
}

// text is the file of a CSV source when it is well.
func text(name string) string {
	return fmt.Sprintf("id,email,teams\nstays-%s,stays-%[1]s@corp.example,team-%[1]s\nnewcomer-%[1]s,newcomer-%[1]s@corp.example,team-%[1]s\n", name)
}

func (s *sourced) csv(name string) {
	s.t.Helper()
	c := csvfile.Config{Columns: csvfile.Columns{ID: "id", Email: "email", Groups: csvfile.Cells{Column: "teams"}}}
	c.Path, c.Settle = filepath.Join(s.t.TempDir(), name+".csv"), new(time.Duration)
	if err := errors.Join(c.Validate(), os.WriteFile(c.Path, []byte(text(name)), 0o600)); err != nil {
		s.t.Fatal(err)
	}
	s.path[name] = c.Path
	s.sources = append(s.sources, csvfile.Open(name, c, source.Canaries{}, file.Options{}))
}

func (s *sourced) directory() {
	s.t.Helper()
	group := ldaptest.Entry{DN: "cn=team-ldap,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{"objectClass": {"groupOfNames"}, "cn": {"team-ldap"}}}
	s.fake = &ldaptest.Fake{Root: ldaptest.Entry{Attrs: map[string][]string{"namingContexts": {ldaptest.Suffix}, "supportedControl": {"1.2.840.113556.1.4.319"}}}}
	for _, id := range []string{"stays-ldap", "newcomer-ldap"} {
		dn := "uid=" + id + ",ou=people," + ldaptest.Suffix
		group.Attrs["member"] = append(group.Attrs["member"], dn)
		s.fake.Entries = append(s.fake.Entries, ldaptest.Entry{DN: dn, Attrs: map[string][]string{
			"objectClass": {"inetOrgPerson", "person"}, "entryUUID": {"u-" + id}, "employeeNumber": {id}, "uid": {id}, "mail": {id + "@corp.example"}}})
	}
	s.fake.Entries = append(s.fake.Entries, group)
	ldaptest.StartFake(s.t, s.fake)
	c := ldap.Config{URLs: []string{s.fake.URL}, TLS: "off", Bind: "anonymous", BaseDN: ldaptest.Suffix, ID: "employeeNumber", Connections: 1}
	d, err := ldap.Open("ldap", c, source.Canaries{}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.sources = append(s.sources, d)
}

func (s *sourced) apply() (*sync.Report, error) {
	s.t.Helper()
	config := policy.DefaultConfig()
	config.Removals = policy.RemovalsAll
	none := policy.Limit{People: 1 << 30}
	config.Guards = policy.Guards{Removals: none, AdminLosses: none, AdminGrants: none, Adds: none, RoleChanges: none, MetadataNulls: none}
	r, err := sync.New(config, s.rules, s.sources, s.client)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.RunOnce(s.t.Context(), sync.Run{Apply: true})
}

// members are the people of an organization, without its name.
func (s *sourced) members(name string) string {
	var out []string
	for _, m := range s.server.Snapshot().Memberships {
		if m.OrganizationID == "org_"+name {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(m.UserID, "user_"), "-"+name))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// A source that is damaged, not whole or not there holds what it feeds, and nothing
// else: the organizations of the others are finished in the same run, their members
// without a marker too. Where nothing can be read, nothing is sent to Clerk at all;
// the error is of damage where damage is what it is. When the source is well, the
// next run finishes the rest.
func TestS14DamagedSourceIsAFailedSource(t *testing.T) {
	t.Parallel()
	for _, setup := range [][]string{{"hr"}, {"hr", "crm"}, {"hr", "ldap"}, {"crm", "hr", "ldap"}} {
		for name, damage := range csvDamage {
			t.Run(strings.Join(setup, "+")+" "+name, func(t *testing.T) {
				s := newSourced(t, setup...)
				if err := damage(s.path["hr"], text("hr")); err != nil {
					t.Fatal(err)
				}
				s.waits("hr", name != "gone")
				if err := errors.Join(os.RemoveAll(s.path["hr"]), whole(strings.Clone)(s.path["hr"], text("hr"))); err != nil {
					t.Fatal(err)
				}
				s.isWell()
			})
		}
	}
	for _, setup := range [][]string{{"ldap"}, {"ldap", "hr"}, {"hr", "ldap", "crm"}} {
		for name, fault := range ldapDamage {
			t.Run(strings.Join(setup, "+")+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newSourced(t, setup...)
				s.fake.SetFault(func(op ldaptest.Op) ldaptest.Fault {
					if op.Kind != "search" || op.Base != ldaptest.Suffix {
						return ldaptest.Fault{}
					}
					return fault
				})
				s.waits("ldap", false)
				s.fake.SetFault(func(ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{} })
				s.isWell()
			})
		}
	}
}

// waits checks a run in which one source cannot be read.
func (s *sourced) waits(broken string, damaged bool) {
	s.t.Helper()
	r, err := s.apply()
	if len(s.names) == 1 {
		_, damage := errors.AsType[*source.DamageError](err)
		if err == nil || damage != damaged || len(s.server.Requests()) > 0 {
			s.t.Fatalf("%v, requests %v", err, s.server.Requests())
		}
		return
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if f := r.Plan.Failures; len(f) != 1 || f[0].Source != broken {
		s.t.Errorf("failures %+v", f)
	}
	for _, name := range s.names {
		want := "newcomer stays"
		if name == broken {
			want = "leaver stays unmarked"
		}
		if got := s.members(name); got != want {
			s.t.Errorf("%s has %s, want %s", name, got, want)
		}
	}
	for _, h := range r.Plan.Holds {
		if h.Rule != "S14" || h.Organization != "org_"+broken {
			s.t.Errorf("held %+v", h)
		}
	}
}

// isWell checks a run in which every source can be read.
func (s *sourced) isWell() {
	s.t.Helper()
	r, err := s.apply()
	if err != nil || len(r.Plan.Failures)+len(r.Plan.Holds) > 0 {
		s.t.Fatalf("%+v, %v", r, err)
	}
	for _, name := range s.names {
		if got := s.members(name); got != "newcomer stays" {
			s.t.Errorf("%s has %s", name, got)
		}
	}
}

// One missing and one damaged file, or two damaged ones, leave nothing to go by.
func TestS14NothingIsDoneWhereNothingCanBeRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gone", "no address"} {
		s := newSourced(t, "hr", "crm")
		if err := errors.Join(csvDamage["NUL byte"](s.path["hr"], text("hr")), csvDamage[name](s.path["crm"], text("crm"))); err != nil {
			t.Fatal(err)
		}
		_, err := s.apply()
		if _, ok := errors.AsType[*source.DamageError](err); !ok || len(s.server.Requests()) > 0 || !strings.Contains(err.Error(), "read source crm: ") {
			t.Errorf("%s: %v, requests %v", name, err, s.server.Requests())
		}
	}
}

package ldap

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// sweep is a read of a directory.
type sweep struct {
	fake     *ldaptest.Fake
	config   Config
	canaries source.Canaries
	want     source.Request
}

// sweeps are reads that use every way there is to ask a directory.
func sweeps() map[string]func() sweep {
	ad := func(change func(*ldaptest.Fake, *Config)) func() sweep {
		return func() sweep {
			f := fakeAD(adUser(1, nil), adUser(2, nil), adUser(3, map[string][]string{"primaryGroupID": {"1100"}}), adUser(4, nil), adUser(5, nil), adUser(6, nil),
				adGroup("inner", 1101, adDN(4)), adGroup("big", 1102, adDN(1), adDN(2), adDN(3), adDN(4), adDN(5)),
				adGroup("outer", 1100, adDN(1), adDN(2), "CN=inner,OU=Groups,"+adBase))
			f.RangeSize = 2
			cfg := adConfig(f)
			change(f, &cfg)
			want := adNamed("outer", "big")
			want.Groups = append(want.Groups, source.Selector{Name: "inner"}, source.Selector{Glob: "in*", Base: adBase})
			want.Also = []string{"u6@corp.example", adDN(6), adDN(9)}
			return sweep{f, cfg, source.Canaries{People: []string{"u1@corp.example"}, Groups: []string{"inner"}}, want}
		}
	}
	posix := func() sweep {
		f := fakeCompany(9)
		f.Entries = append(f.Entries, ldaptest.Entry{DN: "cn=names,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{
			"objectClass": {"posixGroup"}, "cn": {"names"}, "memberUid": {"u0001", "u0003", "nobody"}}})
		cfg := fakeConfig(f)
		cfg.UserFilter, cfg.BatchSize, cfg.PageSize = "(!(uid=u0002))", 2, 3
		return sweep{fake: f, config: cfg, want: source.Request{Also: []string{"id-0002", "uid=u0002,ou=people," + ldaptest.Suffix}}}
	}
	return map[string]func() sweep{
		"Active Directory, walked":  ad(func(_ *ldaptest.Fake, c *Config) { c.Nested = "walk" }),
		"Active Directory, chained": ad(func(_ *ldaptest.Fake, c *Config) { c.Nested = "in_chain" }),
		"Active Directory, filtered": ad(func(_ *ldaptest.Fake, c *Config) {
			c.UserFilter, c.BatchSize, c.PageSize = "(mail=*)", 1, 2
		}),
		"every group, by names": posix,
	}
}

// TestS09EachRequestFails: whichever request of a read fails, by whatever
// fault, nothing of the read is used. The look for groups that look like those of rules is
// a courtesy, and not of the read.
func TestS09EachRequestFails(t *testing.T) {
	t.Parallel()
	for name, begin := range sweeps() {
		for _, fault := range []ldaptest.Fault{{Drop: true}, {Code: 52}, {Garbage: true}} {
			t.Run(fmt.Sprintf("%s/%+v", name, fault), func(t *testing.T) {
				strike, whole := int64(0), false
				for ; !whole && strike < 200; strike++ {
					read := begin()
					var asked atomic.Int64
					struck := strike + 1
					read.fake.Fault = func(op ldaptest.Op) ldaptest.Fault {
						courtesy := strings.Contains(op.Filter, "(|(cn=") // groups that look alike
						if op.Kind == "search" && !courtesy && asked.Add(1) == struck {
							return fault
						}
						return ldaptest.Fault{}
					}
					read.config.URLs = []string{ldaptest.StartFake(t, read.fake).URL}
					s, err := Open("corp", read.config, read.canaries, nil)
					must(t, err)
					snap, err := s.Read(t.Context(), read.want)
					if whole = asked.Load() <= strike; (err == nil) != (snap != nil) || !whole && err == nil {
						t.Fatalf("request %d of %d: %v, %v", strike+1, asked.Load(), snap, err)
					}
					if whole && err != nil {
						t.Fatal(err)
					}
				}
				if strike < 5 {
					t.Errorf("%d requests only: nothing was tried", strike)
				}
			})
		}
	}
}

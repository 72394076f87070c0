package source

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// sweeps are reads that use every way there is to ask a directory.
func sweeps() map[string]func() (*fakeLDAP, Config, Request) {
	ad := func(change func(*fakeLDAP, *LDAPConfig)) func() (*fakeLDAP, Config, Request) {
		return func() (*fakeLDAP, Config, Request) {
			f := fakeAD(adUser(1, nil), adUser(2, nil), adUser(3, map[string][]string{"primaryGroupID": {"1100"}}), adUser(4, nil), adUser(5, nil), adUser(6, nil),
				adGroup("inner", 1101, adDN(4)), adGroup("big", 1102, adDN(1), adDN(2), adDN(3), adDN(4), adDN(5)),
				adGroup("outer", 1100, adDN(1), adDN(2), "CN=inner,OU=Groups,"+adBase))
			f.rangeSize = 2
			cfg := adConfig(f)
			change(f, &cfg)
			want := adNamed("outer", "big")
			want.Groups = append(want.Groups, Selector{Name: "inner"}, Selector{Glob: "in*", Base: adBase})
			want.Also = []string{"u6@corp.example", adDN(6), adDN(9)}
			return f, Config{Name: "corp", LDAP: &cfg, Canaries: Canaries{People: []string{"u1@corp.example"}, Groups: []string{"inner"}}}, want
		}
	}
	posix := func() (*fakeLDAP, Config, Request) {
		f := fakeCompany(9)
		f.entries = append(f.entries, fakeEntry{dn: "cn=names,ou=groups," + slapdSuffix, attrs: map[string][]string{
			"objectClass": {"posixGroup"}, "cn": {"names"}, "memberUid": {"u0001", "u0003", "nobody"}}})
		cfg := f.config()
		cfg.UserFilter, cfg.BatchSize, cfg.PageSize = "(!(uid=u0002))", 2, 3
		return f, Config{Name: "corp", LDAP: &cfg}, Request{Also: []string{"id-0002", "uid=u0002,ou=people," + slapdSuffix}}
	}
	return map[string]func() (*fakeLDAP, Config, Request){
		"Active Directory, walked":  ad(func(_ *fakeLDAP, c *LDAPConfig) { c.Nested = "walk" }),
		"Active Directory, chained": ad(func(_ *fakeLDAP, c *LDAPConfig) { c.Nested = "in_chain" }),
		"Active Directory, filtered": ad(func(_ *fakeLDAP, c *LDAPConfig) {
			c.UserFilter, c.BatchSize, c.PageSize = "(mail=*)", 1, 2
		}),
		"every group, by names": posix,
	}
}

// TestS09EachRequestFails: whichever request of a read fails, by whatever
// fault, nothing of the read is used.
func TestS09EachRequestFails(t *testing.T) {
	for name, sweep := range sweeps() {
		for _, fault := range []fakeFault{{drop: true}, {code: 52}, {garbage: true}} {
			t.Run(fmt.Sprintf("%s/%+v", name, fault), func(t *testing.T) {
				strike, whole := int64(0), false
				for ; !whole && strike < 200; strike++ {
					f, config, want := sweep()
					var asked atomic.Int64
					struck := strike + 1
					f.fault = func(op fakeOp) fakeFault {
						if op.kind == "search" && asked.Add(1) == struck {
							return fault
						}
						return fakeFault{}
					}
					startFake(t, f)
					config.LDAP.URLs = []string{f.url}
					s, err := Open(config)
					must(t, err)
					snap, err := s.Read(t.Context(), want)
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

// TestS09CutEntries: no part of an entry passes for the whole, and a wrong tag
// anywhere is an error.
func TestS09CutEntries(t *testing.T) {
	e := fakeEntry{dn: "cn=a,dc=x", attrs: map[string][]string{"cn": {"a"}, "member": {"b", "c"}}}
	whole := (&fakeLDAP{}).entryPacket(7, e, []string{"cn", "member"}).Bytes()
	for n := range whole {
		if got, err := decodeEntry(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes give %+v", n, len(whole), got)
		}
	}
	tags := 0
	for i, b := range whole {
		if b != tagOctets && b != tagSequence && b != tagSet && b != tagSearchEntry && b != tagInteger {
			continue
		}
		bad := append([]byte{}, whole...)
		bad[i] = 0x0a
		if _, err := decodeEntry(bad); err != nil {
			tags++
		}
	}
	if tags < 10 {
		t.Errorf("%d wrong tags were noticed", tags)
	}
}

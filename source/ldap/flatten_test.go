package ldap

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/source"
	"rollcall/source/ldap/ldaptest"
)

// TestNestedGraphsEqualTruth reads random groups, cycles among them, and
// compares each with a closure computed from the graph.
func TestNestedGraphsEqualTruth(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const people = 12
		groups := rapid.IntRange(1, 7).Draw(rt, "groups")
		direct, inside := make([][]int, groups), make([][]int, groups)
		f := fakeCompany(people)
		f.Entries = f.Entries[:people]
		for g := range groups {
			direct[g] = rapid.SliceOfN(rapid.IntRange(0, people-1), 0, 5).Draw(rt, "people")
			inside[g] = rapid.SliceOfN(rapid.IntRange(0, groups-1), 0, 3).Draw(rt, "inside")
			f.Entries = append(f.Entries, graphGroup(g, direct[g], inside[g]))
		}
		server := ldaptest.StartFake(t, f)
		snap := readLDAP(t, fakeConfig(server), source.Request{})
		if len(snap.Groups) != groups {
			rt.Fatalf("%d groups of %d", len(snap.Groups), groups)
		}
		for _, got := range snap.Groups {
			var g int
			if _, err := fmt.Sscanf(got.Name, "g%d", &g); err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(closure(g, direct, inside), mailsOf(snap, got)); diff != "" {
				rt.Fatalf("%s: %s", got.Name, diff)
			}
			for _, m := range got.Members {
				isDirect := slices.Contains(direct[g], personNumber(snap.People[m.Person].Email))
				if isDirect != (m.Via == "") {
					rt.Fatalf("%s: %s is direct: %v, via %q", got.Name, snap.People[m.Person].Email, isDirect, m.Via)
				}
			}
		}
	})
}

func personNumber(email string) int {
	n := -1
	if _, err := fmt.Sscanf(email, "u%04d@", &n); err != nil {
		return -1
	}
	return n
}

func graphGroup(g int, direct, inside []int) ldaptest.Entry {
	e := ldaptest.Entry{DN: fmt.Sprintf("cn=g%d,ou=groups,%s", g, ldaptest.Suffix), Attrs: map[string][]string{
		"objectClass": {"groupOfNames"}, "cn": {fmt.Sprintf("g%d", g)},
	}}
	for _, p := range direct {
		e.Attrs["member"] = append(e.Attrs["member"], fmt.Sprintf("UID=U%04d, ou=people,%s", p, ldaptest.Suffix))
	}
	for _, n := range inside {
		e.Attrs["member"] = append(e.Attrs["member"], fmt.Sprintf("cn=g%d,ou=groups,%s", n, ldaptest.Suffix))
	}
	return e
}

// closure lists the addresses in a group and in all groups it reaches.
func closure(from int, direct, inside [][]int) []string {
	seen, queue := map[int]bool{from: true}, []int{from}
	mails := map[string]bool{}
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		for _, p := range direct[g] {
			mails[fmt.Sprintf("u%04d@corp.example", p)] = true
		}
		for _, n := range inside[g] {
			if !seen[n] {
				seen[n] = true
				queue = append(queue, n)
			}
		}
	}
	var list []string
	for m := range mails {
		list = append(list, m)
	}
	slices.Sort(list)
	return list
}

package sync

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// reservedNora is acme with Nora, id 2 of hr, who has only her address reserved.
func reservedNora() *fake.Clerk {
	f := fake.NewClerk("acme", "portal")
	f.User("user_nora", "~nora@corp.example").Emails[0].Reserved = true
	f.Member("acme", "user_nora", "org:member", fake.Ours("2"))
	return f
}

// What another source says of a reserved address takes nothing from the person whose id
// has the account (S01), and gives nothing. An entry with an id of its own waits (S02);
// one that is only an address may be the same person, who proves it by signing up (S03).
func TestS02AnotherSourceClaimsAReservedAddress(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		id    string
		holds bool
	}{"with an id": {"7", true}, "with an address only": {"", false}} {
		t.Run(name, func(t *testing.T) {
			partners := fake.HR("7 nora@corp.example").Named("partners").Group("guests", 0)
			partners.Snapshot.People[0].ID, partners.Snapshot.StableIDs = x.id, x.id != ""
			s := tell(t, reservedNora(), fake.HR("2 nora@corp.example").Group("admins", 0), partners)
			s.rule("acme", "org:admin", "admins").Source = "hr"
			s.rule("portal", "org:admin", "guests").Source = "partners"
			p := s.run(Run{}).Plan
			if p.Count(plan.Ready) != 1 || p.Organizations[0].Changes[0].Action != plan.SetRole || p.Organizations[0].Changes[0].UserReserved != "" {
				t.Errorf("plan %+v", p.Organizations)
			}
			if got := slices.ContainsFunc(p.Holds, func(h plan.Hold) bool { return h.Rule == "S02" && h.Conflict != nil }); got != x.holds {
				t.Errorf("holds %+v", p.Holds)
			}
		})
	}
}

// A directory whose ids have changed says so: the account with the reserved address is
// then that of the new id, or of nobody.
func TestS02ReservedAddressAndIDChanged(t *testing.T) {
	t.Parallel()
	for mode, want := range map[policy.IDChanged]string{
		policy.IDChangedHold: "",
		policy.IDChangedSame: "[set_role user_nora adopt user_nora]",
		policy.IDChangedNew:  "[remove user_nora]",
	} {
		t.Run(string(mode), func(t *testing.T) {
			s := tell(t, reservedNora(), fake.HR("9 nora@corp.example").Group("admins", 0))
			s.config.IDChanged, s.config.MissingUsers, s.config.EmailDomains = mode, policy.MissingCreate, []string{"corp.example"}
			s.config.Create.Address = policy.AddressReserved
			s.rule("acme", "org:admin", "admins")
			p := s.run(Run{}).Plan
			var got []string
			for i := range p.Organizations[0].Changes {
				if c := &p.Organizations[0].Changes[i]; c.State == plan.Ready {
					got = append(got, c.Action.String()+" "+c.UserID)
				}
			}
			if text := fmt.Sprint(got); text != want && (want != "" || len(got) > 0) {
				t.Errorf("changes %s, want %s", text, want)
			}
			if held := slices.ContainsFunc(p.Holds, func(h plan.Hold) bool { return h.Conflict != nil }); held != (mode == policy.IDChangedHold) {
				t.Errorf("holds %+v", p.Holds)
			}
			if notes := fmt.Sprint(p.Organizations[0].Notes); strings.Contains(notes, "delete it in Clerk") != (mode == policy.IDChangedNew) {
				t.Errorf("notes %s", notes)
			}
		})
	}
}

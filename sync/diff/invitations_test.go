package diff

import (
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// An invitation that we sent to somebody whom the read cannot show stays, by the
// marker of any name that the source had; one of somebody gone is revoked (S10).
func TestS10InvitationOfSomebodyUnreadable(t *testing.T) {
	for name, x := range map[string]struct {
		source string
		known  bool
		stays  bool
	}{
		"unreadable":                       {"hr", true, true},
		"unreadable, under the old name":   {"staff-db", true, true},
		"gone":                             {"hr", false, false},
		"gone, under the old name":         {"staff-db", false, false},
		"unreadable, of another's source ": {"crm", true, false},
	} {
		w := newWishing(policy.RemovalsManaged, nil)
		w.config.Renamed = map[string]string{"staff-db": "hr"}
		w.o.Invited = map[string]*clerkapi.Invitation{"away@corp.example": {ID: "inv_1", Email: "away@corp.example", Private: []byte(fake.OursFrom(x.source, "7"))}}
		if x.known {
			w.known = map[string][]plan.DirectoryID{"acme": {{Source: "hr", ID: "7"}}}
		}
		out, _ := w.organization(w.o, nil)
		if out.invited["away@corp.example"] != x.stays {
			t.Errorf("%s: stays %t", name, !x.stays)
		}
	}
}

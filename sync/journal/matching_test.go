package journal

import (
	"slices"
	"testing"
	"time"
)

func TestMatchingSelectsByPersonAndOrganization(t *testing.T) {
	db := open(t, t.TempDir(), Options{})
	_, err := db.Intend(t.Context(), begin(t, db), []Change{
		{Action: "add", Organization: "org_a", UserID: "user_1", Email: "old@corp.example", Source: "hr", PersonID: "7"},
		{Action: "add", Organization: "org_b", UserID: "user_2", Email: "two@corp.example", Source: "contractors", PersonID: "7"},
		{Action: "invite", Organization: "org_a", Email: "three@corp.example"},
		{Action: "remove", Organization: "org_b", UserID: "user_1", Email: "new@corp.example"},
	})
	must(t, err)
	for name, x := range map[string]struct {
		filter Filter
		want   []int
	}{
		"everything":                        {Filter{}, []int{1, 2, 3, 4}},
		"an organization":                   {Filter{Organization: "org_b"}, []int{2, 4}},
		"a user, whatever the address":      {Filter{Users: []string{"user_1"}}, []int{1, 4}},
		"an address":                        {Filter{Emails: []string{"three@corp.example"}}, []int{3}},
		"an id of any source":               {Filter{People: []PersonID{{ID: "7"}}}, []int{1, 2}},
		"an id of one source":               {Filter{People: []PersonID{{"hr", "7"}}}, []int{1}},
		"a person in one organization":      {Filter{Organization: "org_b", Users: []string{"user_1", "user_9"}}, []int{4}},
		"any of several names":              {Filter{Users: []string{"user_2"}, Emails: []string{"three@corp.example"}}, []int{2, 3}},
		"nobody: empty names select nobody": {Filter{Users: []string{""}, Emails: []string{""}, People: []PersonID{{}}}, nil},
	} {
		found, err := db.Matching(t.Context(), x.filter)
		must(t, err)
		var got []int
		for i := range found {
			got = append(got, found[i].Seq)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

func TestHeldSetsAreThoseThatCanBeApproved(t *testing.T) {
	now := start
	db := open(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	must(t, db.Hold(t.Context(), 1, []HeldSet{{Hash: "old"}}))
	now = now.Add(ApprovalLife)
	must(t, db.Hold(t.Context(), 2, []HeldSet{{Hash: "a"}, {Hash: "b", Organization: "org_a"}}))
	sets, err := db.HeldSets(t.Context())
	must(t, err)
	if len(sets) != 2 || sets[0].Hash != "b" || sets[1].Hash != "a" {
		t.Errorf("%+v", sets)
	}
}

package sync

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"rollcall/clerkapi"
	"rollcall/sync/explain"
	"rollcall/sync/internal/fake"
	"rollcall/sync/policy"
)

// What explains each member and each pending invitation, and what comes next.
func TestReviewSaysWhatExplains(t *testing.T) {
	t.Parallel()
	f := fake.NewClerk("acme", "beta")
	f.User("user_ann", "ann@corp.example").LastSignInAt = 1_700_000_000_000
	f.User("user_ben", "ben@corp.example")
	f.User("user_dan", "dan@corp.example")
	f.User("user_too", "d@home.example")
	f.Member("acme", "user_ann", "org:member", fake.Ours("1"))
	f.Member("acme", "user_ben", "org:guest", fake.Ours("2"))
	f.Member("acme", "user_dan", "org:member", "")
	f.Member("beta", "user_far", "org:admin", "").Identifier = "+15550001"
	invite := func(email, role, private string) {
		f.Pending = append(f.Pending, clerkapi.Invitation{ID: "inv_" + email, OrganizationID: "org_acme", Email: email, Role: role, CreatedAt: 1_700_000_000_000, Private: json.RawMessage(private)})
	}
	invite("new@corp.example", "org:member", fake.Ours("5"))
	invite("newer@corp.example", "org:guest", fake.Ours("6"))
	invite("far@corp.example", "org:member", `{"rollcall":{"id":"9","owner":"other","source":"x"}}`)
	invite("left@corp.example", "org:member", fake.Ours("9"))
	invite("who@corp.example", "org:member", "{}")
	s := tell(t, f, fake.HR("1 ann@corp.example", "2 ben@corp.example", "4 dan@corp.example d@home.example", "5 new@corp.example", "6 newer@corp.example").Group("staff", 0, 1, 2, 3, 4))
	s.rule("acme", "org:member", "staff")
	r := s.run(Run{Review: &explain.Scope{Organizations: []string{"beta"}}}).Review
	acme, beta := r.Organizations[0], r.Organizations[1]
	want := map[string]explain.Standing{"user_ann": explain.Explained, "user_ben": explain.Differs, "user_dan": explain.Unclear}
	if diff := gocmp.Diff(want, reviewedAs(acme)); diff != "" {
		t.Error(diff)
	}
	for _, a := range acme.Members {
		switch a.UserID {
		case "user_ann":
			if seen := a.Seen(); seen == nil || !seen.Equal(time.UnixMilli(1_700_000_000_000)) || a.Next != "" || a.Unverified {
				t.Errorf("ann: %+v", a)
			}
		case "user_ben":
			if a.Wanted != "org:member" || !strings.Contains(a.Next, "the change from org:guest to org:member is due") || a.Why != "rule 1: staff" {
				t.Errorf("ben: %+v", a)
			}
		case "user_dan":
			if !strings.Contains(a.Why, "matches several accounts: user_dan, user_too (S06)") {
				t.Errorf("dan: %+v", a)
			}
		}
	}
	var pending []string
	for _, p := range acme.Invitations {
		pending = append(pending, p.Email+" "+string(p.Standing)+" "+p.Why)
	}
	if diff := gocmp.Diff([]string{
		`far@corp.example foreign no rule gives it; its marker names the owner "other" (S26)`,
		"left@corp.example leaving no rule gives it any more; rollcall sent it",
		"new@corp.example explained rule 1: staff",
		"newer@corp.example differs should be org:member by rule 1: staff",
		"who@corp.example unexplained no rule gives it, and rollcall did not send it",
	}, pending); diff != "" {
		t.Error(diff)
	}
	if a := beta.Members[0]; a.Email != "+15550001" || !a.Unverified || a.Seen() != nil || beta.Label() != "beta" || len(beta.Invitations) != 0 {
		t.Errorf("beta: %+v", beta)
	}
}

// A review of one organization is of that one only, with what is held there.
func TestReviewOfOneOrganization(t *testing.T) {
	t.Parallel()
	s, _ := company(t)
	s.rule("beta", "org:member", "nobody") // a group that is missing is held (S15)
	for only, want := range map[string][]string{"": {"acme", "beta"}, "acme": {"acme"}, "org_beta": {"beta"}} {
		r := s.run(Run{Review: &explain.Scope{Organizations: []string{"beta"}, Only: only}}).Review
		var got []string
		for _, o := range r.Organizations {
			got = append(got, o.Label())
		}
		if !slices.Equal(got, want) {
			t.Errorf("only %q: %q", only, got)
		}
		if doubts := slices.Contains(want, "beta"); doubts != (len(r.Doubts) > 0) {
			t.Errorf("only %q: doubts %+v", only, r.Doubts)
		}
	}
	if _, err := s.try(t.Context(), Run{Review: &explain.Scope{Only: "gone"}}); !errors.Is(err, explain.ErrNoOrganization) || !strings.Contains(err.Error(), `"gone"`) {
		t.Errorf("%v", err)
	}
}

// What a review asks for beyond the plan is read whole, or there is none (S09).
func TestS09ReviewNeedsTheRest(t *testing.T) {
	t.Parallel()
	for fault, text := range map[string]string{"pending * *": "create the access review", "users_by_id * *": "read the members' accounts"} {
		s, f := company(t)
		f.Faults[fault] = &clerkapi.Error{Status: 500}
		if r, err := s.try(t.Context(), Run{Review: &explain.Scope{}}); r != nil && r.Review != nil || err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

// Who let a held add pass stands with the member: the admin who approved it, or
// whoever started the run that was told to.
func TestReviewSaysWhoApproved(t *testing.T) {
	t.Parallel()
	for _, before := range []bool{true, false} {
		s, f := company(t)
		f.User("user_dan", "dan@corp.example")
		src := s.sources[0].(*fake.Source) //nolint:errcheck,forcetypeassert // company made it
		src.Snapshot.People = append(src.Snapshot.People, fake.HR("4 dan@corp.example").Snapshot.People[0])
		src.Group("more", len(src.Snapshot.People)-1)
		s.rules[0].Groups.Names = append(s.rules[0].Groups.Names, "more")
		s.config.Guards.Adds = policy.Limit{Percent: 10}
		c := begin(t, s)
		want := explain.Since{ApprovedBy: "ada", Reason: "a reorganization"}
		hash := c.held(c.plan(), "adds").Approval
		if before {
			c.approve(c.plan())
			c.apply()
		} else {
			want = explain.Since{Reason: "approved with apply --approve"}
			c.apply(hash)
		}
		found := false
		for _, a := range c.next(Run{Review: &explain.Scope{}}).Review.Organizations[0].Members {
			if a.UserID == "user_dan" {
				found = true
				if a.Since == nil || a.Since.ApprovedBy != want.ApprovedBy || a.Since.Reason != want.Reason {
					t.Errorf("approved before %t: %+v", before, a.Since)
				}
			}
		}
		if !found {
			t.Errorf("approved before %t: dan was not added", before)
		}
	}
}

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
)

// What explains each member and each pending invitation, and what comes next.
func TestReviewSaysWhatExplains(t *testing.T) {
	f := newFake("acme", "beta")
	f.user("user_ann", "ann@corp.example").LastSignInAt = 1_700_000_000_000
	f.user("user_ben", "ben@corp.example")
	f.user("user_dan", "dan@corp.example")
	f.user("user_too", "d@home.example")
	f.member("acme", "user_ann", "org:member", ours("1"))
	f.member("acme", "user_ben", "org:guest", ours("2"))
	f.member("acme", "user_dan", "org:member", "")
	f.member("beta", "user_far", "org:admin", "").Identifier = "+15550001"
	invite := func(email, role, private string) {
		f.pending = append(f.pending, clerkapi.Invitation{ID: "inv_" + email, OrganizationID: "org_acme", Email: email, Role: role, CreatedAt: 1_700_000_000_000, Private: json.RawMessage(private)})
	}
	invite("new@corp.example", "org:member", ours("5"))
	invite("newer@corp.example", "org:guest", ours("6"))
	invite("far@corp.example", "org:member", `{"rollcall":{"id":"9","owner":"other","source":"x"}}`)
	invite("left@corp.example", "org:member", ours("9"))
	invite("who@corp.example", "org:member", "{}")
	s := tell(t, f, hr("1 ann@corp.example", "2 ben@corp.example", "4 dan@corp.example d@home.example", "5 new@corp.example", "6 newer@corp.example").group("staff", 0, 1, 2, 3, 4))
	s.rule("acme", "org:member", "staff")
	r := s.run(Run{Review: &Scope{Organizations: []string{"beta"}}}).Review
	acme, beta := r.Organizations[0], r.Organizations[1]
	want := map[string]Standing{"user_ann": Explained, "user_ben": Differs, "user_dan": Unclear}
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
			if !strings.Contains(a.Why, "matches several users: user_dan, user_too (S06)") {
				t.Errorf("dan: %+v", a)
			}
		}
	}
	var pending []string
	for _, p := range acme.Invitations {
		pending = append(pending, p.Email+" "+string(p.Standing)+" "+p.Why)
	}
	if diff := gocmp.Diff([]string{
		`far@corp.example foreign no rule wants it; its marker names the owner "other" (S26)`,
		"left@corp.example leaving no rule wants it any more; rollcall sent it",
		"new@corp.example explained rule 1: staff",
		"newer@corp.example differs rule 1: staff wants org:member",
		"who@corp.example unexplained no rule wants it, and rollcall did not send it",
	}, pending); diff != "" {
		t.Error(diff)
	}
	if a := beta.Members[0]; a.Email != "+15550001" || !a.Unverified || a.Seen() != nil || beta.Label() != "beta" || len(beta.Invitations) != 0 {
		t.Errorf("beta: %+v", beta)
	}
}

// A review of one organization is of that one only, with what is held there.
func TestReviewOfOneOrganization(t *testing.T) {
	s, _ := company(t)
	s.rule("beta", "org:member", "nobody") // a group that is missing is held (S15)
	for only, want := range map[string][]string{"": {"acme", "beta"}, "acme": {"acme"}, "org_beta": {"beta"}} {
		r := s.run(Run{Review: &Scope{Organizations: []string{"beta"}, Only: only}}).Review
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
	if _, err := s.try(t.Context(), Run{Review: &Scope{Only: "gone"}}); !errors.Is(err, ErrNoOrganization) || !strings.Contains(err.Error(), `"gone"`) {
		t.Errorf("%v", err)
	}
}

// What a review asks for beyond the plan is read whole, or there is none (S09).
func TestS09ReviewNeedsTheRest(t *testing.T) {
	for fault, text := range map[string]string{"pending * *": "make the access review", "users_by_id * *": "read the members' users"} {
		s, f := company(t)
		f.faults[fault] = &clerkapi.Error{Status: 500}
		if r, err := s.try(t.Context(), Run{Review: &Scope{}}); r != nil && r.Review != nil || err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", fault, err)
		}
	}
}

// Who let a held add pass stands with the member: the admin who approved it, or
// whoever started the run that was told to.
func TestReviewSaysWhoApproved(t *testing.T) {
	for _, before := range []bool{true, false} {
		s, f := company(t)
		f.user("user_dan", "dan@corp.example")
		src := s.sources[0].(*fakeSource) //nolint:errcheck,forcetypeassert // company made it
		src.snapshot.People = append(src.snapshot.People, hr("4 dan@corp.example").snapshot.People[0])
		src.group("more", len(src.snapshot.People)-1)
		s.rules[0].Groups.Names = append(s.rules[0].Groups.Names, "more")
		s.config.Guards.Adds = Limit{Percent: 10}
		c := begin(t, s)
		want := Since{ApprovedBy: "ada", Reason: "a reorganization"}
		hash := c.held(c.plan(), "adds").Approval
		if before {
			c.approve(c.plan())
			c.apply()
		} else {
			want = Since{Reason: "with apply --approve"}
			c.apply(hash)
		}
		found := false
		for _, a := range c.next(Run{Review: &Scope{}}).Review.Organizations[0].Members {
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
	for _, name := range []string{"ada", `"q"`, ""} {
		if got := StartedBy(RunSummary(name)); got != name {
			t.Errorf("%q: %q", name, got)
		}
	}
	if got := StartedBy(nil); got != "" {
		t.Errorf("a run before names were kept: %q", got)
	}
}

// When somebody was last seen is the later of what Clerk tells.
func TestLastSeen(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	for _, x := range []struct{ signIn, active, want *time.Time }{
		{nil, nil, nil}, {&early, nil, &early}, {nil, &early, &early}, {&early, &late, &late}, {&late, &early, &late},
	} {
		if got := (&Access{LastSignIn: x.signIn, LastActive: x.active}).Seen(); got != x.want {
			t.Errorf("%v, %v: %v", x.signIn, x.active, got)
		}
	}
}

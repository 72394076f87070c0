package sync

import (
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/source"
	"rollcall/sync/assign"
	"rollcall/sync/diff"
	"rollcall/sync/directory"
	"rollcall/sync/policy"
	"rollcall/sync/roster"
)

// The time of grace of somebody ends when they are wanted again. While it is
// unclear who somebody else is, a member whom the plan leaves alone may be that
// person, and the time stands still (S29).
func TestS29WhoHasReturned(t *testing.T) {
	t.Parallel()
	wanted := func(user string, problem *directory.Problem) assign.Entitlement {
		return assign.Entitlement{Person: &directory.Person{Person: &source.Person{}, UserID: user, Problem: problem}}
	}
	unclear := []string{"a listed member cannot be joined"}
	for name, x := range map[string]struct {
		unusable []string
		wants    []assign.Entitlement
		user     string
		want     bool
	}{
		"all is clear":                     {nil, nil, "u1", true},
		"unclear, and no member any more":  {unclear, nil, "u9", true},
		"unclear, and a member":            {unclear, nil, "u1", false},
		"unclear, and wanted":              {unclear, []assign.Entitlement{wanted("u2", nil), wanted("u1", nil)}, "u1", true},
		"unclear, and somebody else is":    {unclear, []assign.Entitlement{wanted("u2", nil)}, "u1", false},
		"unclear, and so is who is wanted": {unclear, []assign.Entitlement{wanted("u1", &directory.Problem{Rule: "S06"})}, "u1", false},
	} {
		d := &diff.Proposal{Organization: &roster.Organization{Members: []roster.Member{{UserID: "u1"}}}, Wants: x.wants, Findings: &diff.Findings{Unusable: x.unusable}}
		if got := returned(d, x.user); got != x.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// An invitation ends when Clerk says; where it does not say, after the days that
// were asked for, or thirty.
func TestWhenAnInvitationExpires(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for name, x := range map[string]struct {
		says time.Time
		days int
		want time.Time
	}{
		"as Clerk says":   {sent.AddDate(0, 0, 3), 7, sent.AddDate(0, 0, 3)},
		"as was asked":    {time.Time{}, 7, sent.AddDate(0, 0, 7)},
		"nobody says":     {time.Time{}, 0, sent.AddDate(0, 0, 30)},
		"Clerk, no asked": {sent.AddDate(0, 0, 3), 0, sent.AddDate(0, 0, 3)},
	} {
		inv := &clerkapi.Invitation{CreatedAt: sent.UnixMilli()}
		if !x.says.IsZero() {
			inv.ExpiresAt = x.says.UnixMilli()
		}
		if got := expiry(inv, policy.Config{Invitations: policy.Invitations{ExpiresInDays: x.days}}); !got.Equal(x.want) {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
}

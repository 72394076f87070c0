package facts

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"rollcall/clerkapi"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// A run that ended early says why, how much was done before, and what to do; any other
// run says nothing of it.
func TestARunThatEndedEarlySaysWhy(t *testing.T) {
	for name, x := range map[string]struct {
		sent           apply.Sent
		headline, next string
	}{
		"to its end":          {apply.Sent{}, "Nobody lost access. 1 person joined. 1 not sent.", "see what is left: rollcall plan"},
		"the key was revoked": {apply.Sent{EndedBy: "clerk_key_invalid"}, "Ended early: the Clerk key is no longer valid. 1 of 2 changes done, 1 not. Nobody", "put a valid secret key into the variable KEY (Clerk dashboard, API keys), then run rollcall plan; it plans the other 1 change again"},
		"organizations off":   {apply.Sent{EndedBy: "organization_not_enabled_in_instance"}, "Ended early: organizations are turned off in the Clerk instance. 1 of", "see what is left"},
		"an unknown code":     {apply.Sent{EndedBy: "organizations_not_enabled_x"}, "Ended early: Clerk answered organizations_not_enabled_x. 1 of", "see what is left"},
		"a full disk":         {apply.Sent{Fault: "disk is full", EndedBy: "401"}, "Ended early: the history could not be written. 1 of 2 changes done, 1 not.", "free space on the disk of /state (a run needs 64 MiB), then run rollcall apply; it asks Clerk about the changes whose result was not recorded"},
	} {
		r := &sync.Report{Applied: true, Sent: x.sent, Plan: &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Changes: []plan.Change{
			{Action: plan.Add, Organization: "org_a", UserID: "u1", State: plan.Ready}, {Action: plan.Add, Organization: "org_a", UserID: "u2", State: plan.Ready}}}}}}
		r.Outcomes, r.NotTried = []apply.Outcome{{Change: r.Plan.Organizations[0].Changes[0], Result: apply.Done}}, 1
		f := New(r, Options{Key: "the variable KEY", State: "/state"})
		if got := f.Headline(); !strings.HasPrefix(got, x.headline) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, x.headline)
		}
		if got := f.Next(); !strings.HasPrefix(got, x.next) {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, x.next)
		}
	}
}

// What the history says of an error is Clerk's refusal in plain words.
func TestAnErrorOfClerkHasPlainWords(t *testing.T) {
	for want, err := range map[string]error{
		"Clerk does not accept the key": fmt.Errorf("read Clerk: %w", &clerkapi.Error{Status: 401, Code: "clerk_key_invalid"}),
		"Clerk is not available":        &clerkapi.Error{Status: 503},
		"":                              errors.New("another error"),
	} {
		if got := ErrorWords(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

package report

import (
	"bytes"
	"strings"
	"testing"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/explain"
	"rollcall/sync/plan"
)

// Whatever sources, Clerk and the history say of a person, a terminal gets no
// control characters (S35).
func TestS35ExplanationIsEscaped(t *testing.T) {
	const hostile = "x\x1b]0;owned\x07\u202e\ny"
	c := plan.Change{Action: plan.Add, Organization: "org_1", UserID: hostile, Email: hostile, To: hostile, Because: hostile, State: plan.Held, Why: hostile}
	x := &explain.Explanation{Subject: hostile, Reason: hostile,
		Entries: []explain.Entry{{Source: hostile, Origin: hostile, ID: hostile, Email: hostile, Disabled: hostile, UserID: hostile, JoinedBy: "email"}}, Users: []explain.User{{ID: hostile, Verified: []string{hostile}}},
		Rules:         []explain.Match{{Rule: 1, Groups: hostile, Organization: hostile, Role: hostile, Matches: true, Why: hostile}},
		Organizations: []explain.Place{{ID: hostile, Slug: hostile, Wanted: hostile, Because: hostile, Role: hostile, Owner: hostile, Changes: []plan.Change{c}}},
	}
	for range mostPast + 2 {
		x.Past = append(x.Past, explain.Past{Run: 1, By: hostile, Change: c, Slug: hostile, Result: "done", ApprovedBy: hostile, Reason: hostile}, explain.Past{Change: c, Result: hostile, Error: hostile})
	}
	for _, width := range []int{0, 80} {
		var out bytes.Buffer
		if err := Explanation(&out, &sync.Report{Plan: &plan.Plan{}, Explanation: x}, facts.Options{Width: width, Flags: []string{"--config", hostile}}); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); strings.ContainsAny(text, "\x1b\x07\u202e") || strings.Contains(text, "\ny") || !strings.Contains(strings.Join(strings.Fields(text), " "), "… and 14 earlier changes: rollcall history --person ") {
			t.Errorf("%q", text)
		}
	}
}

// What waits of somebody else gives no command, what waits of the person gives one.
func TestExplanationEndsWithTheCommandOfTheirOwnSet(t *testing.T) {
	held := func(email, organization string) plan.Change {
		return plan.Change{Action: plan.Remove, Organization: organization, Email: email, From: "org:member", State: plan.Held, Reasons: plan.Reasons(0).With(plan.Removals)}
	}
	ann, ben := held("ann@corp.example", "org_1"), held("ben@corp.example", "org_2")
	made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Changes: []plan.Change{ann}}, {ID: "org_2", Slug: "sales", Changes: []plan.Change{ben}}}}
	for _, c := range []plan.Change{ann, ben} {
		h := plan.NewHold(plan.Removals, c.Organization, "too many")
		h.Approval = plan.ApprovalHash("", []*plan.Change{&c})
		made.Holds = append(made.Holds, h)
	}
	x := &explain.Explanation{Reason: "ann", Organizations: []explain.Place{{ID: "org_1", Slug: "acme", Changes: []plan.Change{ann}}}}
	var out bytes.Buffer
	if err := Explanation(&out, &sync.Report{Plan: made, Explanation: x}, facts.Options{Kept: true}); err != nil {
		t.Fatal(err)
	}
	if want := "To approve: rollcall approve " + plan.ShortHash(made.Holds[0].Approval) + " --reason \"…\"\n"; !strings.HasSuffix(out.String(), want) || strings.Contains(out.String(), plan.ShortHash(made.Holds[1].Approval)) {
		t.Errorf("want %q at the end of\n%s", want, out.String())
	}
}

package facts

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/sync"
	"rollcall/sync/plan"
)

// A list of what waits begins with whoever becomes admin (S43) and goes on with
// who loses access, so that a list that is cut shows them.
func TestS43WhoComesFirstInWhatWaits(t *testing.T) {
	change := func(a plan.Action, user string, e plan.AdminEffect) plan.Change {
		return plan.Change{Action: a, UserID: user, Organization: "org_a", Admin: e, State: plan.Held}
	}
	made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: []plan.Change{
		change(plan.Add, "joins", ""), change(plan.SetRole, "admin", plan.AdminGained), change(plan.Remove, "leaves", ""), change(plan.Remove, "too", ""),
	}}}, Holds: []plan.Hold{{Organization: "org_a", Reason: plan.MissingGroup}}}
	_, blocks := New(&sync.Report{Plan: made}, Options{}).Blocks()
	if len(blocks) != 1 || len(blocks[0].Parts) != 1 {
		t.Fatalf("%+v", blocks)
	}
	var users []string
	for _, c := range Shown(&blocks[0].Parts[0]) {
		users = append(users, c.UserID)
	}
	if got := strings.Join(users, " "); got != "admin leaves too joins" {
		t.Error(got)
	}
	if made.Organizations[0].Changes[0].UserID != "joins" {
		t.Error("the plan itself has another order now")
	}
}

// A source that shrank, and a state directory that is new, are looked at before anything
// is approved.
func TestStepsBeginWithASourceThatShrank(t *testing.T) {
	for reason, want := range map[plan.Reason]string{
		plan.SourceShrink: "1. look at the source: much less is in it than before; if that is wrong, correct the source and plan again; approve nothing; 2. rollcall approve if that is right: asks yes or no about 1 thing that waits; a command below",
		plan.NewState:     "1. check the state directory /srv/state: it is new; if there is an older one, use that and plan again; approve nothing; 2. rollcall approve if that is right: asks",
		plan.Removals:     "1. rollcall approve asks yes or no about",
	} {
		change := plan.Change{Action: plan.Remove, UserID: "user_1", Organization: "org_a", State: plan.Ready}
		change.Hold(reason)
		made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: []plan.Change{change}}},
			Holds: []plan.Hold{{Organization: "org_a", Reason: reason, Approval: strings.Repeat("a", 64), Changes: 1}}}
		if got := New(&sync.Report{Plan: made}, Options{Kept: true, State: "/srv/state"}).Next(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", reason, got)
		}
	}
}

// Where no earlier run knows how large the source was, the share of the members who would
// leave says to look at it.
func TestStepsBeginWithTheSourceWhereManyLeave(t *testing.T) {
	for _, x := range []struct {
		leave, members int
		state          plan.State
		want           bool
	}{
		{10, 30, plan.Held, true}, {9, 10, plan.Held, false}, {10, 31, plan.Held, false}, {30, 30, plan.Ready, false},
	} {
		o := plan.Organization{ID: "org_a", Slug: "acme", Members: x.members}
		for i := range x.leave {
			c := plan.Change{Action: plan.Remove, UserID: fmt.Sprint("user_", i), Organization: "org_a", State: plan.Ready}
			if x.state == plan.Held {
				c.Hold(plan.Removals)
			}
			o.Changes = append(o.Changes, c)
		}
		made := &plan.Plan{Organizations: []plan.Organization{o}, Holds: []plan.Hold{{Organization: "org_a", Reason: plan.Removals, Approval: strings.Repeat("a", 64), Changes: x.leave}}}
		got := New(&sync.Report{Plan: made}, Options{Kept: true}).Next()
		if want := fmt.Sprintf("1. look at the source: %d memberships of %d would end; if that is wrong, correct the source and plan again; approve nothing; 2. ", x.leave, x.members); strings.HasPrefix(got, want) != x.want {
			t.Errorf("%+v: %s", x, got)
		}
	}
}

// A plan of one person has no hash to approve. Its next step shows the plan that has.
func TestStepsOfAPartLeadToTheWhole(t *testing.T) {
	change := plan.Change{Action: plan.Remove, UserID: "user_1", Organization: "org_a"}
	change.Hold(plan.Removals)
	made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme", Changes: []plan.Change{change}}},
		Holds: []plan.Hold{{Organization: "org_a", Reason: plan.Removals, Changes: 1}}}
	for only, want := range map[bool]string{
		false: "approve what waits with the commands below",
		true:  "rollcall plan shows all that waits together, and the command that approves it",
	} {
		flags := map[bool][]string{true: {"--only", "ben@corp.example"}}[only]
		made.Holds[0].Approval = map[bool]string{false: plan.ApprovalHash("", []*plan.Change{&change}), true: strings.Repeat("a", 64)}[only]
		if got := New(&sync.Report{Plan: made}, Options{Flags: flags}).Next(); got != want {
			t.Errorf("only one person %v: %s", only, got)
		}
	}
}

// Groups and organizations that do not exist stand in the headline with the people who
// wait for them, and in the first step; without any, neither says a word of it.
func TestWhatIsMissingComesFirst(t *testing.T) {
	missing := func(r plan.Reason, organization, name string, people int) plan.Hold {
		h := plan.NewHold(r, organization, "the text")
		h.Missing, h.People = name, people
		return h
	}
	failed := []plan.Failure{{Source: "hr", Text: "no route to host"}}
	for name, x := range map[string]struct {
		holds          []plan.Hold
		failures       []plan.Failure
		headline, next string
	}{
		"nothing":                {nil, nil, "No changes.", ""},
		"another cause":          {[]plan.Hold{plan.NewHold(plan.Canaries, "org_a", "the text")}, nil, "No changes now.", "fix what acme waits for, then run rollcall plan; an approval does not help here"},
		"a group":                {[]plan.Hold{missing(plan.MissingGroup, "org_a", "stuff", 0)}, nil, "Missing or empty: group stuff. No changes now.", "correct or create group stuff, then run rollcall plan; an approval does not help here"},
		"one of two that waits":  {[]plan.Hold{missing(plan.MissingGroup, "org_a", "stuff", 1), missing(plan.MissingGroup, "org_b", "stuff", 1)}, nil, "Missing or empty: group stuff; changes for 1 person wait for that. No changes now.", "correct or create group stuff, then run"},
		"an organization":        {[]plan.Hold{missing(plan.UnknownOrganization, "gloobex", "gloobex", 3), missing(plan.MissingGroup, "org_a", "stuff", 4)}, nil, "Missing or empty: group stuff and organization gloobex; changes for 7 people wait for that. No changes now.", "correct or create group stuff and organization gloobex, then run"},
		"a source, and a group":  {[]plan.Hold{missing(plan.MissingGroup, "org_b", "stuff", 0)}, failed, "Missing or empty: group stuff. Source hr could not be read. No changes elsewhere.", "1. fix the error, then run rollcall plan; 2. correct or create group stuff, then run"},
		"a list":                 {nil, []plan.Failure{{Text: "list invitations: 500"}}, "A list of Clerk could not be read. No changes elsewhere.", "fix the error, then run rollcall plan"},
		"a source":               {[]plan.Hold{plan.NewHold(plan.FailedSource, "org_a", "the text")}, failed, "Source hr could not be read. No changes elsewhere.", "fix the error, then run rollcall plan"},
		"a source, and canaries": {[]plan.Hold{plan.NewHold(plan.FailedSource, "org_a", "the text"), plan.NewHold(plan.Canaries, "org_b", "the text")}, failed, "Source hr could not be read. No changes elsewhere.", "1. fix the error, then run rollcall plan; 2. fix what beta waits for, then run"},
	} {
		made := &plan.Plan{Organizations: []plan.Organization{{ID: "org_a", Slug: "acme"}, {ID: "org_b", Slug: "beta"}}, Holds: x.holds, Failures: x.failures}
		f := New(&sync.Report{Plan: made}, Options{Kept: true})
		if got := f.Headline(); got != x.headline {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, x.headline)
		}
		if got := f.Next(); !strings.HasPrefix(got, x.next) || x.next == "" && got != "" {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, x.next)
		}
	}
}

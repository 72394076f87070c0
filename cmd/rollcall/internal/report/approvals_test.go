package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/guard"
	"rollcall/sync/plan"
)

// waitingPlan draws a plan in which guards of organizations and of the whole run
// hold changes, a source that failed holds others, and some are ready.
func waitingPlan(t *rapid.T) *plan.Plan {
	p := &plan.Plan{}
	reasons := []plan.Reason{0, plan.Removals, plan.AdminGrants, plan.Removals.OfRun(), plan.Adds.OfRun(), plan.FailedSource}
	for i := range rapid.IntRange(1, 5).Draw(t, "organizations") {
		o := plan.Organization{ID: fmt.Sprintf("org_%d", i), Slug: fmt.Sprintf("team-%d", i)}
		for j := range rapid.IntRange(0, 6).Draw(t, "changes") {
			action := rapid.SampledFrom([]plan.Action{plan.Add, plan.SetRole, plan.Remove}).Draw(t, "action")
			c := plan.Change{Action: action, Organization: o.ID, Email: fmt.Sprintf("p%d-%d@corp.example", i, j), To: "org:member", Because: "rule 1: staff", State: plan.Ready}
			if reason := rapid.SampledFrom(reasons).Draw(t, "reason"); reason != 0 {
				c.Hold(reason)
			}
			o.Changes = append(o.Changes, c)
		}
		p.Organizations = append(p.Organizations, o)
	}
	for _, r := range []plan.Reason{plan.Removals.OfRun(), plan.Adds.OfRun()} {
		addHold(p, r, "", func(c *plan.Change) bool { return c.Reasons.Has(r) })
	}
	for i := range p.Organizations {
		id := p.Organizations[i].ID
		addHold(p, plan.Removals, id, func(c *plan.Change) bool {
			return c.Organization == id && c.Reasons.Any(plan.Reasons(0).With(plan.Removals).With(plan.AdminGrants))
		})
	}
	return p
}

func addHold(p *plan.Plan, r plan.Reason, organization string, in func(*plan.Change) bool) {
	var set []*plan.Change
	for _, c := range p.Changes() {
		if c.State == plan.Held && in(c) {
			set = append(set, c)
		}
	}
	if len(set) > 0 {
		h := plan.NewHold(r, organization, "too many")
		h.Approval = plan.ApprovalHash(p.Instance.ID, set)
		p.Holds = append(p.Holds, h)
	}
}

var (
	personName  = regexp.MustCompile(`p\d-\d@corp\.example`)
	approveHash = regexp.MustCompile(`approve ([0-9a-f]{32})`)
	nextHeading = regexp.MustCompile(`(?m)^(\d+\. |## |<h[23]|Waits until|team-\d: \d)`)
)

// approvalsIn finds the people that a form lists under each command, from the
// heading before the command to the command itself.
func approvalsIn(text string) map[string][]string {
	found := map[string][]string{}
	for _, at := range approveHash.FindAllStringSubmatchIndex(text, -1) {
		before := text[:at[0]]
		if line := before[strings.LastIndex(before, "\n")+1:]; strings.Contains(line, "To approve all") {
			continue
		}
		from := 0
		if headings := nextHeading.FindAllStringIndex(before, -1); len(headings) > 0 {
			from = headings[len(headings)-1][0]
		}
		people := personName.FindAllString(before[from:], -1)
		slices.Sort(people)
		found[text[at[2]:at[3]]] = slices.Compact(people)
	}
	return found
}

// The people above a command to approve are exactly those that it approves.
func TestS23ListsAreWhatTheirCommandApproves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := waitingPlan(t)
		want := map[string][]string{}
		for _, s := range guard.WaitingSets(p) {
			if !s.Whole {
				t.Fatal("a set of the plan is not whole")
			}
			var people []string
			for _, c := range s.Changes() {
				people = append(people, c.Email)
			}
			slices.Sort(people)
			want[plan.ShortHash(s.Hash)] = people
		}
		r, o := &sync.Report{Plan: p}, facts.Options{Kept: true}
		var text, markdown, page, list bytes.Buffer
		if err := Text(&text, r, o); err != nil {
			t.Fatal(err)
		}
		if err := Markdown(&markdown, r, o); err != nil {
			t.Fatal(err)
		}
		if err := HTML(&page, r, o); err != nil {
			t.Fatal(err)
		}
		sets := keptSetsOf(t, p)
		NumberKept(sets)
		if err := Kept(&list, production, sets, true, o); err != nil {
			t.Fatal(err)
		}
		for form, got := range map[string]map[string][]string{
			"approve --list": approvalsIn(list.String()), "text": approvalsIn(text.String()), "markdown": approvalsIn(markdown.String()), "html": approvalsIn(page.String()), "digest": approvalsOf(NewDigest(r, o, 1000)),
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s: %s\n%s", form, diff, text.String())
			}
		}
	})
}

// keptSetsOf are the sets of a plan as the journal returns them.
func keptSetsOf(t *rapid.T, p *plan.Plan) []KeptSet {
	var sets []KeptSet
	for _, held := range guard.HeldSets(p) {
		set, err := NewKeptSet(held)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	return sets
}

// approvalsOf are those of a digest, from which mails and pages are made.
func approvalsOf(d Digest) map[string][]string {
	found := map[string][]string{}
	for _, s := range d.Sections {
		for _, w := range s.Ways {
			m := approveHash.FindStringSubmatch(w.String())
			if m == nil {
				continue
			}
			var people []string
			for _, l := range s.Held.First {
				people = append(people, l.Who)
			}
			slices.Sort(people)
			found[m[1]] = people
		}
	}
	return found
}

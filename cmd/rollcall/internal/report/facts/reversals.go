package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// Reversals count what became of the changes that an undo was asked to take back.
type Reversals struct {
	// Asked is how many there are, Done how many were taken back, or would be.
	Asked, Done int
	// not are the others, by the reason in words.
	not     map[string]int
	applied bool
}

// leftWords say in a few words why an undo leaves changes as they are.
var leftWords = map[plan.LeftReason]string{
	plan.LeftGone:         "no longer in the directory",
	plan.LeftDisabled:     "disabled in the directory",
	plan.LeftNotToday:     "outside their dates today",
	plan.LeftDenied:       "denied by an exception",
	plan.LeftOtherAccount: "belong to another account now",
	plan.LeftChanged:      "changed since",
	plan.LeftBack:         "a member again",
	plan.LeftNoMember:     "not a member any more",
	plan.LeftAsBefore:     "already as before",
	plan.LeftUnclear:      "with an unknown result",
	plan.LeftForgotten:    "deleted by rollcall forget",
	plan.LeftAccount:      "created an account, which undo does not delete",
	plan.LeftForeign:      "managed by another owner",
	plan.LeftUnread:       "in an organization that was not read",
	plan.LeftPermanent:    "cannot be taken back",
}

// ReversalsOf counts what became of the changes that a report takes back.
func ReversalsOf(r *sync.Report) Reversals {
	out := Reversals{not: map[string]int{}, applied: r.Applied}
	changes := map[string][]*plan.Change{}
	for _, c := range r.Plan.Changes() {
		changes[plan.MembershipKey(c)] = append(changes[plan.MembershipKey(c)], c)
	}
	outcomes := map[plan.Change]*apply.Outcome{}
	for i := range r.Outcomes {
		outcomes[r.Outcomes[i].Change] = &r.Outcomes[i]
	}
	for i := range r.Plan.Reversed {
		u := &r.Plan.Reversed[i]
		out.Asked += u.Changes
		var own []*plan.Change
		if u.Left != plan.LeftAccount && u.Left != plan.LeftForgotten { // they have no membership of their own
			own = changes[plan.SubjectKey(u.Organization, u.Subject())]
		}
		if why := whyNotReversed(u, own, outcomes, r.Applied); why != "" {
			out.not[why] += u.Changes
			continue
		}
		out.Done += u.Changes
	}
	return out
}

// whyNotReversed says in a few words why not all of a reversal was done, or would be;
// empty if it was.
func whyNotReversed(u *plan.Reversed, changes []*plan.Change, outcomes map[plan.Change]*apply.Outcome, applied bool) string {
	for _, c := range changes {
		switch o := outcomes[*c]; {
		case c.State == plan.Skipped:
			return escape.Brief(cmp.Or(c.Why, "skipped"))
		case c.State == plan.Held:
			return "waiting"
		case !applied:
		case o == nil:
			return "not sent"
		case o.Result == apply.Failed:
			return "failed"
		case !o.Result.Reached():
			return cmp.Or(resultWords[o.Result], "not sent")
		}
	}
	words := cmp.Or(leftWords[u.Left], escape.Brief(string(u.Left)))
	if words != "" && len(changes) > 0 {
		return "undone in part, the rest " + words
	}
	return words
}

// String says it in one or two sentences; empty if nothing was asked for.
func (n *Reversals) String() string {
	verb := "would be undone"
	if n.applied {
		verb = "undone"
	}
	switch {
	case n.Asked == 0:
		return ""
	case n.Done == n.Asked && n.Asked == 1:
		return "1 change " + verb + "."
	case n.Done == n.Asked:
		return fmt.Sprintf("All %s %s.", Count(n.Asked, "change"), verb)
	}
	reasons := slices.SortedFunc(maps.Keys(n.not), func(a, b string) int {
		return cmp.Or(cmp.Compare(n.not[b], n.not[a]), cmp.Compare(a, b))
	})
	for i, why := range reasons {
		reasons[i] = Number(n.not[why]) + " " + why
	}
	return fmt.Sprintf("%s of %s %s. %s not: %s.", Number(n.Done), Count(n.Asked, "change"), verb, Number(n.Asked-n.Done), strings.Join(reasons, ", "))
}

package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"rollcall/sync/apply"
	"rollcall/sync/journal"
)

// factKnown is the kind of the journal's facts about the problem that a channel
// knows, by the channel's name.
const factKnown = "notified"

// knownProblem is the problem that a channel knows of; the zero value is none.
type knownProblem struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Earlier problems of the last Repeat, by reason: one that comes and goes is not
	// told each time.
	Earlier map[string]time.Time `json:"earlier,omitempty"`
}

// lastTold is when the channel was last told of a problem.
func (k knownProblem) lastTold(reason string) time.Time {
	if k.Reason == reason {
		return k.At
	}
	return k.Earlier[reason]
}

// due says whether a channel is told of the run, and whether the reason is that a
// problem that it knows is over. A run of a part that goes well ends no problem: it may
// be one of the rest.
func (n *Notifier) due(when When, r *Run, known knownProblem) (tell, wellAgain bool) {
	when = cmp.Or(when, n.config.When)
	wellAgain = !r.problem() && !r.Interrupted() && !r.Part && known.Reason != ""
	switch {
	case when == Always, when == OnChange && len(r.done()) > 0:
		return true, wellAgain
	case r.problem():
		return r.Finished.Sub(known.lastTold(r.reason())) >= n.config.Repeat, false
	}
	return wellAgain, wellAgain
}

// next is what the channel knows after it was told of the run.
func (n *Notifier) next(r *Run, known knownProblem) knownProblem {
	if r.Interrupted() || r.Part && !r.problem() {
		return known
	}
	next := knownProblem{Earlier: maps.Clone(known.Earlier)}
	if next.Earlier == nil {
		next.Earlier = map[string]time.Time{}
	}
	if known.Reason != "" {
		next.Earlier[known.Reason] = known.At
	}
	if r.problem() {
		next.Reason, next.At = r.reason(), r.Finished.UTC()
	}
	maps.DeleteFunc(next.Earlier, func(reason string, at time.Time) bool {
		return reason == next.Reason || r.Finished.Sub(at) >= n.config.Repeat
	})
	return next
}

// variableParts are the parts of an error that differ although the problem is the
// same: counts, times, ports, ids.
var variableParts = regexp.MustCompile(`[0-9a-f]{8,}|[0-9]+`)

// reason names what is wrong: equal for runs that have the same problem.
func (r *Run) reason() string {
	parts := []string{r.Outcome}
	if r.Err != nil {
		parts = append(parts, variableParts.ReplaceAllString(r.Err.Error(), "#"))
	}
	if r.Report != nil {
		for _, h := range r.Report.Plan.Holds {
			parts = append(parts, fmt.Sprintf("held %q %q %q %q", h.Organization, h.Guard, h.Rule, h.Approval))
		}
		for _, f := range r.Report.Plan.Failures {
			if f.Organization != "" {
				parts = append(parts, fmt.Sprintf("not well %q", f.Organization))
				continue
			}
			parts = append(parts, fmt.Sprintf("not read %q %s", f.Source, variableParts.ReplaceAllString(f.Text, "#")))
		}
		stopped := map[string]bool{} // a service may leave one alone next time: that is no other problem
		for _, s := range r.Report.Stopped {
			stopped[s.Organization] = true
			parts = append(parts, fmt.Sprintf("not well %q", r.Report.Plan.LabelOf(s.Organization)))
		}
		for i := range r.Report.Outcomes {
			if o := &r.Report.Outcomes[i]; o.Result == apply.Failed && !stopped[o.Change.Organization] {
				parts = append(parts, fmt.Sprintf("failed %s %q %q", o.Change.Action, o.Change.Organization, cmp.Or(o.Change.UserID, o.Change.Email)))
			}
		}
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(parts), "\n")))
	return hex.EncodeToString(sum[:])
}

// readKnown reads what the channels know. Without a journal they know nothing.
func readKnown(ctx context.Context, db *journal.DB) (map[string]knownProblem, error) {
	known := map[string]knownProblem{}
	if db == nil {
		return known, nil
	}
	facts, err := db.Facts(ctx, factKnown)
	if err != nil {
		return known, err
	}
	for _, f := range facts {
		var t knownProblem
		if err := json.Unmarshal(f.Value, &t); err != nil {
			return known, fmt.Errorf("read the earlier messages of %s: %w", f.Key, err)
		}
		known[f.Key] = t
	}
	return known, nil
}

// writeKnown writes what a channel knows now.
func writeKnown(ctx context.Context, db *journal.DB, run int64, channel string, t knownProblem) error {
	if db == nil {
		return nil
	}
	fact := journal.Fact{Kind: factKnown, Key: channel}
	if t.Reason == "" && len(t.Earlier) == 0 {
		return db.Remember(ctx, run, nil, []journal.Fact{fact})
	}
	value, err := json.Marshal(t)
	if err != nil {
		return err
	}
	fact.Value = value
	return db.Remember(ctx, run, []journal.Fact{fact}, nil)
}

package notify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"rollcall/sync"
	"rollcall/sync/journal"
)

// factTold is the journal's kind of fact for what a channel was last told of a
// problem, by the channel's name.
const factTold = "notified"

// told is the problem that a channel knows of; the zero value is none.
type told struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// due says whether a channel is told of the run, and whether that is because
// a problem that it knows of is over.
func (n *Notifier) due(when When, r *Run, known told) (tell, wellAgain bool) {
	when = cmp.Or(when, n.config.When)
	wellAgain = !r.problem() && !r.Interrupted() && known.Reason != ""
	switch {
	case when == Always, when == OnChange && len(r.done()) > 0:
		return true, wellAgain
	case r.problem():
		return known.Reason != r.reason() || r.Finished.Sub(known.At) >= n.config.Repeat, false
	}
	return wellAgain, wellAgain
}

// next is what the channel knows once it was told.
func (r *Run) next(known told) told {
	switch {
	case r.Interrupted():
		return known
	case r.problem():
		return told{r.reason(), r.Finished.UTC()}
	}
	return told{}
}

// figures are what differs each time the same thing goes wrong: counts, times,
// ports, ids.
var figures = regexp.MustCompile(`[0-9a-f]{8,}|[0-9]+`)

// reason names what is wrong: equal for runs that have the same problem.
func (r *Run) reason() string {
	parts := []string{r.Outcome}
	if r.Err != nil {
		parts = append(parts, figures.ReplaceAllString(r.Err.Error(), "#"))
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
			parts = append(parts, fmt.Sprintf("not read %q %s", f.Source, figures.ReplaceAllString(f.Text, "#")))
		}
		stopped := map[string]bool{} // a service may leave one alone next time: that is no other problem
		for _, s := range r.Report.Stopped {
			stopped[s.Organization] = true
			parts = append(parts, fmt.Sprintf("not well %q", r.label(s.Organization)))
		}
		for i := range r.Report.Outcomes {
			if o := &r.Report.Outcomes[i]; o.Result == sync.Failed && !stopped[o.Change.Organization] {
				parts = append(parts, fmt.Sprintf("failed %s %q %q", o.Change.Action, o.Change.Organization, cmp.Or(o.Change.UserID, o.Change.Email)))
			}
		}
	}
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(parts), "\n")))
	return hex.EncodeToString(sum[:])
}

// label is what the plan calls an organization.
func (r *Run) label(id string) string {
	for i := range r.Report.Plan.Organizations {
		if o := &r.Report.Plan.Organizations[i]; o.ID == id {
			return o.Label()
		}
	}
	return id
}

// recall reads what the channels know. Without a journal they know nothing.
func recall(ctx context.Context, db *journal.DB) (map[string]told, error) {
	known := map[string]told{}
	if db == nil {
		return known, nil
	}
	facts, err := db.Facts(ctx, factTold)
	if err != nil {
		return known, err
	}
	for _, f := range facts {
		var t told
		if err := json.Unmarshal(f.Value, &t); err != nil {
			return known, fmt.Errorf("read what %s was told: %w", f.Key, err)
		}
		known[f.Key] = t
	}
	return known, nil
}

// remember writes what a channel knows now.
func remember(ctx context.Context, db *journal.DB, run int64, channel string, t told) error {
	if db == nil {
		return nil
	}
	fact := journal.Fact{Kind: factTold, Key: channel}
	if t.Reason == "" {
		return db.Remember(ctx, run, nil, []journal.Fact{fact})
	}
	value, err := json.Marshal(t)
	if err != nil {
		return err
	}
	fact.Value = value
	return db.Remember(ctx, run, []journal.Fact{fact}, nil)
}

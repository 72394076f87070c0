package statuspage

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/sync"
	"rollcall/sync/journal"
)

// outcome is what is shown of a run. The run itself, with all its people, is
// let go. Its texts are free of control characters and their like (S35).
type outcome struct {
	Finished time.Time `json:"finished"`
	ExitCode int       `json:"exit_code"`
	// Whole says that its plan shows every organization.
	Whole         bool           `json:"whole"`
	Problem       string         `json:"problem,omitempty"`
	Digest        *report.Digest `json:"digest,omitempty"` // nil without a plan
	Organizations []organization `json:"organizations,omitempty"`
	More          int            `json:"more,omitempty"` // organizations that are not listed
}

// organization is what a whole plan shows of one.
type organization struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Members string `json:"members"`
	Done    string `json:"done,omitempty"`
	Waits   string `json:"waits,omitempty"`
}

// rank puts those first where something waits, then those that changed.
func (o *organization) rank() int {
	switch {
	case o.Waits != "":
		return 0
	case o.Done != "":
		return 1
	}
	return 2
}

// shownOrganizations is how many are listed.
const shownOrganizations = 200

func newOutcome(r *notify.Run) *outcome {
	o := &outcome{Finished: r.Finished, ExitCode: r.ExitCode, Whole: r.Report != nil && !r.Part}
	if r.Err != nil {
		o.Problem = report.OneLine(r.Err.Error())
	}
	if r.Report != nil {
		d := report.NewDigest(r.Report, r.Options, 0)
		o.Digest = &d
		o.Organizations = listed(r.Report)
		o.More = max(0, len(o.Organizations)-shownOrganizations)
		o.Organizations = o.Organizations[:len(o.Organizations)-o.More]
	}
	return o
}

// listed are the organizations of a plan, in the order of a reader's interest.
func listed(r *sync.Report) []organization {
	done := map[string]map[string]int{}
	for i := range r.Outcomes {
		c := &r.Outcomes[i].Change
		if r.Outcomes[i].Result != sync.Done {
			continue
		}
		if done[c.Organization] == nil {
			done[c.Organization] = map[string]int{}
		}
		done[c.Organization][c.Action.String()]++
	}
	var out []organization
	for i := range r.Plan.Organizations {
		o := &r.Plan.Organizations[i]
		out = append(out, newOrganization(o, done[o.ID], r))
	}
	slices.SortStableFunc(out, func(a, b organization) int { return cmp.Or(a.rank()-b.rank(), strings.Compare(a.Name, b.Name)) })
	return out
}

func newOrganization(o *sync.OrganizationPlan, done map[string]int, r *sync.Report) organization {
	waits, guards := 0, heldBy(r.Plan, o.ID)
	for i := range o.Changes {
		if o.Changes[i].State == sync.Held {
			waits++
		}
	}
	if waits > 0 && len(guards) == 0 {
		guards = heldBy(r.Plan, "") // what holds the whole run
	}
	members, ours, admins := r.Now(o)
	out := organization{ID: o.ID, Name: report.Escape(o.Label()), Members: fmt.Sprintf("%d (%d ours, %s)", members, ours, report.Count(admins, "admin"))}
	if len(done) > 0 {
		out.Done = report.Counted(done)
	}
	if waits > 0 || len(guards) > 0 {
		out.Waits = report.Count(waits, "change") + " (" + strings.Join(guards, ", ") + ")"
	}
	return out
}

// heldBy names what holds an organization.
func heldBy(p *sync.Plan, id string) []string {
	var guards []string
	for _, h := range p.Holds {
		if guard := report.Escape(h.Guard); h.Organization == id && !slices.Contains(guards, guard) {
			guards = append(guards, guard)
		}
	}
	return guards
}

// name is what an organization is called, where the outcome knows it.
func (o *outcome) name(id string) string {
	if o != nil {
		for i := range o.Organizations {
			if o.Organizations[i].ID == id {
				return o.Organizations[i].Name
			}
		}
	}
	return id
}

// The journal's facts for what the page shows when the service has restarted.
const (
	factStatus = "status"
	keyLast    = "last"
	keyWhole   = "whole"
	keepTime   = 10 * time.Second
)

// keep writes the outcome down.
func (o *outcome) keep(dir string, run int64) error {
	ctx, cancel := context.WithTimeout(context.Background(), keepTime)
	defer cancel()
	value, err := json.Marshal(o)
	if err != nil {
		return err
	}
	facts := []journal.Fact{{Kind: factStatus, Key: keyLast, Value: value}}
	if o.Whole {
		facts = append(facts, journal.Fact{Kind: factStatus, Key: keyWhole, Value: value})
	}
	db, err := journal.Open(ctx, dir, journal.Options{})
	if err != nil {
		return err
	}
	return errors.Join(db.Remember(ctx, run, facts, nil), db.Close())
}

// recall reads what an earlier process wrote down.
func (h *past) recall(ctx context.Context, db *journal.DB) error {
	facts, err := db.Facts(ctx, factStatus)
	if err != nil {
		return err
	}
	for _, f := range facts {
		var o outcome
		if json.Unmarshal(f.Value, &o) != nil {
			continue // another version's
		}
		switch f.Key {
		case keyLast:
			h.last = &o
		case keyWhole:
			h.whole = &o
		}
	}
	return nil
}

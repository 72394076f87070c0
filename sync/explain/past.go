package explain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Past is a change of the person that an earlier run made, or tried to make.
type Past struct {
	Run int64     `json:"run"`
	At  time.Time `json:"at"`
	// By is the account that started the run.
	By     string      `json:"by,omitempty"`
	Change plan.Change `json:"change"`
	// Slug is that of the organization, if today's run knows it.
	Slug string `json:"slug,omitempty"`
	// Result is "done", or what became of the change; empty if nobody knows. Error says
	// why it failed.
	Result string `json:"result"`
	Error  string `json:"error,omitempty"`
	// ApprovedBy is the person that approved the change, Reason their reason.
	ApprovedBy string `json:"approved_by,omitempty"`
	Reason     string `json:"reason,omitempty"`
	// Undoable reports whether rollcall undo would take the change back today, if need
	// be after an approval. UndoText is why it would not, or not all of it.
	Undoable bool   `json:"undoable,omitempty"`
	UndoText string `json:"undo_text,omitempty"`
}

// Label is what the organization is called.
func (p *Past) Label() string {
	return (&plan.Organization{ID: p.Change.Organization, Slug: p.Slug}).Label()
}

// findFormer finds the accounts that earlier runs knew by the text of the question, such
// as an address of earlier.
func (x *subject) findFormer(ctx context.Context) error {
	if x.Journal == nil {
		return nil
	}
	f := journal.Filter{Users: []string{x.asked}, Emails: []string{x.email}, People: []journal.PersonID{{ID: x.asked}}}
	named, err := x.Journal.Matching(ctx, f)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	for i := range named {
		if id := named[i].UserID; id != "" && !slices.Contains(x.former, id) {
			x.former = append(x.former, id)
		}
	}
	return nil
}

// past are the changes of the person by earlier runs, the newest first, and as the
// journal has them, the oldest first.
func (x *explainer) past(ctx context.Context) (out []Past, changes []journal.Change, err error) {
	if x.Journal == nil {
		return nil, nil, nil
	}
	if changes, err = x.Journal.Matching(ctx, x.pastFilter()); err != nil {
		return nil, nil, fmt.Errorf("read the history: %w", err)
	}
	for i := range slices.Backward(changes) {
		one, err := x.pastOf(ctx, &changes[i])
		if err != nil {
			return nil, nil, fmt.Errorf("read the history: %w", err)
		}
		out = append(out, one)
	}
	return out, changes, nil
}

// pastFilter selects the changes of the person. An address counts only where no
// account and no id is known: it may have belonged to somebody else before (S02).
func (x *explainer) pastFilter() journal.Filter {
	f := journal.Filter{Users: slices.Concat(x.own, x.former)}
	add := func(id plan.DirectoryID) { f.People = append(f.People, journal.PersonID{Source: id.Source, ID: id.ID}) }
	for _, p := range x.persons {
		add(p.DirectoryID())
	}
	for _, user := range x.own {
		for _, id := range x.Have.Markers.DirectoryIDs(user, nil) {
			add(id)
		}
	}
	if len(x.own) == 0 {
		f.Emails = append(f.Emails, x.email)
		for _, p := range x.persons {
			f.Emails = append(f.Emails, p.Addresses()...)
		}
	}
	if len(x.own)+len(x.persons) == 0 {
		f.People = append(f.People, journal.PersonID{ID: x.asked})
	}
	if len(f.Users)+len(f.Emails)+len(f.People) == 0 {
		f.Users = []string{x.asked} // an empty filter would select everybody
	}
	return f
}

func (x *explainer) pastOf(ctx context.Context, c *journal.Change) (Past, error) {
	change, err := memory.ChangeOf(c)
	if err != nil {
		return Past{}, err
	}
	out := Past{Run: c.Run, At: c.Intended, Change: change, Result: c.Result, Error: c.Error}
	for _, d := range x.Proposals {
		if d.Organization.ID == c.Organization {
			out.Slug = d.Organization.Slug
		}
	}
	run, err := x.Journal.Run(ctx, c.Run)
	if err != nil && !errors.Is(err, journal.ErrNoRun) {
		return out, err
	}
	out.By = memory.SummaryOf(run.Summary).By
	if c.Approved {
		a, err := approver(ctx, x.Journal, x.Memory, c)
		out.ApprovedBy, out.Reason = a.By, a.Reason
		return out, err
	}
	return out, nil
}

// lastChange says what the newest run that changed something did; empty without one.
func lastChange(past []Past) string {
	for i := range past {
		p := &past[i]
		if p.Result == journal.Done {
			return fmt.Sprintf("run %d on %s: %s: %s (%s)", p.Run, p.At.UTC().Format(time.DateOnly), p.Label(), doneOf(&p.Change), p.Change.Because)
		}
	}
	return ""
}

// newest is the newest change that a run made to the person's membership of an
// organization; nil without one.
func newest(past []Past, organization string) *Past {
	i := slices.IndexFunc(past, func(p Past) bool {
		return p.Result == journal.Done && p.Change.Organization == organization && (p.Change.SetsRole() || p.Change.Action == plan.Remove)
	})
	if i < 0 {
		return nil
	}
	return &past[i]
}

// formerRole says of a member which role they had before, and who changed it; empty if
// the newest run gave the role that they have, or nobody knows.
func formerRole(past []Past, p *Place) string {
	last := newest(past, p.ID)
	switch {
	case last == nil || p.Role == "" || last.Change.Admin == plan.AdminGained && last.Change.To == p.Role:
	case last.Change.Action == plan.SetRole && last.Change.To == p.Role:
		return fmt.Sprintf("was %s until run %d on %s (%s)", last.Change.From, last.Run, last.At.UTC().Format(time.DateOnly), last.Change.Because)
	case last.Change.Action != plan.Remove && last.Change.Action != plan.Invite && last.Change.To != p.Role && last.Change.To != "":
		return fmt.Sprintf("run %d on %s gave %s, and somebody else changed it in Clerk since", last.Run, last.At.UTC().Format(time.DateOnly), last.Change.To)
	}
	return ""
}

// losses say of each organization that today's plan does not connect with the person
// that a run removed them there.
func losses(past []Past, places []Place) []string {
	var out, seen []string
	for i := range past {
		id := past[i].Change.Organization
		if slices.Contains(seen, id) || slices.ContainsFunc(places, func(p Place) bool { return p.ID == id }) {
			continue
		}
		seen = append(seen, id)
		if last := newest(past, id); last != nil && last.Change.Action == plan.Remove {
			out = append(out, fmt.Sprintf("%s: removed by run %d on %s, was %s (%s)", last.Label(), last.Run, last.At.UTC().Format(time.DateOnly), last.Change.From, last.Change.Because))
		}
	}
	return out
}

// doneOf names a change that was made.
func doneOf(c *plan.Change) string {
	switch c.Action {
	case plan.Add:
		return "added as " + c.To
	case plan.Invite:
		return "invited as " + c.To
	case plan.CreateUser:
		return "account created"
	case plan.SetRole:
		return "changed from " + c.From + " to " + c.To
	case plan.SetMetadata:
		return "metadata changed"
	case plan.Adopt:
		return "marked as managed"
	case plan.Remove:
		return "removed, was " + c.From
	case plan.RevokeInvitation:
		return "invitation revoked"
	default:
		return doneToAccount[c.Action]
	}
}

// doneToAccount names the steps of the leaver ladder, and what takes them back.
var doneToAccount = map[plan.Action]string{plan.Lock: "account locked", plan.Ban: "account banned", plan.EndSessions: "sessions ended",
	plan.RevokeAPIKeys: "API keys revoked", plan.Unlock: "account unlocked", plan.Unban: "account unbanned"}

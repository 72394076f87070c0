package exceptions

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/cmd/rollcall/internal/setup"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/exception"
	"rollcall/sync/explain"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// Desk makes exceptions.
type Desk struct {
	DB       *journal.DB
	Out      io.Writer
	Dialogue *setup.Dialogue
	// Sure makes exceptions without asking.
	Sure bool
	// Session makes the dry runs.
	Session *runner.Session
	// Next is the command that applies a plan, Plan the one that shows it.
	Next, Plan string
}

// Make makes an exception for a person: it finds out who that is, shows what the next
// apply would do, asks, and keeps it (S43). The organization is a slug or an id; empty
// is all of them, for a deny.
func (d *Desk) Make(ctx context.Context, e exception.Exception, person, organization string) error {
	r, err := d.plan(ctx, sync.Run{Explain: person})
	if err != nil {
		return err
	}
	if err := identify(&e, r.Explanation); err != nil {
		return err
	}
	if organization != "" {
		if e.Organization, err = organizationOf(r.Plan, organization); err != nil {
			return err
		}
	}
	if err := d.checkKnown(ctx, &e); err != nil {
		return err
	}
	e.Given = time.Now().UTC()
	if r, err = d.plan(ctx, sync.Run{Explain: person, Try: []exception.Exception{e}}); err != nil {
		return err
	}
	if e.Person != (exception.Person{}) {
		e.UserID = accountOf(&e, r.Explanation)
	}
	places := placesOf(&e, r.Explanation)
	if err := refuse(&e, places); err != nil {
		return err
	}
	if err := d.show(&e, r, places, organization); err != nil {
		return err
	}
	if !d.Sure {
		if sure, err := d.Dialogue.Confirm(ctx, "Keep this?"); err != nil || !sure {
			return runner.Declined(ctx, "not confirmed, so nothing was kept")
		}
	}
	if err := d.DB.AddException(ctx, &e); err != nil {
		return err
	}
	_, err = fmt.Fprintln(d.Out, d.next(&e, places, r.Plan))
	return err
}

func (d *Desk) plan(ctx context.Context, run sync.Run) (*sync.Report, error) {
	return d.Session.Reconcile(ctx, run, sync.WithJournal(d.DB, 0))
}

// organizationOf finds an organization that a rule or a row leads to today. A grant
// elsewhere would give nothing (S15).
func organizationOf(p *plan.Plan, name string) (string, error) {
	var known []string
	for i := range p.Organizations {
		o := &p.Organizations[i]
		if !o.IsAccounts() && (o.ID == name || o.Slug == name) {
			return o.ID, nil
		}
		known = append(known, o.Label())
	}
	return "", usage("no rule and no row leads to an organization %q, so an exception there would have no effect%s", name, source.DidYouMean(name, known))
}

// checkKnown refuses a second exception of the same kind for the same person in the
// same organization: nobody could tell which of them holds.
func (d *Desk) checkKnown(ctx context.Context, e *exception.Exception) error {
	list, err := d.DB.Exceptions(ctx)
	if err != nil {
		return err
	}
	for i := range list {
		if k := &list[i]; k.Same(e) && !k.Over(time.Now()) {
			return usage("exception %d is about the same: %s; end it first with rollcall exceptions --end %d", k.ID, k.Text(), k.ID)
		}
	}
	return nil
}

// accountOf is the account that the plan joins the entry to; empty if there is none.
func accountOf(e *exception.Exception, x *explain.Explanation) string {
	for i := range x.Entries {
		if n := &x.Entries[i]; n.Source == e.Person.Source && (n.ID == e.Person.ID || n.Email == e.Person.ID) {
			return n.UserID
		}
	}
	return e.UserID
}

// placesOf are the organizations that an exception is about, as the plan has them.
func placesOf(e *exception.Exception, x *explain.Explanation) []explain.Place {
	return slices.DeleteFunc(slices.Clone(x.Organizations), func(p explain.Place) bool { return !e.In(p.ID) })
}

// refuse says why an exception cannot do what it is for: a role that Clerk does not
// know, a protected person (S19), a person who cannot be told (S02, S06).
func refuse(e *exception.Exception, places []explain.Place) error {
	for i := range places {
		for j := range places[i].Changes {
			switch c := &places[i].Changes[j]; {
			case c.Reasons.Has(plan.UnknownRole), c.SkippedFor() == plan.RoleNotInSet:
				return usage("organization %s has no role %q (its roles: %s)%s", places[i].Label(), c.To, strings.Join(places[i].Roles, ", "), source.DidYouMean(c.To, places[i].Roles))
			case e.Kind == exception.Deny && c.Reasons.Has(plan.Protected):
				return usage("%s is protected (sync.protect), and protection stands above a deny (S19); take the entry out of sync.protect first", e.Address)
			}
		}
	}
	if e.Kind == exception.Grant && !slices.ContainsFunc(places, func(p explain.Place) bool { return p.Wanted == e.Role }) {
		return usage("the grant would give %s nothing%s", e.Address, verdicts(places))
	}
	return nil
}

func verdicts(places []explain.Place) string {
	var out strings.Builder
	for i := range places {
		out.WriteString(": " + places[i].Verdict)
	}
	return out.String()
}

// show prints who it is, what is kept, and what happens.
func (d *Desk) show(e *exception.Exception, r *sync.Report, places []explain.Place, organization string) error {
	what := "keeps out of "
	if e.Kind == exception.Grant {
		what = "gives " + e.Role + " in "
	}
	if organization == "" {
		organization = "all organizations"
	}
	var text strings.Builder
	text.WriteString(escape.Brief(describe(e, r.Explanation)) + "\n" + escape.Brief(fmt.Sprintf("The %s %s%s until %s, in UTC: %s", e.Kind, what, organization, e.Until(), e.Reason)) + "\n")
	for i := range places {
		text.WriteString("With it, " + escape.Brief(places[i].Label()+": "+places[i].Verdict) + "\n")
	}
	if len(places) == 0 {
		text.WriteString("Nothing changes now: there is no membership, and no rule leads to one.\n")
	}
	if d.Session.Config.Sync.Removals == policy.RemovalsNone {
		text.WriteString(underNone[e.Kind])
	}
	_, err := fmt.Fprintf(d.Out, "%s%s\n", text.String(), facts.InstanceLine(r.Plan.Instance))
	return err
}

// underNone is what removals: none means for an exception (S26).
var underNone = map[exception.Kind]string{
	exception.Grant: "Because of removals: none, rollcall removes nobody: the membership stays after the end, and plans note it (S26).\n",
	exception.Deny:  "Because of removals: none, rollcall removes nobody: the deny only keeps out somebody who is no member (S26).\n",
}

package report

import (
	"fmt"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync"
)

// cost says what the plan takes; what was applied says what was sent instead.
func (p *printer) cost() {
	p.queue()
	cost := p.report.Plan.Cost
	if p.report.Applied {
		return
	}
	reads := Count(cost.Reads, "request") + " to read"
	switch cost.Road {
	case clerkapi.InstanceWide:
		reads += " (all memberships of the instance in one list)"
	case clerkapi.PerOrganization:
		reads += " (the memberships of each organization)"
	}
	writes := 0
	for _, c := range cost.Writes {
		writes += c.Calls
	}
	if writes == 0 {
		p.line("Cost: %s, none to write.", reads)
		return
	}
	p.line("Cost: %s, %d to write%s.", reads, writes, duration(cost.Seconds))
}

func (p *printer) queue() {
	if text := queued(p.report.Plan); text != "" {
		p.line("%s", text)
	}
}

// queued says when the last invitation goes out that has to wait; empty when
// none has to.
func queued(plan *sync.Plan) string {
	q := plan.Invitations
	if q == nil {
		return ""
	}
	return fmt.Sprintf("Invitations: %d in this run, %d in later ones, the last at %s if a run comes then; in an hour Clerk takes 250, and 50 times 10 of one organization.",
		q.Now, q.Later, q.Last.Format("2006-01-02 15:04Z"))
}

// requests compares what was sent with the computed minimum. Where the two
// are the same there is nothing to explain.
func (p *printer) requests() {
	r := p.report
	if len(r.Requests) == 0 {
		return
	}
	sent, least := 0, 0
	for _, t := range r.Requests {
		sent, least = sent+t.Sent, least+t.Least
	}
	if sent == least && r.Retries == 0 {
		p.line("Sent: %s, the computed minimum.", Count(sent, "request"))
		return
	}
	p.line("Sent: %s%s; the computed minimum is %d:", Count(sent, "request"), again(r), least)
	for _, t := range r.Requests {
		if t.Sent != t.Least {
			p.line("  %5d instead of %d  %s", t.Sent, t.Least, t.Kind)
		}
	}
}

func again(r *sync.Report) string {
	switch {
	case r.Retries == 0:
		return ""
	case r.TooMany == 0:
		return fmt.Sprintf(", %d of them sent again", r.Retries)
	}
	return fmt.Sprintf(", %d of them sent again, %d because Clerk asked to slow down (429)", r.Retries, r.TooMany)
}

// duration says what the rate limit makes of the writes.
func duration(seconds int) string {
	if seconds == 0 {
		return ""
	}
	return fmt.Sprintf(", which takes %s at least at the configured budget", time.Duration(seconds)*time.Second)
}

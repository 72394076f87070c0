package facts

import (
	"fmt"

	"rollcall/sync/plan"
)

// noticeable is from how many seconds on a plan says how long it takes.
const noticeable = 5

// CostTexts say what was read for one person, and what a person has to wait for.
// Requests are figures for the JSON.
func (p *Facts) CostTexts() []string {
	var out []string
	if text := scopeText(p.Report.Members); text != "" {
		out = append(out, text)
	}
	if text := Queued(p.Report.Plan); text != "" {
		out = append(out, text)
	}
	if seconds := p.Report.Plan.Cost.Seconds; !p.Report.Applied && seconds >= noticeable {
		out = append(out, fmt.Sprintf("Takes at least %s within Clerk's rate limit.", duration(seconds)))
	}
	if n := p.Report.TooMany; n > 0 {
		out = append(out, fmt.Sprintf("Clerk asked %s to slow down (429): something else uses the same key, or the budget is too high.", Count(n, "time")))
	}
	return out
}

// Queued says when the last invitation goes out that has to wait; empty when
// none has to.
func Queued(plan *plan.Plan) string {
	q := plan.Invitations
	if q == nil {
		return ""
	}
	return fmt.Sprintf("Invitations: %s in this run, %s in later ones, the last about %s. Clerk allows 250 an hour, and 50 times 10 in one organization.",
		Number(q.Now), Number(q.Later), q.Last.Format("2006-01-02 15:04Z"))
}

// duration writes seconds as a person says them: 3 min 20 s.
func duration(seconds int) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d h %d min", seconds/3600, seconds%3600/60)
}

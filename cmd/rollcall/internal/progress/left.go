package progress

import (
	"fmt"
	"strconv"
	"time"

	"rollcall/clerkapi"
	"rollcall/sync/plan"
)

// perRequest is how many units one request to Clerk brings.
var perRequest = map[plan.Unit]int{plan.Memberships: clerkapi.PageLimit, plan.Users: 100, plan.Changes: 1}

// left estimates how long a stage still takes: as long as it took for what is
// done, and no less than the rate limit allows. The first requests fit into one
// window and are fast, so the speed alone would promise too much. 0 is unknown.
func left(p plan.Progress, elapsed time.Duration, budget clerkapi.Rate) time.Duration {
	rest := p.Total - p.Done
	per := perRequest[p.Unit]
	if rest <= 0 || per == 0 {
		return 0
	}
	var least, measured time.Duration
	if budget.Requests > 0 {
		requests := max(0, (rest+per-1)/per-budget.Requests)
		least = time.Duration(float64(budget.Window) * float64(requests) / float64(budget.Requests))
	}
	if p.Done > 0 {
		measured = time.Duration(float64(elapsed) * float64(rest) / float64(p.Done))
	}
	return max(least, measured)
}

// seconds is a duration in words that fit a narrow column: "9 s", "1m 32s",
// "2h 05m".
func seconds(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh %02dm", int(d.Hours()), int(d.Minutes())%60)
}

// tenths is a duration that has ended: "0.4 s", and in whole seconds from ten on.
func tenths(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return seconds(d)
}

// rate is how many units were done in a second; empty while nobody can tell.
func rate(done int, elapsed time.Duration) string {
	if done == 0 || elapsed < time.Second {
		return ""
	}
	perSecond := float64(done) / elapsed.Seconds()
	if perSecond < 10 {
		return fmt.Sprintf("%.1f/s", perSecond)
	}
	return thousands(int(perSecond)) + "/s"
}

// thousands writes a number as 48,922.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

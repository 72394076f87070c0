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

// left estimates how long a stage still takes: as long as the rate limit needs for the
// rest. What fits into the first window is fast, so it counts for nothing. The
// estimate depends on what is done and not on the time that has passed: it never
// grows while a call is retried, or while the limit is waited for. Without a limit it
// takes as long as what is done took. 0 is unknown.
func left(p plan.Progress, elapsed time.Duration, budget clerkapi.Rate) time.Duration {
	rest := p.Total - p.Done
	per := perRequest[p.Unit]
	switch {
	case rest <= 0 || per == 0:
		return 0
	case budget.Requests > 0:
		free := max(0, budget.Requests-p.Done/per)
		requests := max(0, (rest+per-1)/per-free)
		return time.Duration(float64(budget.Window) * float64(requests) / float64(budget.Requests))
	case p.Done > 0:
		return time.Duration(float64(elapsed) * float64(rest) / float64(p.Done))
	}
	return 0
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

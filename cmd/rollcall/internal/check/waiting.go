package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// waits warns of everything that the next run leaves waiting, and keeps it for the
// summary: a check without problems does not mean that all changes are made.
func waits(c *Checkup, p *plan.Plan) {
	for i := range c.past.Pauses {
		pause, place, resume := &c.past.Pauses[i], "all organizations", "rollcall resume"
		if pause.Organization != "" {
			place = p.LabelOf(pause.Organization)
			resume += " " + place
		}
		c.warn("waits: %s: paused since %s: %s; to resume: %s (S25)", place, pause.Since.UTC().Format(time.RFC3339), pause.Reason, resume)
		c.wait(place, "paused")
	}
	for i := range p.Holds {
		waitsFor(c, p, &p.Holds[i])
	}
	for i := range c.past.Failing {
		if f := &c.past.Failing[i]; time.Until(f.Until) > 0 {
			at := f.Until.UTC().Format(time.RFC3339)
			c.warn("waits: %s %s failed in %s, so the service retries it at %s: %s; a rollcall apply retries it now", f.Kind, f.Label, facts.Count(f.Failures, "run"), at, f.Reason)
			c.wait(f.Label, "retry at "+at)
		}
	}
}

// waitsFor warns of changes that wait. The name of an organization or a role that does not
// exist is a problem instead.
func waitsFor(c *Checkup, p *plan.Plan, h *plan.Hold) {
	place := "all organizations"
	if h.Organization != "" {
		place = p.LabelOf(h.Organization)
	}
	switch {
	case h.Reason == plan.UnknownOrganization, h.Reason == plan.UnknownRole:
		return
	case h.Approval != "":
		c.warn("waits for approval: %s: %s (%s); rollcall plan shows it", place, h.Text, facts.HoldName(*h))
		c.wait(place, "approval")
	default:
		c.warn("waits: %s%s (%s)", groupPlaces(c.config, h.Missing), h.Text, facts.HoldName(*h))
		c.wait(place, facts.HoldName(*h))
	}
}

// wait keeps a place and why it waits, once.
func (c *findings) wait(place, why string) {
	if text := fmt.Sprintf("%s (%s)", place, why); !slices.Contains(c.waiting, text) {
		c.waiting = append(c.waiting, text)
	}
}

// groupPlaces are the places in the configuration of a group, for the head of a sentence.
func groupPlaces(cfg *config.Config, group string) string {
	if group == "" {
		return ""
	}
	var places []string
	rules, _ := policy.CompileRules(cfg.Rules) // their problems were reported before
	for i := range rules.Rules {
		if slices.ContainsFunc(rules.Rules[i].Selectors, func(s int) bool { return rules.Request.Groups[s].String() == group }) {
			places = append(places, cfg.GroupPlace(i))
		}
	}
	if len(places) == 0 {
		return ""
	}
	return strings.Join(places, ", ") + ": "
}

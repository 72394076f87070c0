package facts

import (
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/plan"
)

// indexHolds sorts the holds by organization. Those that no organization of the
// plan shows are elsewhere.
func (p *Facts) indexHolds() {
	known := map[string]bool{}
	for i := range p.Report.Plan.Organizations {
		known[p.Report.Plan.Organizations[i].ID] = true
	}
	p.Holds = map[string][]plan.Hold{}
	for _, h := range p.Report.Plan.Holds {
		if h.Organization == "" || !known[h.Organization] {
			p.Elsewhere = append(p.Elsewhere, h)
			continue
		}
		p.Holds[h.Organization] = append(p.Holds[h.Organization], h)
	}
}

// elsewhereTitle is the title of a hold of the whole run, or of an organization
// that the plan does not have. A row may name any, so its name begins no line (S35).
func elsewhereTitle(h plan.Hold) string {
	if h.Organization == "" {
		return "The whole run"
	}
	return `Organization "` + escape.Brief(h.Organization) + `"`
}

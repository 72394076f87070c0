package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/source"
	"rollcall/sync"
	"rollcall/sync/plan"
)

// JSON writes a report as indented JSON with a newline at its end: the same
// bytes for the same report. [ReadPlan] takes it back.
func JSON(w io.Writer, r *sync.Report) error {
	if err := escape.JSON(w, r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// maxPlan bounds a plan file; a million changes take about half of it.
const maxPlan = 1 << 30

// ReadPlan reads a plan that was saved with --output json: the whole report or
// the plan alone.
func ReadPlan(in io.Reader) (*plan.Plan, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxPlan+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxPlan {
		return nil, fmt.Errorf("file is larger than %d bytes", maxPlan)
	}
	if data, err = source.PlainText(data); err != nil {
		return nil, fmt.Errorf("file %w", err)
	}
	var whole struct {
		Plan    *plan.Plan `json:"plan"`
		Version *int       `json:"version"`
	}
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("not the JSON of a plan: %w", err)
	}
	p := whole.Plan
	if p == nil {
		if whole.Version == nil {
			return nil, errors.New("not a report or a plan")
		}
		p = &plan.Plan{}
		if err := json.Unmarshal(data, p); err != nil {
			return nil, fmt.Errorf("not the JSON of a plan: %w", err)
		}
	}
	if p.Version != plan.PlanVersion {
		return nil, fmt.Errorf("the plan has version %d, but this rollcall reads version %d: make a new plan", p.Version, plan.PlanVersion)
	}
	return p, nil
}

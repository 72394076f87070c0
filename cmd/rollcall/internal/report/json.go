package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"rollcall/sync"
)

// JSON writes a report as indented JSON with a newline at its end: the same
// bytes for the same report. [ReadPlan] takes it back.
func JSON(w io.Writer, r *sync.Report) error {
	enc := json.NewEncoder(escaped{w})
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// escaped escapes what the encoder writes. The encoder writes a value whole
// and at once, so no rune is ever split; a buffer between the two would hold
// the plan a second time.
type escaped struct{ w io.Writer }

func (e escaped) Write(p []byte) (int, error) {
	if _, err := e.w.Write(escapeJSON(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// maxPlan bounds a plan file; a million changes take about half of it.
const maxPlan = 1 << 30

// ReadPlan reads a plan that was saved with --output json: the whole report or
// the plan alone.
func ReadPlan(in io.Reader) (*sync.Plan, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxPlan+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxPlan {
		return nil, fmt.Errorf("file is larger than %d bytes", maxPlan)
	}
	var whole struct {
		Plan    *sync.Plan `json:"plan"`
		Version *int       `json:"version"`
	}
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, fmt.Errorf("not the JSON of a plan: %w", err)
	}
	plan := whole.Plan
	if plan == nil {
		if whole.Version == nil {
			return nil, errors.New("neither a report nor a plan")
		}
		plan = &sync.Plan{}
		if err := json.Unmarshal(data, plan); err != nil {
			return nil, fmt.Errorf("not the JSON of a plan: %w", err)
		}
	}
	if plan.Version != sync.PlanVersion {
		return nil, fmt.Errorf("plan has version %d, this rollcall reads version %d: make a new plan", plan.Version, sync.PlanVersion)
	}
	return plan, nil
}

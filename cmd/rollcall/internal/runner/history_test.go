package runner

import (
	"testing"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/sync"
	"rollcall/sync/memory"
)

// The history knows from the beginning of a run whether it is about everybody.
func TestHistoryKnowsRunsOfAPart(t *testing.T) {
	for _, run := range []sync.Run{{}, {Only: "ada@corp.example"}, {Organization: "acme"}} {
		s := &Session{Config: &config.Config{}, state: t.TempDir(), deps: Deps{User: func() string { return "root" }}}
		h, err := s.beginHistory(t.Context(), Request{Verb: "serve", Run: run})
		if err != nil {
			t.Fatal(err)
		}
		kept, err := h.db.Run(t.Context(), h.run)
		if part := memory.SummaryOf(kept.Summary).Part; err != nil || part != isPart(run) {
			t.Errorf("%+v: %t, %v", run, part, err)
		}
		h.close()
	}
}

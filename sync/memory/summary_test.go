package memory

import (
	"reflect"
	"testing"
)

// A summary is read as it was written; a run without one has an empty one.
func TestSummaryIsReadAsItWasWritten(t *testing.T) {
	for _, s := range []RunSummary{{By: "ada"}, {By: `"q"`, Why: "schedule", Waiting: 3, Skipped: 1, Problems: []string{"not read"}}, {}} {
		if got := SummaryOf(s.Raw()); !reflect.DeepEqual(got, s) {
			t.Errorf("%+v: %+v", s, got)
		}
	}
	for _, raw := range []string{"", "1", `{"by": 1}`} {
		if got := SummaryOf([]byte(raw)); !reflect.DeepEqual(got, RunSummary{}) {
			t.Errorf("%s: %+v", raw, got)
		}
	}
}

package assign

import (
	"testing"

	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
)

func TestS01ColumnCannotForgeTheMarker(t *testing.T) {
	got := rowMetadata(fake.HR("1 rollcall=forged dept=x").Snapshot.People[0].Attributes)
	if _, ok := got[plan.MarkerKey]; ok || got["dept"] != "x" {
		t.Errorf("row metadata %v", got)
	}
}

package runner

import (
	"testing"

	"rollcall/cmd/rollcall/internal/progress"
	"rollcall/sync/plan"
)

// The service sees how far its run is, and each event is a sign of progress. A run
// by hand has the display alone.
func TestServiceWatchesItsRun(t *testing.T) {
	signs, last := 0, plan.Progress{}
	v := &Service{Progress: func() { signs++ }, Watcher: plan.WatchFunc(func(p plan.Progress) { last = p })}
	event := plan.Progress{Stage: plan.ReadClerk, Unit: plan.Users, Done: 3, Total: 5}
	v.watched(progress.None{}).Watch(event)
	v.Watcher = nil
	v.watched(progress.None{}).Watch(plan.Progress{})
	(*Service)(nil).watched(progress.None{}).Watch(plan.Progress{})
	if signs != 2 || last != event {
		t.Errorf("%d signs, %+v", signs, last)
	}
}

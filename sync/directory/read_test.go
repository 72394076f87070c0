package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/sync/internal/fake"
	"rollcall/sync/plan"
	"rollcall/sync/policy"
)

// meeting is a source that is read only while another one is read.
type meeting struct {
	*fake.Source
	arrive chan<- string
	leave  <-chan struct{}
	want   source.Request
	err    error
}

func (m *meeting) Read(ctx context.Context, want source.Request) (*source.Snapshot, error) {
	m.want = want
	m.arrive <- m.Name()
	<-m.leave
	if m.err != nil {
		return nil, m.err
	}
	return m.Source.Read(ctx, want)
}

// meet makes a reader of two sources that wait for each other.
func meet(t *testing.T) (r *Reader, hr, crm *meeting) {
	t.Helper()
	arrive, leave := make(chan string), make(chan struct{})
	hr = &meeting{Source: fake.HR("1 dan"), arrive: arrive, leave: leave}
	crm = &meeting{Source: fake.HR("7 eve").Named("crm"), arrive: arrive, leave: leave}
	go func() {
		<-arrive
		<-arrive
		close(leave)
	}()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	return &Reader{Rules: &policy.Ruleset{}, Sources: []source.Source{hr, crm}, Now: func() time.Time { return now }}, hr, crm
}

// checkTold wants the stage told when it begins, and then each source with its
// people, or as failed, in the order in which the reads end.
func checkTold(t *testing.T, told []plan.Progress) {
	t.Helper()
	begun := plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 2}
	if len(told) != 3 || told[0] != begun {
		t.Fatalf("told %+v", told)
	}
	for i, p := range told[1:] {
		want := begun
		want.Done, want.Source, want.Failed = i+1, p.Source, p.Source == "crm"
		if p.Source == "hr" {
			want.People = 1
		}
		if p != want || p.Source == told[2-i].Source {
			t.Errorf("told %+v, want %+v", p, want)
		}
	}
}

// Each source is asked for its own people, at the same time as the others; one
// that cannot be read is a failure and nothing more.
func TestSomePeopleMoreAreReadInParallel(t *testing.T) {
	r, hr, crm := meet(t)
	crm.err = errors.New("the disk is gone")
	var told []plan.Progress
	r.Watcher = plan.WatchFunc(func(p plan.Progress) { told = append(told, p) })
	read, err := r.ReadAlso(t.Context(), func(name string) []string { return []string{name + "2", name + "1", name + "2"} })
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(hr.want.Also, []string{"hr1", "hr2"}) || !slices.Equal(crm.want.Also, []string{"crm1", "crm2"}) {
		t.Errorf("asked for %q and %q", hr.want.Also, crm.want.Also)
	}
	if len(read.Failures) != 1 || read.Failures[0].Source != "crm" || read.Failures[0].Text != "the disk is gone" || !read.Failed["crm"] || !read.Directory.Failed["crm"] {
		t.Errorf("failures %+v", read)
	}
	if got := shows(read.Directory); got != "a" {
		t.Errorf("read %q", got)
	}
	checkTold(t, told)
	again := r.Again(read)
	if len(again.Sources) != 1 || again.Sources[0].Name() != "hr" || len(r.Sources) != 2 || !again.Now().Equal(read.Directory.Now) {
		t.Errorf("the second reading is of %d sources", len(again.Sources))
	}
}

// A run that was cancelled while the last source answered has nothing to go on with.
func TestCancelledAfterTheLastAnswer(t *testing.T) {
	r, _, _ := meet(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if read, err := r.Read(ctx); read != nil || !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "read the sources: ") {
		t.Errorf("%v, %v", read, err)
	}
	r, _, _ = meet(t)
	if read, err := r.ReadAlso(ctx, func(string) []string { return nil }); read != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", read, err)
	}
	if read, err := (&Reader{Rules: &policy.Ruleset{}}).Read(t.Context()); read != nil || err == nil {
		t.Errorf("no source at all: %v, %v", read, err)
	}
}

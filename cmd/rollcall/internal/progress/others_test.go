package progress

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report/schematest"
	"rollcall/sync/plan"
)

// play is a run of 3 s, with a wait in it.
func play(d Display) {
	d.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 1})
	time.Sleep(time.Second)
	d.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Done: 1, Total: 1, Source: "hr", People: 300})
	d.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Organizations})
	d.Wait(Wait{For: 2 * time.Second, Limit: budget})
	time.Sleep(2 * time.Second)
	for done := range 301 {
		d.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Done: done, Total: 300, Tally: plan.Tally{Joined: done}})
	}
	d.Stopping()
	d.Close()
}

// The lines are those of the schema, and so few that a program can read them.
func TestJSONLinesAreThoseOfTheSchema(t *testing.T) {
	schematest.Compare(t, "schema.json", &Schema, schematest.OfTypes(t, &Line{}, "rollcall progress: one line of --progress json"))
	schema := schematest.Compile(t, Schema)
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		play(NewLines(&b, budget))
		var got []string
		for line := range strings.Lines(b.String()) {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Error(err)
			}
			got = append(got, strings.TrimSpace(line))
		}
		want := []string{
			`{"version":1,"type":"progress","time":"2000-01-01T00:00:00Z","stage":"read_sources","unit":"sources","done":0,"total":1,"seconds":0}`,
			`{"version":1,"type":"progress","time":"2000-01-01T00:00:01Z","stage":"read_sources","unit":"sources","done":1,"total":1,"seconds":1,"source":"hr","people":300}`,
			`{"version":1,"type":"progress","time":"2000-01-01T00:00:01Z","stage":"read_clerk","unit":"organizations","done":0,"total":0,"seconds":0}`,
			`{"version":1,"type":"waiting","time":"2000-01-01T00:00:01Z","done":0,"total":0,"seconds":2,"reason":"waiting 2 s for Clerk's limit of 90 requests in 10 s","requests":90,"window_seconds":10}`,
			`{"version":1,"type":"progress","time":"2000-01-01T00:00:03Z","stage":"apply","unit":"changes","done":0,"total":300,"seconds":0,"seconds_left":23.3,"changes":{"joined":0,"invited":0,"changed":0,"left":0,"skipped":0,"failed":0}}`,
			`{"version":1,"type":"progress","time":"2000-01-01T00:00:03Z","stage":"apply","unit":"changes","done":300,"total":300,"seconds":0,"changes":{"joined":300,"invited":0,"changed":0,"left":0,"skipped":0,"failed":0}}`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	if !json.Valid(Schema) {
		t.Error("the schema is no JSON")
	}
}

// In the log a short run has no line. A long stage has one a minute, and a wait
// of some seconds one a minute too.
func TestLogOfAShortAndALongRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		d := NewLogged(zap.New(core), budget)
		play(d)
		if logs.Len() > 0 {
			t.Errorf("a short run logged %v", logs.All())
		}
		for done := range 181 {
			if done%10 == 0 {
				d.Wait(Wait{For: 9 * time.Second, Limit: budget})
			}
			d.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Done: done, Total: 1000})
			time.Sleep(time.Second)
		}
		d.Wait(Wait{For: 5 * time.Second, File: "people.csv"})
		var got []string
		for _, e := range logs.All() {
			if e.Level != zap.InfoLevel {
				t.Errorf("%v at %s", e.Message, e.Level)
			}
			got = append(got, e.Message)
		}
		wait := "waiting 9 s for Clerk's limit of 90 requests in 10 s"
		want := []string{wait, wait, "still applying", wait, "still applying", wait, "still applying", "waiting 5 s for people.csv to settle"}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if fields := logs.FilterMessage("still applying").All()[0].ContextMap(); fields["done"] != int64(60) || fields["total"] != int64(1000) || fields["left"] != "1m 41s" {
			t.Errorf("%v", fields)
		}
	})
}

// The time that is left is no shorter than the rate limit allows: what fits in one
// window is fast, and says nothing about the rest.
func TestTimeLeftIsThatOfTheRateLimit(t *testing.T) {
	for _, x := range []struct {
		p       plan.Progress
		elapsed time.Duration
		want    string
	}{
		{plan.Progress{Unit: plan.Changes, Done: 0, Total: 1862}, 0, "3m 17s"},
		{plan.Progress{Unit: plan.Changes, Done: 90, Total: 1862}, 300 * time.Millisecond, "3m 17s"},
		{plan.Progress{Unit: plan.Changes, Done: 931, Total: 1862}, 3 * time.Minute, "1m 43s"},
		{plan.Progress{Unit: plan.Changes, Done: 0, Total: 90}, 0, "0 s"},
		{plan.Progress{Unit: plan.Changes, Done: 90, Total: 90}, time.Minute, "0 s"},
		{plan.Progress{Unit: plan.Memberships, Total: 1_000_000}, 0, "3m 32s"},
		{plan.Progress{Unit: plan.Users, Total: 100_000}, 0, "1m 41s"},
		{plan.Progress{Unit: plan.Changes, Total: 100_000}, 0, "3h 05m"},
		{plan.Progress{Unit: plan.Sources, Done: 1, Total: 2}, time.Hour, "0 s"},
	} {
		if got := seconds(left(x.p, x.elapsed, budget)); got != x.want {
			t.Errorf("%v after %s: %s, want %s", x.p, x.elapsed, got, x.want)
		}
	}
}

// The time that is left never grows: not from one change to the next, and not while
// nothing is done, because a call is retried. Without a limit it is measured.
func TestTimeLeftNeverGrows(t *testing.T) {
	p := plan.Progress{Unit: plan.Changes, Total: 1000}
	before := left(p, 0, budget)
	for p.Done = range p.Total {
		for _, elapsed := range []time.Duration{time.Millisecond, time.Minute, time.Hour} {
			now := left(p, elapsed, budget)
			if now > before {
				t.Fatalf("%d done after %s: %s, was %s", p.Done, elapsed, now, before)
			}
			before = now
		}
	}
	if before > time.Second {
		t.Errorf("at the end: %s", before)
	}
	p.Done = 500
	if got := left(p, time.Minute, clerkapi.Rate{}); got != time.Minute {
		t.Errorf("without a limit: %s", got)
	}
	if p.Done = 0; left(p, time.Minute, clerkapi.Rate{}) != 0 {
		t.Error("nothing is done, and nobody can tell")
	}
}

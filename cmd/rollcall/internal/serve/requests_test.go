package serve

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// mustRequest asks for a run.
func (g *stage) mustRequest(t *testing.T, person string) *Job {
	t.Helper()
	job, err := g.service.Request(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// Requests while a run waits join it; one during a run makes another run, because that
// run may have read already.
func TestRequestsJoinTheRunThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("@every 1h"), &recorded{takes: 10 * time.Second}, LastRun{})
		g.wait(time.Minute)
		first := g.mustRequest(t, "")
		g.wait(time.Second)
		second, third := g.mustRequest(t, ""), g.mustRequest(t, "")
		if first == second || second != third {
			t.Error("a request joins the run that goes on, or not the one that waits")
		}
		<-first.Ended()
		select {
		case <-second.Ended():
			t.Error("the run that waits ends with the one before it")
		default:
		}
		<-second.Ended()
		g.stop(t)
		g.want(t, "1m0s request", "1m10s request")
	})
}

// People wait for their turn, once each, and the schedule is not forgotten, however many
// of them there are.
func TestRequestsForPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("@every 1m"), &recorded{takes: 20 * time.Second}, LastRun{})
		g.wait(50 * time.Second)
		var last *Job
		for _, person := range []string{"ann", "ben", "ann", "cleo", "dora"} {
			last = g.mustRequest(t, person)
		}
		<-last.Ended()
		g.wait(time.Second)
		g.stop(t)
		// The first of the two requests for ann has begun, so the second is a run of its own.
		g.want(t, "50s request ann", "1m10s schedule", "1m30s request ben", "1m50s request ann", "2m10s schedule", "2m30s request cleo", "2m50s request dora", "3m10s schedule")
	})
}

func TestRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("@every 1h"), &recorded{takes: time.Hour}, LastRun{})
		for i := range mostPeople + 1 {
			g.mustRequest(t, fmt.Sprint(i))
		}
		if _, err := g.service.Request(t.Context(), "one more"); !errors.Is(err, ErrTooMany) {
			t.Errorf("%v", err)
		}
		waiting := g.mustRequest(t, "7")
		g.stop(t)
		<-waiting.Ended()
		if waiting.Result().Outcome != "interrupted" {
			t.Errorf("%v", waiting.Result())
		}
	})
}

// A program that asks while the service is stopping, or afterwards, gets an answer at once.
func TestRequestsOfAServiceThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("@every 1h"), &recorded{takes: 5 * time.Second, deaf: true}, LastRun{})
		g.mustRequest(t, "")
		g.cancel()
		synctest.Wait()
		began := time.Now()
		for range 2 {
			for _, person := range []string{"", "ann"} {
				if _, err := g.service.Request(t.Context(), person); !errors.Is(err, ErrStopping) {
					t.Errorf("%v", err)
				}
			}
			if took := time.Since(began); took > 0 {
				t.Errorf("the answer took %s", took)
			}
			g.stop(t)
			began = time.Now()
			g.ended <- nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := g.service.Request(ctx, ""); !errors.Is(err, ErrStopping) {
			t.Errorf("%v", err)
		}
	})
}

// A run that panics ends for whoever has asked for it.
func TestRequestForARunThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t, settings("@every 1h"), &recorded{panics: true}, LastRun{})
		job := g.mustRequest(t, "ann")
		<-job.Ended()
		if job.Result().ExitCode != 1 {
			t.Errorf("%v", job.Result())
		}
		g.stop(t)
	})
}

package notify

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rollcall/clerkapi"
	"rollcall/sync/journal"
)

// eventsOf are the types of the events that came, request by request.
func eventsOf(t *testing.T, requests []request) (types [][]string, ids []string) {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(whsec)
	must(t, err)
	for _, r := range requests {
		must(t, verifier.Verify([]byte(r.body), r.header))
		var e struct {
			Type string
			Data struct{ Events []event }
		}
		must(t, json.Unmarshal([]byte(r.body), &e))
		if e.Type != kindEvents {
			t.Errorf("type %q", e.Type)
		}
		var one []string
		for _, event := range e.Data.Events {
			one = append(one, event.Type)
			ids = append(ids, event.ID)
		}
		types = append(types, one)
	}
	return types, ids
}

func eventsOnly(r *receiver) Config {
	return Config{Events: &Webhook{URL: r.secret(), Secret: clerkapi.NewSecret(whsec)}}
}

// Events go out at least once and in order: what a bad day of the receiver or
// an open change kept back comes later, under the same ids.
func TestEventsAreSentAtLeastOnceFromTheJournal(t *testing.T) {
	dir, r := t.TempDir(), newReceiver(t)
	past(t, dir, "done") // before anybody wanted events
	n, logs := observed(eventsOnly(r), dir)
	n.Begin(t.Context())
	past(t, dir, "done", "done", "failed", "done", "done", "found", "done")
	r.answer(http.StatusBadGateway, http.StatusBadGateway, http.StatusBadGateway)
	n.End(t.Context(), fine())
	first := r.take()
	if lines := complaints(t, logs); len(lines) != 1 || len(first) != maxTries {
		t.Fatalf("complaints %q, %d requests", lines, len(first))
	}
	n.Begin(t.Context())
	n.End(t.Context(), fine())
	got := r.take()
	types, ids := eventsOf(t, got)
	if want := []string{"membership.added", "membership.role_changed", "invitation.sent", "membership.role_changed"}; len(types) != 1 || !slices.Equal(types[0], want) {
		t.Errorf("events %q, want %q", types, want)
	}
	if _, before := eventsOf(t, first[:1]); !slices.Equal(before, ids) || first[0].header.Get("webhook-id") != got[0].header.Get("webhook-id") {
		t.Errorf("ids %q, before %q", ids, before)
	}
	n.End(t.Context(), fine())
	if again := r.take(); len(again) != 0 {
		t.Errorf("sent again: %v", again)
	}
	if lines := complaints(t, logs); len(lines) > 0 {
		t.Error(lines)
	}
}

func TestEventsWaitForWhatIsNotKnownYet(t *testing.T) {
	dir, r := t.TempDir(), newReceiver(t)
	n, _ := observed(eventsOnly(r), dir)
	n.Begin(t.Context())
	past(t, dir, "done", "", "done")
	n.End(t.Context(), fine())
	types, _ := eventsOf(t, r.take())
	if len(types) != 1 || !slices.Equal(types[0], []string{"membership.added"}) {
		t.Fatalf("events %q", types)
	}
	db := openJournal(t, dir)
	open, err := db.Unfinished(t.Context())
	must(t, err)
	must(t, db.Record(t.Context(), []journal.Outcome{{ID: open[0].ID, Result: journal.Done}}))
	n.End(t.Context(), fine())
	types, _ = eventsOf(t, r.take())
	if len(types) != 1 || !slices.Equal(types[0], []string{"membership.role_changed", "membership.removed"}) {
		t.Errorf("events %q", types)
	}
}

func TestManyEventsComeInBatches(t *testing.T) {
	dir, r := t.TempDir(), newReceiver(t)
	n, _ := observed(eventsOnly(r), dir)
	n.Begin(t.Context())
	past(t, dir, slices.Repeat([]string{"done"}, 2*batchSize+5)...)
	n.End(t.Context(), fine())
	types, ids := eventsOf(t, r.take())
	slices.Sort(ids)
	if len(types) != 3 || len(slices.Compact(ids)) != (2*batchSize+5)*4/5 {
		t.Errorf("%d requests, %d events", len(types), len(ids))
	}
}

func TestEventsNeedAJournal(t *testing.T) {
	n, logs := observed(eventsOnly(newReceiver(t)), "")
	n.Begin(t.Context())
	n.End(t.Context(), fine())
	if lines := complaints(t, logs); len(lines) != 1 || !strings.Contains(lines[0], "no state directory") {
		t.Error(lines)
	}
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
}

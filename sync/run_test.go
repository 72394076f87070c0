package sync_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rollcall/clerkapi"
	"rollcall/clerkapi/sandbox"
	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/sync"
	"rollcall/sync/policy"
)

// world is a sandbox behind real HTTP and a CSV file on disk.
type world struct {
	t       *testing.T
	clerk   *sandbox.Server
	client  *clerkapi.Client
	csv     csvfile.Config
	config  policy.Config
	rules   []policy.Rule
	options []sync.Option // of the next run
}

// newWorld starts a sandbox on loopback that holds the seed.
func newWorld(t *testing.T, seed *sandbox.Seed) *world {
	t.Helper()
	if seed.Version == 0 {
		seed.Version = sandbox.SeedVersion
	}
	server, err := sandbox.New(sandbox.Options{SecretKey: "sk_live_test", Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	client, err := clerkapi.New(clerkapi.Config{SecretKey: clerkapi.NewSecret(server.SecretKey()), APIURL: listener.URL,
		Rate: clerkapi.Rate{Requests: 100_000, Window: time.Second}, Budget: "100%"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clerk: server, client: client, config: policy.DefaultConfig()}
	w.config.Removals = policy.RemovalsManaged
	return w
}

// file makes a CSV source of the membership form, or of people with groups
// when the header has a groups column.
func (w *world) file(text string) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.csv.Path = path
}

func (w *world) run(run sync.Run) *sync.Report {
	w.t.Helper()
	report, err := w.try(w.t.Context(), run)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

func (w *world) try(ctx context.Context, run sync.Run) (*sync.Report, error) {
	w.t.Helper()
	w.csv.Settle = new(time.Duration)
	if err := w.csv.Validate(); err != nil {
		w.t.Fatal(err)
	}
	sources := []source.Source{csvfile.Open("hr", w.csv, source.Canaries{}, file.Options{})}
	r, err := sync.New(w.config, w.rules, sources, w.client, w.options...)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(run.Undo) > 0 {
		return r.Undo(ctx, run)
	}
	return r.RunOnce(ctx, run)
}

// members lists an organization's members as the sandbox holds them, by user id.
func (w *world) members(organization string) map[string]sandbox.Membership {
	out := map[string]sandbox.Membership{}
	for _, m := range w.clerk.Snapshot().Memberships {
		if m.OrganizationID == organization {
			out[m.UserID] = m
		}
	}
	return out
}

func marker(owner, source, id string) json.RawMessage {
	raw, err := json.Marshal(map[string]any{"rollcall": map[string]string{"owner": owner, "source": source, "id": id}})
	if err != nil {
		panic(err)
	}
	return raw
}

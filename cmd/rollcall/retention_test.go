package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/sync/journal"
)

// The history forgets runs when the configuration says so, and nothing of the
// last two days (S32).
func TestS32KeepHistory(t *testing.T) {
	server, listening := serveClerk(t, sandbox.Generate(1, 3))
	dir := t.TempDir()
	state := oldState(t, filepath.Join(dir, "state"))
	for _, age := range []time.Duration{400 * time.Hour, 90 * time.Hour, 10 * time.Hour} {
		db, err := journal.Open(t.Context(), state, journal.Options{Now: func() time.Time { return time.Now().Add(-age) }})
		if err != nil {
			t.Fatal(err)
		}
		id, err := db.Begin(t.Context(), journal.Run{Verb: "apply"})
		if err == nil {
			err = db.Finish(t.Context(), id, journal.Run{Outcome: "done"})
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	org := server.Snapshot().Organizations[0].Slug
	for _, x := range []struct {
		keep string
		want int
	}{{"300h", 3}, {"48h", 3}} { // each apply adds one
		writeFiles(t, dir, map[string]string{"key": sandbox.DefaultSecretKey, "people.csv": "id,email,org,role\n1,x@corp.example," + org + ",org:member\n",
			"rollcall.yaml": "clerk: {api_url: \"" + listening + "\", secret_key_file: key}\nsync: {removals: none}\nkeep_history: " + x.keep +
				"\nsources: [{name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, organization: org, role: role}}}]\n"})
		args := []string{"--config", filepath.Join(dir, "rollcall.yaml"), "--state", state}
		rollcall(t, 0, append([]string{"apply"}, args...)...)
		var runs []json.RawMessage
		if err := json.Unmarshal([]byte(rollcall(t, 0, append([]string{"history", "--output", "json"}, args...)...)), &runs); err != nil {
			t.Fatal(err)
		}
		if len(runs) != x.want {
			t.Errorf("keep_history: %s: %d runs are known, want %d", x.keep, len(runs), x.want)
		}
		if err := os.Remove(filepath.Join(dir, "people.csv")); err != nil {
			t.Fatal(err)
		}
	}
}

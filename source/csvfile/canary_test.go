package csvfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/file"
)

func TestS13CanariesOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	must(t, os.WriteFile(path, []byte("id,email,aliases,teams\n1,ann@corp.example,,team\n2,cee@corp.example,c@corp.example,rest;more\n"), 0o600))
	config := &Config{Path: path, Settle: new(time.Duration), Columns: Columns{ID: "id", Email: "email",
		OtherEmails: Cells{Column: "aliases"}, Groups: Cells{Column: "teams", Separator: ";"}}}
	canaries := source.Canaries{People: []string{"Ann@corp.example", "2", "c@corp.example", "3", "zoe@corp.example"}, Groups: []string{"more", "none", "team"}}
	want := []string{"person 3", "person zoe@corp.example", "group none"}
	if diff := cmp.Diff(want, missingIn(t, config, canaries)); diff != "" {
		t.Error(diff)
	}
}

func missingIn(t *testing.T, c *Config, canaries source.Canaries) []string {
	t.Helper()
	snap, err := Open("hr", *c, canaries, file.Options{}).Read(t.Context(), source.Request{Groups: []source.Selector{{Name: "team"}}})
	must(t, err)
	return snap.MissingCanaries
}

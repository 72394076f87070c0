package journal

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rollcall/clerkapi"
)

const plantedLink = "https://accounts.example/tickets/planted"

// linked is a journal with the links of a run: of change 1 and 2, which expires
// sooner, and of a later run's change 3.
func linked(t *testing.T) (db *DB, now *time.Time, dir string) {
	t.Helper()
	at := start
	dir = t.TempDir()
	db = open(t, dir, Options{Now: func() time.Time { return at }})
	ids := intend(t, db, begin(t, db), 2)
	ids = append(ids, intend(t, db, begin(t, db), 1)...)
	for i, id := range ids {
		must(t, db.Record(t.Context(), []Outcome{{ID: id, Result: Done, InvitationID: fmt.Sprint("orginv_", i+1),
			Link: clerkapi.NewSecret(fmt.Sprint(plantedLink, i+1)), LinkExpires: start.Add(time.Duration(3-i) * time.Hour)}}))
	}
	return db, &at, dir
}

// shown are the changes whose links are there.
func shown(t *testing.T, db *DB, run int64) string {
	t.Helper()
	links, err := db.Links(t.Context(), run)
	must(t, err)
	var text strings.Builder
	for i := range links {
		l := &links[i]
		if l.URL.Reveal() != fmt.Sprint(plantedLink, l.Change) || l.InvitationID != fmt.Sprint("orginv_", l.Change) || l.Organization != "org_1" {
			t.Errorf("link %+v: %s", l, l.URL.Reveal())
		}
		fmt.Fprint(&text, l.Change)
	}
	return text.String()
}

func TestLinksAreThoseOfTheirRun(t *testing.T) {
	db, now, _ := linked(t)
	for run, want := range map[int64]string{0: "123", 1: "12", 2: "3", 3: ""} {
		if got := shown(t, db, run); got != want {
			t.Errorf("run %d: %q, want %q", run, got, want)
		}
	}
	*now = start.Add(2 * time.Hour)
	if got := shown(t, db, 0); got != "1" {
		t.Errorf("after two have expired: %q", got)
	}
	// Nothing that reads changes has a link.
	for run := range int64(3) {
		all, err := db.Changes(t.Context(), run)
		must(t, err)
		if text := fmt.Sprintf("%+v", all); bytes.Contains([]byte(text), []byte(plantedLink)) {
			t.Error(text)
		}
	}
}

// A link goes when its invitation is revoked, found to be over, or expired, and when its
// run is forgotten; the others stay. Then no byte of it is in the files.
func TestLinksGoWithTheirInvitations(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(db *DB, now *time.Time) error
		left string
	}{
		"revoked": {func(db *DB, _ *time.Time) error {
			ids, err := db.Intend(t.Context(), 2, []Change{{Action: "revoke_invitation", InvitationID: "orginv_1"}})
			return errors.Join(err, db.Record(t.Context(), []Outcome{{ID: ids[0], Result: Done, EndsInvitation: true}}))
		}, "23"},
		"not revoked": {func(db *DB, _ *time.Time) error {
			ids, err := db.Intend(t.Context(), 2, []Change{{Action: "revoke_invitation", InvitationID: "orginv_1"}, {Action: "revoke_invitation"}})
			return errors.Join(err, db.Record(t.Context(), []Outcome{{ID: ids[0], Result: "failed"}, {ID: ids[1], Result: Done, EndsInvitation: true}}))
		}, "123"},
		"accepted": {func(db *DB, _ *time.Time) error {
			return db.DropLinks(t.Context(), func(l *Link) bool { return l.InvitationID == "orginv_2" })
		}, "13"},
		"expired": {func(db *DB, now *time.Time) error {
			*now = start.Add(2 * time.Hour)
			err := db.DropLinks(t.Context(), func(*Link) bool { return false })
			*now = start
			return err
		}, "1"},
		"forgotten": {func(db *DB, now *time.Time) error {
			*now = start.Add(100 * time.Hour)
			_, err := db.Prune(t.Context(), *now)
			*now = start
			return err
		}, ""},
		"nothing is over": {func(db *DB, _ *time.Time) error {
			return db.DropLinks(t.Context(), func(*Link) bool { return false })
		}, "123"},
	} {
		t.Run(name, func(t *testing.T) {
			db, now, dir := linked(t)
			must(t, c.end(db, now))
			if got := shown(t, db, 0); got != c.left {
				t.Errorf("left %q, want %q", got, c.left)
			}
			must(t, db.Close())
			data := read(t, filepath.Join(dir, fileName))
			for i := 1; i <= 3; i++ {
				kept := bytes.Contains([]byte(c.left), fmt.Append(nil, i))
				if bytes.Contains(data, fmt.Append(nil, plantedLink, i)) != kept {
					t.Errorf("link %d in the file: %v, want %v", i, !kept, kept)
				}
			}
		})
	}
}

// What is written twice keeps its first link.
func TestALinkIsWrittenOnce(t *testing.T) {
	db, _, _ := linked(t)
	must(t, db.Record(t.Context(), []Outcome{{ID: 1, Result: Done, Link: clerkapi.NewSecret("https://another.example")}}))
	if got := shown(t, db, 0); got != "123" {
		t.Error(got)
	}
}

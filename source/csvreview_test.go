package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readReview reads a file in the review form.
func readReview(t *testing.T, text string) (*Snapshot, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "review.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(Config{Name: "review", CSV: &CSVConfig{Path: file, Settle: new(time.Duration),
		Columns: CSVColumns{Organization: "org", UserID: "user", Role: "role", Email: "mail", Decision: "do"}}})
	if err != nil {
		t.Fatal(err)
	}
	return s.Read(t.Context(), Request{Attributes: []string{"department"}})
}

func TestReviewForm(t *testing.T) {
	s, err := readReview(t, "org,user,role,mail,do,more\nb,u2,org:member,x,KEEP,\na,u1,org:admin,=y,remove,1\na,u1,org:admin,=y,Remove,2\na,,org:member,soon@x, keep ,\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range s.Decisions {
		word := "keep"
		if d.Remove {
			word = "remove"
		}
		got = append(got, strings.Join([]string{d.Organization, d.UserID, d.Role, d.Email, word}, " "))
	}
	if diff := cmp.Diff([]string{"a  org:member soon@x keep", "a u1 org:admin =y remove", "b u2 org:member x keep"}, got); diff != "" {
		t.Error(diff)
	}
	if len(s.People)+len(s.Rows)+len(s.Groups) > 0 {
		t.Errorf("a review wants somebody: %+v", s)
	}
}

// Whatever is not clearly keep or remove makes nothing of the file count.
func TestS09UnfinishedReviewIsNotRead(t *testing.T) {
	for name, c := range map[string]struct{ rows, problem string }{
		"empty cell":      {"a,u1,,,remove\na,u2,,,", "3:8: do: is not decided yet"},
		"blank cell":      {"a,u1,,,  ", "2:8: do: is not decided yet"},
		"other word":      {"a,u1,,,yes", `"yes" is neither keep nor remove`},
		"contradiction":   {"a,u1,,,keep\na,u1,,,remove", "contradicts"},
		"no organization": {",u1,,,keep", "org: empty cell"},
		"invisible":       {"a,u\u202e1,,,remove", "has control, bidirectional or invisible characters"},
		"nothing":         {"", "nothing follows the header"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "org,user,role,mail,do\n"
			if c.rows != "" {
				text += c.rows + "\n"
			}
			s, err := readReview(t, text)
			if _, damaged := errors.AsType[*DamageError](err); !damaged || s != nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	}
}

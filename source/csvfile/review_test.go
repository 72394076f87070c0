package csvfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/source"
	"rollcall/source/file"
)

// readReview reads a file in the review form.
func readReview(t *testing.T, text string) (*source.Snapshot, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "review.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open("review", Config{Path: path, Settle: new(time.Duration),
		Columns: Columns{Organization: "org", MembershipID: "member", UserID: "user", Role: "role", Email: "mail", Decision: "do"}}, source.Canaries{}, file.Options{})
	return s.Read(t.Context(), source.Request{Attributes: []string{"department"}})
}

func TestReviewForm(t *testing.T) {
	s, err := readReview(t, "org,member,user,role,mail,do,more\nb,m2,u2,org:member,x,KEEP,\na,m1,u1,org:admin,=y,remove,1\na,m1,u1,org:admin,=y,Remove,2\na,m3,u1,org:admin,=y,keep,\na,,,org:member,soon@x, keep ,\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range s.Decisions {
		word := "keep"
		if d.Remove {
			word = "remove"
		}
		got = append(got, strings.Join([]string{d.Organization, d.MembershipID, d.UserID, d.Role, d.Email, word}, " "))
	}
	if diff := cmp.Diff([]string{"a   org:member soon@x keep", "a m1 u1 org:admin =y remove", "a m3 u1 org:admin =y keep", "b m2 u2 org:member x keep"}, got); diff != "" {
		t.Error(diff)
	}
	if len(s.People)+len(s.Rows)+len(s.Groups) > 0 {
		t.Errorf("a review wants somebody: %+v", s)
	}
}

// Whatever is not clearly keep or remove makes nothing of the file count.
func TestS09UnfinishedReviewIsNotRead(t *testing.T) {
	for name, c := range map[string]struct{ rows, problem string }{
		"empty cell":      {"a,m1,u1,,,remove\na,m2,u2,,,", "3:11: do: is empty"},
		"blank cell":      {"a,m1,u1,,,  ", "2:11: do: is empty"},
		"other word":      {"a,m1,u1,,,yes", `"yes": write keep or remove`},
		"contradiction":   {"a,m1,u1,,,keep\na,m1,u1,,,remove", "contradicts"},
		"two users":       {"a,m1,u1,,,remove\na,m1,u2,,,remove", "contradicts"},
		"no organization": {",m1,u1,,,keep", "org: empty cell"},
		"no membership":   {"a,,u1,,,remove", "2:3: member: empty cell"},
		"no user":         {"a,m1,,,,remove", "2:6: user: empty cell"},
		"invisible":       {"a,m1,u\u202e1,,,remove", "has control, bidirectional or invisible characters"},
		"nothing":         {"", "the file has a header and no rows"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "org,member,user,role,mail,do\n"
			if c.rows != "" {
				text += c.rows + "\n"
			}
			s, err := readReview(t, text)
			if _, damaged := errors.AsType[*source.DamageError](err); !damaged || s != nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	}
}

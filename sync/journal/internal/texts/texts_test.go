package texts

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver
)

// begun is a transaction on a table t in memory, with the rows a and b.
func begun(t *testing.T) *sql.Tx {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "CREATE TABLE t (k TEXT, v TEXT) STRICT; INSERT INTO t VALUES ('a', 'one'), ('b', 'two')"); err != nil {
		t.Fatal(err)
	}
	return tx
}

// The rows are passed on in their order, and may be changed meanwhile. The first error
// ends it.
func TestEach(t *testing.T) {
	for name, x := range map[string]struct {
		query  string
		failAt string
		passed string // what was passed on
		says   string
	}{
		"all rows":               {"SELECT k, v FROM t ORDER BY k", "", "a=one b=two", ""},
		"no rows":                {"SELECT k, v FROM t WHERE k = 'c'", "", "", ""},
		"no such table":          {"SELECT k, v FROM u", "", "", "no such table"},
		"a text that is missing": {"SELECT k, NULL FROM t", "", "", "NULL"},
		"a row that fails":       {"SELECT k, json(CASE k WHEN 'a' THEN '1' ELSE '{' END) FROM t", "", "", "malformed JSON"},
		"the first change fails": {"SELECT k, v FROM t ORDER BY k", "a", "a=one", "not a"},
		"the last change fails":  {"SELECT k, v FROM t ORDER BY k", "b", "a=one b=two", "not b"},
	} {
		tx := begun(t)
		var passed []string
		err := Each(t.Context(), tx, x.query, func(key, text string) error {
			passed = append(passed, key+"="+text)
			if key == x.failAt {
				return errors.New("not " + key)
			}
			_, err := Affected(t.Context(), tx, "DELETE FROM t WHERE k > ?", key)
			return err
		})
		if (err == nil) != (x.says == "") || err != nil && !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v, want %q", name, err, x.says)
		}
		if got := strings.Join(passed, " "); got != x.passed {
			t.Errorf("%s: passed on %q, want %q", name, got, x.passed)
		}
	}
}

func TestAffectedCountsRows(t *testing.T) {
	tx := begun(t)
	var counts []int
	for _, where := range []string{"k = 'c'", "k = 'a'", "true"} {
		n, err := Affected(t.Context(), tx, "UPDATE t SET v = ? WHERE "+where, "three")
		if err != nil {
			t.Fatal(err)
		}
		counts = append(counts, n)
	}
	if !slices.Equal(counts, []int{0, 1, 2}) {
		t.Errorf("%v rows", counts)
	}
	if n, err := Affected(t.Context(), tx, "UPDATE u SET v = ?", "x"); err == nil || n != 0 {
		t.Errorf("no such table: %d, %v", n, err)
	}
}

package terminal

import "testing"

func TestRowsAreThoseOfTheScreen(t *testing.T) {
	for text, want := range map[string]int{"": 0, "a\n": 1, "a": 1, "\n\n": 2, "12345678901\n": 2, "1234567890\n": 1, "\x1b[1m1234567890\x1b[0m\n": 1, "日本日本日\n": 1, "日本日本日本\n": 2} {
		if got := Rows(text, 10); got != want {
			t.Errorf("%q: %d rows, want %d", text, got, want)
		}
	}
}

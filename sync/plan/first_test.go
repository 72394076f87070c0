package plan

import (
	"strings"
	"testing"
)

// A list that is cut names whoever becomes admin, wherever they stand (S43), and counts
// the others.
func TestS43KeepFirst(t *testing.T) {
	changes := []Change{{UserID: "a"}, {UserID: "b", Admin: AdminGained}, {UserID: "c"}, {UserID: "d", Admin: AdminLost}, {UserID: "e", Admin: AdminGained}}
	for most, want := range map[int]struct {
		kept string
		more int
	}{0: {"b e", 3}, 1: {"a b e", 2}, 2: {"a b e", 2}, 3: {"a b c e", 1}, 5: {"a b c d e", 0}, 9: {"a b c d e", 0}} {
		more := 0
		keeps := KeepFirst(most, &more)
		var kept []string
		for i := range changes {
			if keeps(&changes[i]) {
				kept = append(kept, changes[i].UserID)
			}
		}
		if got := strings.Join(kept, " "); got != want.kept || more != want.more {
			t.Errorf("%d: %q and %d more, want %q and %d", most, got, more, want.kept, want.more)
		}
	}
}

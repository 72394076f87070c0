package report

import (
	"strings"
	"testing"
)

// A cell of a file may hold 256 KB; a line of text does not, and no character
// is cut in two.
func TestBriefCutsWhatIsLong(t *testing.T) {
	if got := brief("a\u202eb"); got != `a\u202eb` {
		t.Errorf("short: %q", got)
	}
	got := brief(strings.Repeat("é", 5000))
	if len(got) > 2*longest || !strings.HasSuffix(got, "é… (10000 bytes in all)") {
		t.Errorf("long: %d bytes, %q", len(got), got[max(0, len(got)-40):])
	}
	if got := brief("x" + strings.Repeat("é", 5000)); !strings.HasSuffix(got, "é… (10001 bytes in all)") {
		t.Errorf("cut in the middle of a character: %q", got[max(0, len(got)-40):])
	}
}

package escape

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rollcall/source"
)

// A cell of a file may hold 256 KB; a line of text does not, and no character
// is cut in two.
func TestBriefCutsWhatIsLong(t *testing.T) {
	if got := Brief("a\u202eb"); got != `a\u202eb` {
		t.Errorf("short: %q", got)
	}
	got := Brief(strings.Repeat("é", 5000))
	if len(got) > 2*longest || !strings.HasSuffix(got, "é… (10000 bytes in all)") {
		t.Errorf("long: %d bytes, %q", len(got), got[max(0, len(got)-40):])
	}
	if got := Brief("x" + strings.Repeat("é", 5000)); !strings.HasSuffix(got, "é… (10001 bytes in all)") {
		t.Errorf("cut in the middle of a character: %q", got[max(0, len(got)-40):])
	}
}

func TestS35Escape(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "日本 é": "日本 é", "a\nb": `a\u000ab`, "\x1b[31m": `\u001b[31m`, "\u202e": `\u202e`,
		"\u0085": `\u0085`, "\xff": `\xff`, "\U000e0001": `\udb40\udc01`, "\u2066x\u2069": `\u2066x\u2069`, "": "",
		"ada\u3164": `ada\u3164`, "\u115fada": `\u115fada`, "a\u2800b": `a\u2800b`, "a\uffa0": `a\uffa0`, "a\U0001d159": `a\ud834\udd59`, "\U00013441a": `\ud80d\udc41a`, "\U00013442": `\ud80d\udc42`, "\U00016fe4": `\ud81b\udfe4`, "\ufffc": `\ufffc`, "a\u034f": `a\u034f`,
		"a\u0301": "a\u0301", "a\u0323\u0301b\u0302": "a\u0323\u0301b\u0302", "a\u0301\u0301\u0336\u0301": "a\u0301\u0301" + `\u0336\u0301`, "กี่": "กี่",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// A run of very many blanks, of whatever width, is a number; a few blanks stay as
// they are, and so do all in a file that a program reads (S35).
func TestS35BlanksAreCounted(t *testing.T) {
	for in, want := range map[string]string{
		"a    b": "a    b", "a     b": "a [5 blanks] b", strings.Repeat(" ", 9): " [9 blanks] ", "山田\u3000太郎": "山田\u3000太郎",
		"a" + strings.Repeat("\u00a0\u3000 \u2003", 10) + "b": "a [40 blanks] b", "a      \tb": `a [6 blanks] \u0009b`,
	} {
		if got := Text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if got := Controls(in); got != strings.ReplaceAll(in, "\t", `\u0009`) || Cell(in) != got {
			t.Errorf("%q in a file: %q", in, got)
		}
	}
	if got := Line("a      b\tc\x1b"); got != "a [6 blanks] b\tc\\u001b" {
		t.Errorf("a line: %q", got)
	}
}

func TestS35EscapeLeavesNothingUnsafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		got := Text(s)
		if strings.ContainsFunc(got, source.Unsafe) {
			t.Errorf("%q became %q", s, got)
		}
		if Text(got) != got {
			t.Errorf("%q is escaped twice", got)
		}
	})
}

// A spreadsheet that separates at semicolons sees no formula either, and one
// apostrophe less in each part is the value (S35).
func TestS35CellsBehindASemicolon(t *testing.T) {
	for in, want := range map[string]string{
		"x;=cmd|' /C calc'!A0;": "x;'=cmd|' /C calc'!A0;", "a; -1": "a;' -1", "=1;=2": "'=1;'=2", "';'": "'';''",
		"a\t=1": `a\u0009=1`, "a;b": "a;b", "plain": "plain", "": "",
	} {
		if got := Cell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]bool{"a;=1": true, "a\t@x": true, "a=1": false, "a;b": false, "-": true} {
		if Formula(in) != want {
			t.Errorf("%q is taken for a formula: %t", in, !want)
		}
	}
}

package terminal

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	for name, x := range map[string]struct {
		line          string
		width, indent int
		want          string
	}{
		"fits":                   {"ab cd", 5, 2, "ab cd"},
		"breaks between words":   {"ab cd ef", 5, 2, "ab cd\n  │ ef"},
		"keeps the first indent": {"  ab cd ef", 7, 2, "  ab cd\n  │ ef"},
		"never inside a word":    {"rollcall approve 0123456789abcdef", 10, 2, "rollcall\n  │ approve\n  │ 0123456789abcdef"},
		"without a width":        {"ab cd ef", 0, 2, "ab cd ef"},
		"colours take no room":   {"\x1b[1mab\x1b[0m cd ef", 5, 2, "\x1b[1mab\x1b[0m cd\n  │ ef"},
		"wide letters":           {"日本 語", 6, 1, "日本\n │ 語"},
		"at any kind of blank":   {"ab\u00a0cd\u3000ef\u2003gh", 5, 0, "ab\u00a0cd\n│ ef\n│ gh"},
		"a number and its %":     {"more 30 % ab", 8, 0, "more\n│ 30 %\n│ ab"},
		"several blanks":         {"ab   cd", 4, 0, "ab  \n│ cd"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Wrap(x.line, x.width, x.indent); got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

// A wrapped line has the same words, and only a single word may be too wide.
func TestWrapKeepsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-z@.]{1,30}`), 1, 20).Draw(t, "words"), " ")
		width, indent := rapid.IntRange(10, 80).Draw(t, "width"), rapid.IntRange(0, 6).Draw(t, "indent")
		got := Wrap(line, width, indent)
		if all := strings.ReplaceAll(got, "\n"+strings.Repeat(" ", indent)+continued, " "); all != line {
			t.Fatalf("words differ: %q", got)
		}
		for l := range strings.SplitSeq(got, "\n") {
			if words := strings.Fields(strings.TrimPrefix(strings.TrimLeft(l, " "), continued)); Width(l) > width && len(words) > 1 {
				t.Fatalf("too wide: %q", l)
			}
		}
	})
}

func TestColumns(t *testing.T) {
	got := Columns([]string{"ada", "ben", "cleopatra"}, 22)
	if want := "ada        ben\ncleopatra"; strings.Join(got, "\n") != want {
		t.Errorf("got %q", got)
	}
}

// A wrapped command is what was to be typed, for a shell that reads it.
func TestWrapCommandCanBePasted(t *testing.T) {
	for name, x := range map[string]struct {
		command       string
		width, indent int
		want          string
	}{
		"fits":             {"echo a b", 20, 2, "echo a b"},
		"a pipe":           {"echo a b", 0, 2, "echo a b"},
		"breaks":           {"echo aaaa bbbb", 13, 2, "echo aaaa \\\n    bbbb"},
		"quotes are whole": {`echo 'a b  c' "d e" f`, 10, 0, "echo \\\n  'a b  c' \\\n  \"d e\" \\\n  f"},
		"a quoted quote":   {`echo 'it'\''s  one' 'and  another' f`, 12, 0, "echo \\\n  'it'\\''s  one' \\\n  'and  another' \\\n  f"},
		"a long word":      {"echo 0123456789abcdef", 10, 0, "echo \\\n  0123456789abcdef"},
	} {
		t.Run(name, func(t *testing.T) {
			got := WrapCommand(x.command, x.width, x.indent)
			if got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
			plain, err := exec.Command("sh", "-c", x.command).Output()
			if err != nil {
				t.Fatal(err)
			}
			if pasted, err := exec.Command("sh", "-c", got).Output(); err != nil || string(pasted) != string(plain) {
				t.Errorf("the shell wrote %q, not %q: %v", pasted, plain, err)
			}
		})
	}
}

// A paragraph fills its lines. A word stays whole, and line ends of the text do not count.
func TestParagraph(t *testing.T) {
	for text, want := range map[string]string{
		"ab cd ef":           "ab cd\nef",
		"ab\ncd  ef":         "ab cd\nef",
		"abcdefgh ij":        "abcdefgh\nij",
		"ij abcdefgh":        "ij\nabcdefgh",
		"日本 語":               "日本\n語",
		"":                   "",
		"ab c de fgh ij klm": "ab c\nde\nfgh\nij\nklm",
	} {
		if got := Paragraph(text, 5); got != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

package help

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	source "github.com/yuin/goldmark/text"

	"rollcall/cmd/rollcall/internal/terminal"
)

func render(t *testing.T, topic Topic, width int, color bool) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, topic, Options{Width: width, Style: terminal.Style{On: color}}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Each line fits the terminal, except for commands and files, which stand as they
// are. Those are no longer than a line of crontab, which cannot be continued.
func TestTopicsFitTheTerminal(t *testing.T) {
	for _, topic := range Topics() {
		for width, most := range map[int]int{20: 60, 60: 60, 80: 80, 100: 100, 200: 100} {
			for line := range strings.Lines(render(t, topic, width, true)) {
				w := text.StringWidthWithoutEscSequences(strings.TrimSuffix(line, "\n"))
				if code := strings.HasPrefix(line, "    "); !code && w > most || w > 110 {
					t.Errorf("%s at %d columns: %d columns: %s", topic.Name, width, w, line)
				}
			}
		}
	}
}

// Whatever a topic says is on the screen: no word is lost at any width, and no
// mark of Markdown is left.
func TestNoWordIsLost(t *testing.T) {
	letters := regexp.MustCompile(`[^\pL\pN]+`)
	for _, topic := range append(Topics(), Rules()...) {
		want := map[string]int{}
		for word := range strings.FieldsSeq(letters.ReplaceAllString(plainText(t, topic.Text), " ")) {
			want[word]++
		}
		for _, width := range []int{60, 80, 100} {
			shown := render(t, topic, width, false)
			got := map[string]int{}
			for word := range strings.FieldsSeq(letters.ReplaceAllString(shown, " ")) {
				got[word]++
			}
			for word, n := range want {
				if got[word] < n {
					t.Errorf("%s at %d columns: %q is there %d times, not %d", topic.Name, width, word, got[word], n)
				}
			}
			for _, mark := range []string{"**", "](", "```", "\x00", "\x01", "\u00a0"} {
				if strings.Contains(shown, mark) {
					t.Errorf("%s shows %q", topic.Name, mark)
				}
			}
		}
	}
}

// plainText is what goldmark, which knows all of Markdown, finds in a text. It
// fails the test where a topic has what the renderer does not know.
func plainText(t *testing.T, markdown string) string {
	t.Helper()
	data := []byte(markdown)
	var b strings.Builder
	root := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(source.NewReader(data))
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Segment.Value(data))
			b.WriteString(" ")
		case *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				b.Write(line.Value(data))
			}
		case *ast.Document, *ast.Heading, *ast.Paragraph, *ast.TextBlock, *ast.List, *ast.ListItem, *ast.CodeSpan, *ast.Emphasis, *ast.String,
			*ast.Link, *ast.AutoLink, *tables.Table, *tables.TableHeader, *tables.TableRow, *tables.TableCell:
		default:
			t.Errorf("the renderer does not know %s: %.60s", n.Kind(), markdown)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each topic begins with its title and a summary, which is short enough for the
// overview.
func TestTopicsHaveTitles(t *testing.T) {
	if n := len(Topics()); n < 17 {
		t.Errorf("%d topics", n)
	}
	for _, topic := range Topics() {
		if topic.Title == "" || topic.Summary == "" || len(topic.Summary) > 60 || strings.HasSuffix(topic.Summary, ".") {
			t.Errorf("%s: title %q, summary %q", topic.Name, topic.Title, topic.Summary)
		}
	}
	if rules := Rules(); len(rules) != 43 || rules[42].Name != "S43" {
		t.Errorf("%d rules", len(rules))
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{"ldap": "ldap", "LDAP": "ldap", "S17": "S17", "s17": "S17", "S44": "", "S1": "", "": "", "topics/ldap": ""} {
		if got, ok := Find(name); got.Name != want || ok != (want != "") {
			t.Errorf("%q gives %q", name, got.Name)
		}
	}
	first, _ := Find("S01")
	if strings.Contains(first.Text, "S02") || !strings.Contains(first.Text, "What to do") {
		t.Errorf("S01 is\n%s", first.Text)
	}
	last, _ := Find("S08") // a heading of the next part follows
	if strings.Contains(last.Text, "What counts as read") {
		t.Errorf("S08 is\n%s", last.Text)
	}
}

func TestCommand(t *testing.T) {
	got, ok := Command("rollcall config check")
	if !ok || !strings.HasPrefix(got.Short, "Check ") || !strings.HasPrefix(got.Long, "check reads ") || strings.Contains(got.Long, "`\n") ||
		got.Example != "  rollcall config check --config /etc/rollcall/rollcall.yaml" {
		t.Errorf("got %+v", got)
	}
	if got, _ := Command("rollcall history"); strings.Count(got.Example, "\n  rollcall ") != 3 {
		t.Errorf("got %+v", got)
	}
	if _, ok := Command("rollcall nothing"); ok {
		t.Error("a command without a text has one")
	}
}

func TestRender(t *testing.T) {
	const markdown = "# Title: summary\n\nOne `two words` and **three**, [four](guards.md), [S17](safety.md#s17-x), [x](https://x.example).\n" +
		"still the same\n\n- an item that goes on for more than sixty columns, so that it has a second line\n1. first\n\n" +
		"```yaml people.yaml\na:  1\n```\n\n| key | meaning |\n|---|---|\n| `a\\|b` | c |\n"
	want := `Title: summary

One ` + "`two words`" + ` and three, four (` + "`rollcall help guards`" + `),
` + "`rollcall help S17`" + `, x (https://x.example). still the same

- an item that goes on for more than sixty columns, so that
  it has a second line
1. first

  people.yaml:
    a:  1

key    meaning
` + "`a|b`" + `  c
`
	if got := RenderText(markdown, Options{Width: 60}); got != want {
		t.Errorf("got\n%s", got)
	}
	colored := RenderText("`code` and **bold**", Options{Width: 60, Style: terminal.Style{On: true}})
	if colored != "\x1b[32mcode\x1b[0m and \x1b[1mbold\x1b[0m\n" {
		t.Errorf("got %q", colored)
	}
}

// A man page has a name and a summary in its first section, and refers to other
// pages instead of files.
func TestMan(t *testing.T) {
	for _, topic := range Topics() {
		page := Man(topic)
		begin := fmt.Sprintf("# NAME\nrollcall-%s - %s\n", topic.Name, topic.Summary)
		if !strings.HasPrefix(page, begin) || strings.Contains(page, ".md)") || strings.Contains(page, "\n|") {
			t.Errorf("the page of %s is\n%.300s", topic.Name, page)
		}
	}
	got := Man(Topic{Name: "x", Summary: "y", Text: "# X: y\nSee [guards](guards.md), [S17](safety.md#s17-x).\n| a | b |\n|---|---|\n| c | d |\n"})
	want := "# NAME\nrollcall-x - y\n\n# DESCRIPTION\nSee **rollcall-guards(7)**, S17 in **rollcall-safety(7)**.\nc\n: d\n\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}

func TestColumns(t *testing.T) {
	got := Columns([][2]string{{"plan", "a text that is longer than what fits into the line of a narrow terminal"}}, Options{Width: 60})
	want := []string{"  plan             a text that is longer than what fits into", "                   the line of a narrow terminal", ""}
	if !slices.Equal(strings.Split(got, "\n"), want) {
		t.Errorf("got\n%s", got)
	}
}

// The program of a release names its own version in the names of files. Another build
// leaves the word that the files of the topics have, and no topic has a version of its own.
func TestTopicsNameTheVersion(t *testing.T) {
	topic, _ := Find("service")
	const name = "rollcall_VERSION-1_amd64.deb"
	if !strings.Contains(topic.Text, name) || nameVersion(topic.Text, "") != topic.Text {
		t.Errorf("without a release, the topic does not say %s", name)
	}
	filled := nameVersion(topic.Text, "0.3.0")
	if !strings.Contains(filled, "rollcall_0.3.0-1_amd64.deb") || !strings.Contains(filled, "rollcall:0.3.0") || strings.Contains(filled, "VERSION") {
		t.Error("the version is not filled in")
	}
	fixed := regexp.MustCompile(`rollcall[-_:]v?\d+\.\d+\.\d+`)
	for _, topic := range Topics() {
		if found := fixed.FindString(topic.Text); found != "" {
			t.Errorf("the topic %s has a version that nobody changes: %s", topic.Name, found)
		}
	}
}

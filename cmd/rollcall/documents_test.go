package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/help"
	"rollcall/cmd/rollcall/internal/runner"
)

const topicsDir = "internal/help/topics"

// documents are the README and the topics, by their paths.
func documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{readmeFile: read(t, readmeFile)}
	for _, topic := range help.Topics() {
		all[filepath.Join(topicsDir, topic.Name+".md")] = topic.Text
	}
	return all
}

var markdownLink = regexp.MustCompile(`\]\(([^)]+)\)`)

// Each relative link of a document leads to a file, and to a heading in it.
func TestLinksResolve(t *testing.T) {
	all := documents(t)
	for _, file := range []string{contributingFile, "../../.github/SECURITY.md", "../../.github/CHANGELOG.md", "../../.github/DEPENDENCIES.md", "../../deploy/README.md", "testdata/script/README.md"} {
		all[file] = read(t, file)
	}
	found := 0
	for file, text := range all {
		for _, m := range markdownLink.FindAllStringSubmatch(block.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			found++
			to, section, _ := strings.Cut(m[1], "#")
			target := filepath.Join(filepath.Dir(file), to)
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", file, err)
			} else if section != "" && !slices.Contains(anchors(read(t, target)), section) {
				t.Errorf("%s: there is no #%s in %s", file, section, target)
			}
		}
	}
	if found < 60 {
		t.Errorf("%d links were found", found)
	}
}

// anchors are the names that headings have in links.
func anchors(text string) []string {
	var names []string
	drop := regexp.MustCompile(`[^a-z0-9 -]`)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		names = append(names, strings.ReplaceAll(drop.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return names
}

// commandTree is the command line without a process.
func commandTree() *cobra.Command {
	root := newRoot(&app{lookup: os.LookupEnv, log: zap.NewNop()})
	root.SilenceErrors = true
	return root
}

// eachCommand calls do for each command that help shows.
func eachCommand(c *cobra.Command, do func(*cobra.Command)) {
	if c.Hidden {
		return
	}
	do(c)
	for _, below := range c.Commands() {
		eachCommand(below, do)
	}
}

var inlineCode = regexp.MustCompile("`([^`\n]+)`")

// Each command of rollcall that a document or a help page names exists, and takes
// these arguments and flags.
func TestNamedCommandsExist(t *testing.T) {
	found := 0
	check := func(where, line string) {
		if words := commandWords(line); words != nil {
			found++
			if err := checkCommand(words); err != nil {
				t.Errorf("%s: %s: %v", where, line, err)
			}
		}
	}
	for file, text := range documents(t) {
		for _, b := range block.FindAllStringSubmatch(text, -1) {
			for line := range strings.Lines(b[3]) {
				check(file, line)
			}
		}
		for _, m := range inlineCode.FindAllStringSubmatch(block.ReplaceAllString(text, ""), -1) {
			check(file, m[1])
		}
	}
	eachCommand(commandTree(), func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			check(c.CommandPath(), line)
		}
		for _, m := range inlineCode.FindAllStringSubmatch(c.Long, -1) {
			check(c.CommandPath(), m[1])
		}
	})
	if found < 150 {
		t.Errorf("%d commands were found", found)
	}
	for _, wrong := range []string{"rollcall plna", "rollcall plan --outptu html", "rollcall plan today", "rollcall help gards"} {
		if checkCommand(commandWords(wrong)) == nil {
			t.Errorf("nobody notices %s", wrong)
		}
	}
}

var shellWord = regexp.MustCompile(`"([^"]*)"|'([^']*)'|[^\s"']+`)

// commandWords are the arguments of rollcall in a line of a shell; nil where the
// line runs something else.
func commandWords(line string) []string {
	line = comment.ReplaceAllString(strings.TrimSpace(line), "")
	if i := strings.Index(line, "-- rollcall "); i >= 0 {
		line = line[i+len("-- "):]
	}
	name, rest, _ := strings.Cut(line, " ")
	if name != "rollcall" && name != "rollcall-as-service" || rest == "" {
		return nil
	}
	if name == "rollcall-as-service" {
		rest = strings.TrimPrefix(rest, "sales ") // the instance that documents name
	}
	words := []string{}
	for _, m := range shellWord.FindAllStringSubmatch(rest, -1) {
		switch word := m[1] + m[2]; {
		case m[0] == "&", m[0] == ">":
			return words
		case word != "":
			words = append(words, word)
		default:
			words = append(words, m[0])
		}
	}
	return words
}

// checkCommand parses a command without running it.
func checkCommand(words []string) error {
	root := commandTree()
	c, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return nil // a text names the command alone
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	args := c.Flags().Args()
	if c.Name() == "help" && len(args) == 1 && args[0] != strings.ToUpper(args[0]) && !slices.Contains(helpWords(root), args[0]) {
		return fmt.Errorf("help does not know %s", args[0])
	}
	return c.ValidateArgs(args)
}

const mostSummary = 80

// Each command has a summary and an example in its help, and stands in a document.
func TestEachVerbIsDocumented(t *testing.T) {
	var text strings.Builder
	for _, document := range documents(t) {
		text.WriteString(document)
	}
	eachCommand(commandTree(), func(c *cobra.Command) {
		if !strings.Contains(c.Example, "  "+c.CommandPath()) || c.Short == "" || len(c.Short) > mostSummary {
			t.Errorf("%s: example %q, summary %q", c.CommandPath(), c.Example, c.Short)
		}
		if !regexp.MustCompile(`\b` + c.CommandPath() + `\b`).MatchString(text.String()) {
			t.Errorf("%s stands in no document", c.CommandPath())
		}
	})
}

// Each key of the configuration is explained in a topic.
func TestEachKeyIsDocumented(t *testing.T) {
	var code strings.Builder
	for file, text := range documents(t) {
		if file == readmeFile {
			continue
		}
		for _, b := range block.FindAllStringSubmatch(text, -1) {
			code.WriteString(b[3] + "\n")
		}
		for _, m := range inlineCode.FindAllStringSubmatch(block.ReplaceAllString(text, ""), -1) {
			code.WriteString(m[1] + "\n")
		}
	}
	for _, key := range yamlKeys(reflect.TypeFor[config.Config](), map[reflect.Type]bool{}) {
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(key) + `\b`).MatchString(code.String()) {
			t.Errorf("no topic names the key %q", key)
		}
	}
}

// The topic has all exit codes, in the order of their precedence, and no other
// help page has them.
func TestExitCodesAreDocumentedOnce(t *testing.T) {
	topic, _ := help.Find("exit-codes")
	var codes []int
	for _, m := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(topic.Text, -1) {
		code, _ := strconv.Atoi(m[1]) // digits, by the pattern
		codes = append(codes, code)
	}
	if want := runner.ExitCodes(); !slices.Equal(codes, want) {
		t.Errorf("the topic has %v, and the program %v", codes, want)
	}
	eachCommand(commandTree(), func(c *cobra.Command) {
		if strings.Contains(c.Long, "130") {
			t.Errorf("%s says the exit codes again", c.CommandPath())
		}
	})
}

// A command and a topic never have the same name: help would hide one of them.
func TestTopicsAndCommandsHaveDifferentNames(t *testing.T) {
	words := helpWords(commandTree())
	slices.Sort(words)
	if unique := slices.Compact(slices.Clone(words)); len(unique) != len(words) {
		t.Errorf("a name is there twice: %v", words)
	}
}

// Each text of a command belongs to a command.
func TestTextsOfCommandsBelongToOne(t *testing.T) {
	files, err := filepath.Glob("internal/help/commands/*.md")
	if err != nil {
		t.Fatal(err)
	}
	described := 0
	eachCommand(commandTree(), func(c *cobra.Command) {
		if _, ok := help.Command(c.CommandPath()); ok {
			described++
		}
	})
	if described != len(files) || described < 20 {
		t.Errorf("%d files, %d commands that have one", len(files), described)
	}
}

package config

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/lexer"

	"rollcall/.ci/suite"
)

// mostParsed is how many megabytes a text of a few hundred kilobytes may take before
// it is refused; the parser itself took gigabytes.
const mostParsed = 200

// What nests without end is refused at once, however it is written.
func TestNestingIsBoundedBeforeTheParser(t *testing.T) {
	suite.OneGoroutine(t)
	for name, text := range map[string]string{
		"brackets":       strings.Repeat("[", 100_000),
		"braces":         strings.Repeat("{a: ", 100_000),
		"in lines":       strings.Repeat("[\n", 100_000),
		"dashes":         strings.Repeat("- ", 50_000) + "a",
		"question marks": strings.Repeat("? ", 50_000) + "a",
		"behind quotes":  "a: it's\nb: 'x'''\nc: \"\\\"\"\nd: " + strings.Repeat("[", 1000),
		"behind a hash":  "a: b#c\nd: " + strings.Repeat("[ ", 1000),
		"indented":       steps(400),
		// What hid brackets from a count that read the text and not the tokens.
		"beside a quote in a word": "a: " + strings.Repeat("[a ' , ", 50_000),
		"behind a dash in a word":  "a: " + strings.Repeat("[a-' , ", 50_000),
		"closed in quotes":         "a: [ \"\n" + strings.Repeat(" ] \", [ \"\n", 50_000),
		"closed in a comment":      "a: \n" + strings.Repeat(" [ #]\n", 50_000),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := parse([]byte(text))
		runtime.ReadMemStats(&after)
		if e, ok := errors.AsType[*yamlError](err); !ok || !strings.Contains(e.problem, "is nested too deeply") && !strings.Contains(e.problem, "too many nested brackets") {
			t.Errorf("%s: %v", name, err)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > mostParsed {
			t.Errorf("%s takes %d MB", name, took)
		}
	}
	for name, text := range map[string]string{
		"an anchor": "a: &x " + strings.Repeat("[", 100_000),
		"anchors":   "a: " + strings.Repeat("[&x ", 100_000),
		"a tag":     "a: !t " + strings.Repeat("[", 100_000),
		"tags":      "- " + strings.Repeat("!t ", 100_000),
		"an alias":  "a: &x b\nc: *x\n",
	} {
		if _, err := parse([]byte(text)); err == nil || !strings.Contains(err.Error(), "anchors, aliases and tags are not supported") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"patterns":      strings.Repeat("- match: team-[a-z]+[\n- 'it''s ['\n- \"[\\\"[\"\n", 200),
		"comments":      strings.Repeat("# [[[ {{{\na: b # [[[\n", 1) + strings.Repeat("# [\n", 200),
		"lists of one":  strings.Repeat("- [a, {b: [c]}]\n", 200),
		"some steps":    steps(40),
		"open in words": "a: x[[[[\n",
	} {
		if err := errors.Join(checkIndent([]byte(text)), checkBrackets(lexer.Tokenize(text))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// steps are mappings in mappings.
func steps(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

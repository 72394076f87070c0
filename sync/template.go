package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A template is text with placeholders in braces; {{ and }} stand for the
// braces themselves (S36). What a placeholder can say:
//
//	{department}                          the value, as text; several values are a list
//	{department|ou|'none'}                the first that has a value; text stands in quotes
//	{cost_center as number}               as boolean (true, yes, 1; false, no, 0)
//	{skills as list by ';'}               a list, also of one; by splits each value
//	{employment = 'contractor'}           true or false; != is the opposite
//	{employment = 'contractor' ? 'x' : y} one or the other; without : nothing
//	{manager ? 'yes' : 'no'}              whether there is a value
//
// A quote in a text is written twice. There is no more to it on purpose: what
// needs a program belongs into the export.
type template struct {
	parts []part
	// at is where the template stands below its rule, for messages.
	at string
}

// part is a literal, or a placeholder.
type part struct {
	text string
	expr *expression
}

// expression is what stands between braces.
type expression struct {
	test *test
	// then and otherwise are alternatives in turn. A test without then is a
	// value itself: true or false.
	then, otherwise []term
	as              conversion
	by              string
}

// test asks whether a name has a value, or has this one.
type test struct {
	name string
	op   string // "", = or !=
	text string
}

// term is a name to look up, or a text.
type term struct {
	text string
	name bool
}

// conversion says what a value becomes; the zero value leaves it as it is.
type conversion string

const (
	asNumber  conversion = "number"
	asBoolean conversion = "boolean"
	asList    conversion = "list"
)

// parseTemplate refuses braces that do not pair, and placeholders that say
// nothing that could be done.
func parseTemplate(s string) (template, error) {
	var t template
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.parts = append(t.parts, part{text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "{{"), strings.HasPrefix(s[i:], "}}"):
			literal.WriteByte(s[i])
			i++
		case s[i] == '}':
			return template{}, fmt.Errorf("%q has a } without a {; write }} for a brace", s)
		case s[i] == '{':
			end := closing(s[i+1:])
			if end < 0 {
				return template{}, fmt.Errorf("%q has a { that is never closed; write {{ for a brace", s)
			}
			x, err := parseExpression(s[i+1 : i+1+end])
			if err != nil {
				return template{}, fmt.Errorf("%s: %w", s[i:i+2+end], err)
			}
			flush()
			t.parts = append(t.parts, part{expr: x})
			i += end + 1
		default:
			literal.WriteByte(s[i])
		}
	}
	flush()
	return t, t.check()
}

// closing finds the brace that ends a placeholder; quoted ones do not count.
func closing(s string) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '\'':
			quoted = !quoted
		case s[i] == '}' && !quoted:
			return i
		}
	}
	return -1
}

// check refuses what makes no text beside other text.
func (t template) check() error {
	if len(t.parts) < 2 {
		return nil
	}
	for _, p := range t.parts {
		switch {
		case p.expr == nil:
		case p.expr.as != "":
			return fmt.Errorf("%s: as %s makes no text, so the placeholder must stand alone", p, p.expr.as)
		case p.expr.then == nil:
			return fmt.Errorf("%s: a comparison is true or false, so it must stand alone; write %s ? 'one' : 'other'", p, p.expr.test)
		}
	}
	return nil
}

// names lists what the template looks up, each as often as it stands there.
func (t template) names() []string {
	var names []string
	for _, p := range t.parts {
		if p.expr != nil {
			names = append(names, p.expr.names()...)
		}
	}
	return names
}

func (x *expression) names() []string {
	var names []string
	if x.test != nil {
		names = append(names, x.test.name)
	}
	for _, t := range slices.Concat(x.then, x.otherwise) {
		if t.name {
			names = append(names, t.text)
		}
	}
	return names
}

// lone is the placeholder that a template consists of; nil for any other.
func (t template) lone() *expression {
	if len(t.parts) == 1 {
		return t.parts[0].expr
	}
	return nil
}

// String writes a template so that it reads back as the same.
func (t template) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.String())
	}
	return b.String()
}

func (p part) String() string {
	if p.expr == nil {
		return strings.NewReplacer("{", "{{", "}", "}}").Replace(p.text)
	}
	return "{" + p.expr.String() + "}"
}

func (x *expression) String() string {
	text := termsText(x.then)
	if x.test != nil {
		text = x.test.String()
		if x.then != nil {
			text += " ? " + termsText(x.then)
		}
		if x.otherwise != nil {
			text += " : " + termsText(x.otherwise)
		}
	}
	if x.as != "" {
		text += " as " + string(x.as)
	}
	if x.by != "" {
		text += " by " + quoted(x.by)
	}
	return text
}

func (t *test) String() string {
	if t.op == "" {
		return t.name
	}
	return t.name + " " + t.op + " " + quoted(t.text)
}

func termsText(terms []term) string {
	var list []string
	for _, t := range terms {
		if t.name {
			list = append(list, t.text)
		} else {
			list = append(list, quoted(t.text))
		}
	}
	return strings.Join(list, "|")
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

var errNamesNothing = errors.New("names nothing; write {{ for a brace")

package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Template is text with placeholders in braces; {{ and }} stand for the braces
// themselves (S36).
// A placeholder can be:
//
//	{department}                          the value, as text; several values are a list
//	{department|ou|'none'}                the first that has a value; text stands in quotes
//	{cost_center as number}               as boolean (true, yes, 1; false, no, 0)
//	{skills as list by ';'}               a list, also of one; by splits each value
//	{employment = 'contractor'}           true or false; != is the opposite
//	{employment = 'contractor' ? 'x' : y} one or the other; without : nothing
//	{manager ? 'yes' : 'no'}              whether there is a value
//
// A quote in a text is written twice. More than this belongs in the program that
// makes the export.
type Template struct {
	parts []part
	// At is where the template stands below its rule, for messages.
	At string
}

// part is a literal, or a placeholder.
type part struct {
	text string
	expr *Expression
}

// Expression is the content of a placeholder.
type Expression struct {
	test *condition
	// then and otherwise list alternatives in order. A test without then is itself
	// the value: true or false.
	then, otherwise []term
	As              Conversion
	by              string
}

// condition tests whether a name has a value, or has one particular value.
type condition struct {
	name string
	op   string // "", = or !=
	text string
}

// term is a name to look up, or a text.
type term struct {
	text string
	name bool
}

// Conversion is the type of the value; the zero value keeps the text.
type Conversion string

// The types.
const (
	asNumber  Conversion = "number"
	asBoolean Conversion = "boolean"
	asList    Conversion = "list"
)

// parseTemplate refuses braces that do not pair, and placeholders without a
// meaning.
func parseTemplate(s string) (Template, error) {
	var t Template
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
			return Template{}, fmt.Errorf("%q has a } without a {; to write a brace, double it: }}", s)
		case s[i] == '{':
			end := closingBrace(s[i+1:])
			if end < 0 {
				return Template{}, fmt.Errorf("%q has a { without a }; to write a brace, double it: {{", s)
			}
			x, err := parseExpression(s[i+1 : i+1+end])
			if err != nil {
				return Template{}, fmt.Errorf("%s: %w", s[i:i+2+end], err)
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

// closingBrace finds the brace that ends a placeholder. Quoted braces do not
// count.
func closingBrace(s string) int {
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

// check refuses placeholders that make no text and do not stand alone.
func (t Template) check() error {
	if len(t.parts) < 2 {
		return nil
	}
	for _, p := range t.parts {
		switch {
		case p.expr == nil:
		case p.expr.As != "":
			return fmt.Errorf("%s: as %s does not give a text, so the value must be this placeholder and nothing else", p, p.expr.As)
		case p.expr.then == nil:
			return fmt.Errorf("%s: a comparison gives true or false, so the value must be this placeholder and nothing else; for a text, write %s ? 'one' : 'other'", p, p.expr.test)
		}
	}
	return nil
}

// Names lists the names that the template looks up, as often as they occur.
func (t Template) Names() []string {
	var names []string
	for _, p := range t.parts {
		if p.expr != nil {
			names = append(names, p.expr.names()...)
		}
	}
	return names
}

func (x *Expression) names() []string {
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

// Placeholder is the expression of a template that consists of one placeholder;
// nil for any other.
func (t Template) Placeholder() *Expression {
	if len(t.parts) == 1 {
		return t.parts[0].expr
	}
	return nil
}

// String writes a template so that it parses to the same.
func (t Template) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.String())
	}
	return b.String()
}

// String writes a part as it stands in a template.
func (p part) String() string {
	if p.expr == nil {
		return strings.NewReplacer("{", "{{", "}", "}}").Replace(p.text)
	}
	return "{" + p.expr.String() + "}"
}

// String writes an expression without its braces.
func (x *Expression) String() string {
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
	if x.As != "" {
		text += " as " + string(x.As)
	}
	if x.by != "" {
		text += " by " + quoted(x.by)
	}
	return text
}

// String writes a condition as it stands in an expression.
func (t *condition) String() string {
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

var errNamesNothing = errors.New("a name is missing; to write a brace, double it: {{")

package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// token is a word of an expression: an operator, a quoted text, or a name.
type token struct {
	kind byte // one of | ? : = ! for operators (! is !=), ' for a text, n for a name, 0 at the end
	text string
}

// tokens splits an expression. Names may contain spaces, as the headings of
// files do.
func tokens(s string) ([]token, error) {
	var list []token
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		switch {
		case s[0] == '\'':
			text, rest, ok := cutQuoted(s[1:])
			if !ok {
				return nil, errors.New("a quote is never closed")
			}
			list, s = append(list, token{'\'', text}), rest
		case strings.HasPrefix(s, "!="):
			list, s = append(list, token{'!', "!="}), s[2:]
		case strings.IndexByte("|?:=", s[0]) >= 0:
			list, s = append(list, token{s[0], s[:1]}), s[1:]
		default:
			end := strings.IndexAny(s, "'|?:=!{}")
			if end < 0 {
				end = len(s)
			}
			if end == 0 {
				return nil, fmt.Errorf("unexpected %q", s[:1])
			}
			list, s = append(list, token{'n', strings.TrimSpace(s[:end])}), s[end:]
		}
	}
	return list, nil
}

// cutQuoted reads a text up to its closing quote. Two quotes stand for one.
func cutQuoted(s string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte(s[i])
			i++
		default:
			return b.String(), s[i+1:], true
		}
	}
	return "", "", false
}

// expressionParser reads tokens from left to right.
type expressionParser struct{ rest []token }

func (p *expressionParser) peek() byte {
	if len(p.rest) == 0 {
		return 0
	}
	return p.rest[0].kind
}

func (p *expressionParser) next() token {
	t := p.rest[0]
	p.rest = p.rest[1:]
	return t
}

func parseExpression(s string) (*Expression, error) {
	list, err := tokens(s)
	if err != nil {
		return nil, err
	}
	x := &Expression{}
	if list, err = x.takeConversion(list); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errNamesNothing
	}
	p := &expressionParser{list}
	if err := p.expression(x); err != nil {
		return nil, err
	}
	if len(p.rest) > 0 {
		return nil, fmt.Errorf("unexpected %q", p.rest[0].text)
	}
	return x, nil
}

// takeConversion takes "as TYPE", and "by 'TEXT'" after it, off the end of an
// expression. The words are part of a name token, or follow a text.
func (x *Expression) takeConversion(list []token) ([]token, error) {
	at := slices.IndexFunc(list, func(t token) bool { return t.kind == 'n' && (asWord(t.text) >= 0) })
	if at < 0 {
		return list, nil
	}
	text := list[at].text
	cut := asWord(text)
	name, words := strings.TrimSpace(text[:cut]), strings.TrimSpace(text[cut+len("as "):])
	rest := list[at+1:]
	kind, by := strings.CutSuffix(words, " by")
	switch x.As = Conversion(strings.TrimSpace(kind)); {
	case !slices.Contains([]Conversion{asNumber, asBoolean, asList}, x.As):
		return nil, fmt.Errorf("unknown type %q; allowed: number, boolean, list", string(x.As))
	case by && (x.As != asList || len(rest) != 1 || rest[0].kind != '\'' || rest[0].text == ""):
		return nil, errors.New("by works with a list and a text only, as in: as list by ';'")
	case by:
		x.by = rest[0].text
	case len(rest) > 0:
		return nil, fmt.Errorf("as %s must come last", x.As)
	}
	out := slices.Clone(list[:at])
	if name != "" {
		out = append(out, token{'n', name})
	}
	return out, nil
}

// asWord finds the word as in a name token: " as " within it, or "as " at its
// beginning after a text. It is -1 if there is none.
func asWord(name string) int {
	if i := strings.LastIndex(name, " as "); i >= 0 {
		return i + 1
	}
	if strings.HasPrefix(name, "as ") {
		return 0
	}
	return -1
}

func (p *expressionParser) expression(x *Expression) (err error) {
	if p.peek() == 'n' && len(p.rest) > 1 {
		switch p.rest[1].kind {
		case '=', '!':
			if x.test, err = p.comparison(); err != nil {
				return err
			}
		case '?':
			x.test = &condition{name: p.next().text}
		}
	}
	if x.test == nil {
		x.then, err = p.terms()
		return err
	}
	if p.peek() == 0 && x.As == "" {
		return nil
	}
	if p.peek() != '?' {
		return errors.New("unexpected text after the comparison: write ? before the result, or leave the comparison alone for true or false")
	}
	p.next()
	if x.then, err = p.terms(); err != nil {
		return err
	}
	if p.peek() == ':' {
		p.next()
		x.otherwise, err = p.terms()
	}
	return err
}

func (p *expressionParser) comparison() (*condition, error) {
	t := &condition{name: p.next().text, op: p.next().text}
	if p.peek() != '\'' {
		return nil, fmt.Errorf("after %s, write a text in quotes, such as 'Sales'", t.op)
	}
	t.text = p.next().text
	return t, nil
}

func (p *expressionParser) terms() ([]term, error) {
	var list []term
	for {
		switch p.peek() {
		case 'n':
			list = append(list, term{p.next().text, true})
		case '\'':
			list = append(list, term{p.next().text, false})
		default:
			return nil, errNamesNothing
		}
		if p.peek() != '|' {
			return list, nil
		}
		p.next()
	}
}

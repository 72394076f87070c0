package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// position is a place in the file, counted from 1.
type position struct{ line, column int }

// kind is what a node can be filled into.
type kind uint8

const (
	null kind = iota + 1
	mapping
	sequence
	text   // quoted, or a plain scalar that YAML takes for text
	scalar // a number, a truth value
)

var kindWords = [...]string{null: "nothing", mapping: "a mapping", sequence: "a list", text: "text", scalar: "a number, true or false"}

// node is a YAML node, reduced to what decoding needs.
type node struct {
	kind    kind
	at      position
	text    string
	entries []entry // of a mapping, in the order of the file, duplicates included
	items   []*node // of a sequence
	raw     ast.Node
}

type entry struct {
	key string
	// keyKind is text, or what YAML takes an unquoted key such as 010 for.
	keyKind kind
	at      position
	value   *node
}

// yamlError is a fault that YAML itself has with the file.
type yamlError struct {
	at      position
	problem string
}

func (e *yamlError) Error() string { return e.problem }

// errEmpty is a file without a value.
var errEmpty = &yamlError{position{1, 1}, "the file is empty: start from config.example.yaml, or run rollcall init"}

// parse reads one document. Duplicate keys are left for decode to report, so
// that they do not hide what follows them.
func parse(data []byte) (*node, error) {
	if err := checkIndent(data); err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(string(data))
	if err := checkBrackets(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, locateError(err, position{1, 1})
	}
	var docs []*ast.DocumentNode
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, d)
		}
	}
	switch {
	case len(docs) == 0:
		return nil, errEmpty
	case len(docs) > 1:
		second := position{tokenPosition(docs[1].Body.GetToken()).line, 1}
		return nil, &yamlError{second, "a second document begins here: a file may contain one only; remove the --- line"}
	}
	return convert(docs[0].Body)
}

// checkBrackets refuses what nests deeper than any configuration does, before the
// parser sees it. Brackets are counted as the parser will, whatever stands in quotes,
// comments or words. An anchor or a tag is refused here too: it could stand between
// any two levels.
func checkBrackets(tokens token.Tokens) error {
	depth := 0
	for _, t := range tokens {
		switch t.Type { //nolint:exhaustive // the others do not nest
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth = max(0, depth-1)
		case token.AnchorType, token.AliasType, token.TagType:
			return &yamlError{tokenPosition(t), "anchors, aliases and tags are not supported: write the value itself, in quotes if it begins with *, & or !"}
		}
		if depth > mostNested {
			return &yamlError{tokenPosition(t), "has too many nested brackets"}
		}
	}
	return nil
}

func convert(raw ast.Node) (*node, error) {
	n := &node{at: tokenPosition(raw.GetToken()), raw: raw, kind: scalar, text: raw.String()}
	switch v := raw.(type) {
	case *ast.NullNode:
		n.kind = null
	case *ast.StringNode:
		n.kind, n.text = text, v.Value
	case *ast.LiteralNode:
		n.kind, n.text = text, v.Value.Value
	case *ast.MappingNode:
		n.kind = mapping
		return n, n.addEntries(v.Values)
	case *ast.MappingValueNode:
		n.kind = mapping
		return n, n.addEntries([]*ast.MappingValueNode{v})
	case *ast.SequenceNode:
		n.kind = sequence
		return n, n.addItems(v.Values)
	}
	return n, nil
}

func (n *node) addEntries(values []*ast.MappingValueNode) error {
	for _, v := range values {
		if v.Key.IsMergeKey() {
			return &yamlError{tokenPosition(v.Key.GetToken()), "merge keys are not supported: write the values themselves"}
		}
		value, err := convert(v.Value)
		if err != nil {
			return err
		}
		key := v.Key.GetToken()
		n.entries = append(n.entries, entry{key: key.Value, keyKind: keyKindOf(v.Key), at: tokenPosition(key), value: value})
	}
	if len(n.entries) > 0 {
		n.at = n.entries[0].at
	}
	return nil
}

func keyKindOf(key ast.MapKeyNode) kind {
	if _, ok := key.(*ast.StringNode); ok {
		return text
	}
	return scalar
}

func (n *node) addItems(values []ast.Node) error {
	for _, v := range values {
		item, err := convert(v)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	return nil
}

// fill decodes a node into a pointer with the library's own rules: numbers,
// durations, and types that decode themselves.
func (n *node) fill(into any) error {
	if err := yaml.NodeToValue(n.raw, into, yaml.Strict()); err != nil {
		return locateError(err, n.at)
	}
	return nil
}

// locateError takes place and message out of the library's error, which else
// prints a picture of its own.
func locateError(err error, fallback position) error {
	e, ok := errors.AsType[yaml.Error](err)
	if !ok {
		return &yamlError{fallback, plainWords(err.Error())}
	}
	at := fallback
	if t := e.GetToken(); t != nil {
		at = tokenPosition(t)
		if t.Value == "}" || t.Value == "]" {
			return &yamlError{at, "this bracket is never opened"}
		}
	}
	return &yamlError{at, plainWords(e.GetMessage())}
}

// syntaxWords are words for the library's messages about what admins get wrong.
var syntaxWords = []struct{ message, words string }{
	{"found character '\t'", "YAML does not allow a tab here: use spaces"},
	{"found a tab character", "YAML does not allow a tab here: use spaces"},
	{"tab character cannot", "YAML does not allow a tab here: use spaces"},
	{"could not find end character of", "this quote is never closed"},
	{"is a reserved character", "a value that begins with @ or ` must be in quotes"},
	{"must be specified", "a comma is missing, or a bracket above is never closed"},
	{"flow mapping end token", "this bracket is never closed"},
	{"sequence end token", "this bracket is never closed"},
	{"could not find flow map content", "this bracket is never closed"},
	{"mapping value is not allowed", "this line or the next one is wrong: the keys of one section begin in the same column, and a value with a colon and a blank in it must be in quotes"},
	{"value is not allowed in this context", "this line is indented wrongly: the keys of one section begin in the same column"},
	{"block sequence entries are not allowed", "a list begins in a line of its own"},
	{"non-map value is specified", "this line has no key: a key ends with a colon and a blank"},
	{"unexpected key name", "this line has no key: a key ends with a colon and a blank"},
}

// plainWords takes Go's types, and the terms of YAML's grammar, out of the library's
// messages.
func plainWords(message string) string {
	if _, target, ok := strings.Cut(message, " into Go value of type "); ok {
		return "not valid here: expected " + typeWords(target)
	}
	if strings.HasPrefix(message, "time: ") {
		return "not valid here: expected " + typeWords("Duration")
	}
	for _, w := range syntaxWords {
		if strings.Contains(message, w.message) {
			return w.words
		}
	}
	return strings.TrimPrefix(message, "yaml: ")
}

func typeWords(target string) string {
	switch {
	case strings.Contains(target, "Duration"):
		return `a duration such as "30s" or "72h"`
	case strings.HasPrefix(target, "int"), strings.HasPrefix(target, "uint"):
		return "a whole number"
	case strings.HasPrefix(target, "bool"):
		return "true or false"
	case strings.HasPrefix(target, "string"):
		return "text"
	}
	return fmt.Sprintf("another kind of value (%s)", target)
}

func tokenPosition(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{1, 1}
	}
	return position{t.Position.Line, t.Position.Column}
}

package sync

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// values answers a name with its values; none is an absent value.
type values func(name string) []string

// of gives the values of an expression; what is empty counts as absent.
func (x *expression) of(get values) []string {
	list := x.then
	if x.test != nil && !x.test.holds(get) {
		list = x.otherwise
	}
	for _, t := range list {
		if !t.name {
			return []string{t.text}
		}
		if v := present(get(t.text)); len(v) > 0 {
			return v
		}
	}
	return nil
}

// present leaves out empty values.
func present(list []string) []string {
	if !slices.Contains(list, "") {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

// holds looks for the text among all values of the name.
func (t *test) holds(get values) bool {
	v := present(get(t.name))
	switch t.op {
	case "=":
		return slices.Contains(v, t.text)
	case "!=":
		return !slices.Contains(v, t.text)
	}
	return len(v) > 0
}

// text renders a template; ok is false when a value is absent.
func (t template) text(get values) (s string, ok bool) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		v := p.expr.of(get)
		if len(v) == 0 {
			return "", false
		}
		b.WriteString(strings.Join(v, ", "))
	}
	return b.String(), true
}

// leave stands in metadata for a value that cannot be made of what the source
// says: the key stays as it is, whatever lower rules say of it.
type leave struct{}

// renderer fills templates in for one person.
type renderer struct {
	get values
	// lacks says that the source of the person cannot have a name at all: what
	// it says nothing of has not vanished.
	lacks func(name string) bool
	// odd is told of values that are not of the type that a template asks for.
	odd func(t *template)
}

// value renders a metadata leaf: several values are a list, an absent value is
// null, which removes the key.
func (r renderer) value(t *template) any {
	v := r.made(t)
	if v == nil && slices.ContainsFunc(t.names(), r.lacks) {
		return leave{}
	}
	return v
}

func (r renderer) made(t *template) any {
	x := t.lone()
	switch {
	case x == nil:
		if s, ok := t.text(r.get); ok {
			return valid(s)
		}
		return nil
	case x.then == nil:
		return x.test.holds(r.get)
	}
	v := x.of(r.get)
	if x.as == asList {
		return splitList(v, x.by)
	}
	out := make([]any, len(v))
	for i := range v {
		one, ok := x.as.convert(v[i])
		if !ok {
			r.odd(t)
			return leave{}
		}
		out[i] = one
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return out
}

// splitList makes a list of values, each split where by says; none is null.
func splitList(v []string, by string) any {
	var out []any
	for _, s := range v {
		parts := []string{s}
		if by != "" {
			parts = strings.Split(s, by)
		}
		for _, p := range parts {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, valid(p))
			}
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// decimal is a number as people write it in files: digits, and a point.
var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// mostDigits is how many digits a JSON number keeps in every program.
const mostDigits = 15

// convert makes a JSON value of a text; not ok when it is none of that type.
func (c conversion) convert(s string) (any, bool) {
	switch c {
	case asNumber:
		s = strings.TrimSpace(s)
		digits := strings.TrimLeft(strings.Replace(s, ".", "", 1), "+-0")
		if !decimal.MatchString(s) || len(digits) > mostDigits {
			return nil, false
		}
		f, err := strconv.ParseFloat(s, 64)
		return f, err == nil
	case asBoolean:
		b, ok := booleans[strings.ToLower(strings.TrimSpace(s))]
		return b, ok
	case asList:
	}
	return valid(s), true
}

var booleans = map[string]bool{"true": true, "yes": true, "1": true, "false": false, "no": false, "0": false}

// valid is what JSON would make of a text: bytes that are no UTF-8 become the
// replacement character. Done here, so that what Clerk gives back compares equal.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// object is a compiled metadata object: its leaves are templates, objects or constants.
type object map[string]any

// elements is a compiled list; an element whose value is absent is left out.
type elements []any

// compileObject compiles every string leaf; path names the object in errors.
func compileObject(in map[string]any, path string) (object, []error) {
	out := object{}
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(in)) {
		leaf, more := compileLeaf(in[key], path+"."+key)
		problems = append(problems, more...)
		out[key] = leaf
	}
	return out, problems
}

func compileLeaf(leaf any, at string) (any, []error) {
	switch v := leaf.(type) {
	case string:
		t, err := parseTemplate(v)
		t.at = at
		if err != nil {
			return &t, []error{&FieldError{at, err.Error()}}
		}
		return &t, nil
	case map[string]any:
		return compileObject(v, at)
	case []any:
		out := make(elements, len(v))
		var problems []error
		for i := range v {
			inner, more := compileLeaf(v[i], fmt.Sprintf("%s[%d]", at, i))
			problems = append(problems, more...)
			out[i] = inner
		}
		return out, problems
	}
	return leaf, nil
}

// object fills the templates of an object in.
func (r renderer) object(o object) map[string]any {
	if len(o) == 0 {
		return nil
	}
	out := make(map[string]any, len(o))
	for key, leaf := range o {
		out[key] = r.leaf(leaf)
	}
	return out
}

func (r renderer) leaf(leaf any) any {
	switch v := leaf.(type) {
	case *template:
		return r.value(v)
	case object:
		if out := r.object(v); out != nil {
			return out
		}
		return map[string]any{}
	case elements:
		out := make([]any, 0, len(v))
		for _, e := range v {
			x := r.leaf(e)
			if _, odd := x.(leave); odd {
				return x
			}
			if x != nil {
				out = append(out, x)
			}
		}
		return out
	}
	return leaf
}

// templates lists the object's templates in the order of their keys.
func (o object) templates() []*template {
	var out []*template
	for _, key := range slices.Sorted(maps.Keys(o)) {
		out = append(out, leafTemplates(o[key])...)
	}
	return out
}

func leafTemplates(leaf any) []*template {
	switch v := leaf.(type) {
	case *template:
		return []*template{v}
	case object:
		return v.templates()
	case elements:
		var out []*template
		for _, e := range v {
			out = append(out, leafTemplates(e)...)
		}
		return out
	}
	return nil
}

// names lists what the object's templates look up.
func (o object) names() []string {
	var names []string
	for _, t := range o.templates() {
		names = append(names, t.names()...)
	}
	return names
}

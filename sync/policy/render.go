package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rollcall/sync/plan"
)

// Renderer fills in templates for one person.
type Renderer struct {
	Get Lookup
	// Lacks reports whether the person's source cannot have the name at all. The
	// absence of such a value is no reason to remove a key.
	Lacks func(name string) bool
	// Mistyped receives each template whose value is not of the type that it asks for.
	Mistyped func(t *Template)
}

// Object fills in the templates of an object.
func (r Renderer) Object(o object) map[string]any {
	if len(o) == 0 {
		return nil
	}
	out := make(map[string]any, len(o))
	for key, leaf := range o {
		out[key] = r.leaf(leaf)
	}
	return out
}

func (r Renderer) leaf(leaf any) any {
	switch v := leaf.(type) {
	case *Template:
		return r.value(v)
	case object:
		if out := r.Object(v); out != nil {
			return out
		}
		return map[string]any{}
	case elements:
		out := make([]any, 0, len(v))
		for _, e := range v {
			x := r.leaf(e)
			if _, odd := x.(plan.Untouched); odd {
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

// value renders a leaf of the metadata. Several values are a list. An absent
// value is null, which removes the key, unless the source cannot have the name
// at all.
func (r Renderer) value(t *Template) any {
	v := r.render(t)
	if v == nil && slices.ContainsFunc(t.Names(), r.Lacks) {
		return plan.Untouched{}
	}
	return v
}

func (r Renderer) render(t *Template) any {
	x := t.Placeholder()
	switch {
	case x == nil:
		if s, ok := t.Text(r.Get); ok {
			return plan.ValidUTF8(s)
		}
		return nil
	case x.then == nil:
		return x.test.holds(r.Get)
	}
	v := x.evaluate(r.Get)
	if x.As == asList {
		return splitList(v, x.by)
	}
	out := make([]any, len(v))
	for i := range v {
		one, ok := x.As.convert(v[i])
		if !ok {
			r.Mistyped(t)
			return plan.Untouched{}
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

// Lookup returns the values of a name; none is an absent value.
type Lookup func(name string) []string

// Text renders a template; it is not ok if a value is absent.
func (t Template) Text(get Lookup) (s string, ok bool) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.expr == nil {
			b.WriteString(p.text)
			continue
		}
		v := p.expr.evaluate(get)
		if len(v) == 0 {
			return "", false
		}
		b.WriteString(strings.Join(v, ", "))
	}
	return b.String(), true
}

// evaluate returns the values of an expression. An empty value counts as absent.
func (x *Expression) evaluate(get Lookup) []string {
	list := x.then
	if x.test != nil && !x.test.holds(get) {
		list = x.otherwise
	}
	for _, t := range list {
		if !t.name {
			return []string{t.text}
		}
		if v := nonEmpty(get(t.text)); len(v) > 0 {
			return v
		}
	}
	return nil
}

// nonEmpty drops empty values.
func nonEmpty(list []string) []string {
	if !slices.Contains(list, "") {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

// holds reports whether one of the values of the name is the text.
func (t *condition) holds(get Lookup) bool {
	v := nonEmpty(get(t.name))
	switch t.op {
	case "=":
		return slices.Contains(v, t.text)
	case "!=":
		return !slices.Contains(v, t.text)
	}
	return len(v) > 0
}

// splitList makes a list of the values, each split at by. The result is null if
// there are none.
func splitList(v []string, by string) any {
	var out []any
	for _, s := range v {
		parts := []string{s}
		if by != "" {
			parts = strings.Split(s, by)
		}
		for _, p := range parts {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, plan.ValidUTF8(p))
			}
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// decimal is a number as people write it in files: digits and a point.
var decimal = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// mostDigits is how many digits of a JSON number every program keeps.
const mostDigits = 15

// convert makes a JSON value of a text. It is not ok if the text is not of the
// type.
func (c Conversion) convert(s string) (any, bool) {
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
	return plan.ValidUTF8(s), true
}

var booleans = map[string]bool{"true": true, "yes": true, "1": true, "false": false, "no": false, "0": false}

package sync

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// template is a text with {name} parts; {{ and }} stand for the braces themselves (S36).
type template struct {
	parts []part
}

// part is a literal, or a name to look up.
type part struct {
	text string
	name bool
}

// parseTemplate refuses braces that do not pair and names that are empty.
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
			name, _, found := strings.Cut(s[i+1:], "}")
			if !found || name == "" || strings.ContainsAny(name, "{ ") {
				return template{}, fmt.Errorf("%q has a { that names nothing; write {{ for a brace", s)
			}
			flush()
			t.parts = append(t.parts, part{text: name, name: true})
			i += len(name) + 1
		default:
			literal.WriteByte(s[i])
		}
	}
	flush()
	return t, nil
}

// names lists what the template looks up.
func (t template) names() []string {
	var names []string
	for _, p := range t.parts {
		if p.name {
			names = append(names, p.text)
		}
	}
	return names
}

// lone reports whether the template is one name and nothing else.
func (t template) lone() bool { return len(t.parts) == 1 && t.parts[0].name }

// values answers a name with its values; none is an absent value.
type values func(name string) []string

// text renders a template; ok is false when a value is absent.
func (t template) text(get values) (s string, ok bool) {
	var b strings.Builder
	for _, p := range t.parts {
		if !p.name {
			b.WriteString(p.text)
			continue
		}
		v := get(p.text)
		if len(v) == 0 {
			return "", false
		}
		b.WriteString(strings.Join(v, ", "))
	}
	return b.String(), true
}

// value renders a metadata leaf: a lone name with several values is a list,
// an absent value is null, which removes the key.
func (t template) value(get values) any {
	if t.lone() {
		if v := get(t.parts[0].text); len(v) > 1 {
			list := make([]any, len(v))
			for i := range v {
				list[i] = valid(v[i])
			}
			return list
		}
	}
	if s, ok := t.text(get); ok {
		return valid(s)
	}
	return nil
}

// valid is what JSON would make of a text: bytes that are no UTF-8 become the
// replacement character. Done here, so that what Clerk gives back compares equal.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// object is a compiled metadata object: its leaves are templates, objects or constants.
type object map[string]any

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

// elements is a compiled list; an element whose value is absent is left out.
type elements []any

func compileLeaf(leaf any, at string) (any, []error) {
	switch v := leaf.(type) {
	case string:
		t, err := parseTemplate(v)
		if err != nil {
			return t, []error{&FieldError{at, err.Error()}}
		}
		return t, nil
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

// render fills the templates in.
func (o object) render(get values) map[string]any {
	if len(o) == 0 {
		return nil
	}
	out := make(map[string]any, len(o))
	for key, leaf := range o {
		out[key] = renderLeaf(leaf, get)
	}
	return out
}

func renderLeaf(leaf any, get values) any {
	switch v := leaf.(type) {
	case template:
		return v.value(get)
	case object:
		if out := v.render(get); out != nil {
			return out
		}
		return map[string]any{}
	case elements:
		out := make([]any, 0, len(v))
		for _, e := range v {
			if x := renderLeaf(e, get); x != nil {
				out = append(out, x)
			}
		}
		return out
	}
	return leaf
}

// names lists what the object's templates look up.
func (o object) names() []string {
	var names []string
	for _, leaf := range o {
		names = append(names, leafNames(leaf)...)
	}
	return names
}

func leafNames(leaf any) []string {
	switch v := leaf.(type) {
	case template:
		return v.names()
	case object:
		return v.names()
	case elements:
		var names []string
		for _, e := range v {
			names = append(names, leafNames(e)...)
		}
		return names
	}
	return nil
}

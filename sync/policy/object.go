package policy

import (
	"fmt"
	"maps"
	"slices"
)

// object is a compiled metadata object. Its leaves are templates, objects, lists
// or constants.
type object map[string]any

// elements is a compiled list. An element without a value is left out.
type elements []any

// compileObject compiles every string of an object; path names the object in
// errors.
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
		t.At = at
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

// templates lists the object's templates in the order of their keys.
func (o object) templates() []*Template {
	var out []*Template
	for _, key := range slices.Sorted(maps.Keys(o)) {
		out = append(out, leafTemplates(o[key])...)
	}
	return out
}

func leafTemplates(leaf any) []*Template {
	switch v := leaf.(type) {
	case *Template:
		return []*Template{v}
	case object:
		return v.templates()
	case elements:
		var out []*Template
		for _, e := range v {
			out = append(out, leafTemplates(e)...)
		}
		return out
	}
	return nil
}

// Names lists the names that the object's templates look up.
func (o object) Names() []string {
	var names []string
	for _, t := range o.templates() {
		names = append(names, t.Names()...)
	}
	return names
}

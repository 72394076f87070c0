package config

import (
	"errors"
	"reflect"
)

// Document is another YAML file that is read as strictly as the configuration.
type Document struct{ report *report }

// ReadDocument reads a file that people call what, into a pointer to a struct. check
// says what is wrong with its values: joined errors with YAML paths, as those of the
// sections. The error is [Problems] wherever a place in the file can be named.
// Environment variables stand for nothing in it.
func ReadDocument(what, file string, into any, check func() error) (*Document, error) {
	data, err := readText(what, file)
	if err != nil {
		return nil, err
	}
	r := newReport(file, data)
	root, err := parseTabbed(r, data)
	if errors.Is(err, errEmpty) {
		err = &yamlError{errEmpty.at, "the file is empty"}
	}
	if e, ok := errors.AsType[*yamlError](err); ok {
		r.addAt(e.at, "", e.problem)
	}
	if root == nil {
		return nil, r.err()
	}
	asItIs := func(_, value string) (string, error) { return value, nil }
	d := &decoder{report: r, expand: asItIs, root: reflect.TypeOf(into).Elem()}
	d.value(reflect.ValueOf(into).Elem(), root, "")
	d.places[""] = position{1, 1}
	r.addAll("", check())
	if err := r.err(); err != nil {
		return nil, err
	}
	return &Document{r}, nil
}

// Place is file:line:column of a YAML path.
func (d *Document) Place(path string) string {
	at := d.report.places[path]
	return (&Problem{File: d.report.file, Line: at.line, Column: at.column}).place()
}

package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// SeedError holds all problems of a seed.
type SeedError struct {
	// Problems begin with the path of a value, such as "memberships[3].role",
	// and are in the order of the document.
	Problems []string
}

func (e *SeedError) Error() string {
	return "read seed: " + strings.Join(e.Problems, "; ")
}

// LoadSeed reads a seed and refuses unknown fields, wrong types and references
// to missing rows, all of them at once (*SeedError).
func LoadSeed(r io.Reader) (*Seed, error) {
	seed, err := readSeed(r)
	if err != nil {
		return nil, err
	}
	if err := seed.Check(); err != nil {
		return nil, err
	}
	return seed, nil
}

// readSeed reads a seed, whose references it does not follow.
func readSeed(r io.Reader) (*Seed, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read seed: at byte %d: %w", d.InputOffset(), err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read seed: something follows the object at byte %d", d.InputOffset())
	}
	var shape shapeChecker
	shape.compare("", tree, reflect.TypeFor[Seed]())
	if len(shape.problems) > 0 {
		return nil, &SeedError{shape.problems}
	}
	seed := &Seed{}
	if err := json.Unmarshal(text, seed); err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	return seed, nil
}

// shapeChecker compares a JSON value with its Go type and names every
// difference. encoding/json stops at the first and gives no index.
type shapeChecker struct{ problems []string }

func (s *shapeChecker) note(path, what string) {
	s.problems = append(s.problems, strings.TrimPrefix(path, ".")+": "+what)
}

func (s *shapeChecker) compare(path string, value any, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if value == nil {
		if path == "" {
			s.note("seed", "must be an object, not null")
		}
		return
	}
	if t == reflect.TypeFor[json.RawMessage]() {
		if _, ok := value.(map[string]any); !ok {
			s.note(path, "must be an object")
		}
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		s.object(path, value, t)
	case reflect.Slice:
		s.array(path, value, t)
	default:
		s.scalar(path, value, t)
	}
}

func (s *shapeChecker) object(path string, value any, t reflect.Type) {
	fields, ok := value.(map[string]any)
	if _, text := value.(string); text && hasShort(t) {
		return
	}
	if !ok {
		s.note(cmp.Or(path, "seed"), "must be an object")
		return
	}
	types := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		types[name] = f.Type
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if types[name] == nil {
			s.note(path+"."+name, "is not a field of the seed format")
			continue
		}
		s.compare(path+"."+name, fields[name], types[name])
	}
}

// hasShort reports whether a string may stand for the object.
func hasShort(t reflect.Type) bool {
	for f := range t.Fields() {
		if f.Tag.Get("short") != "" {
			return true
		}
	}
	return false
}

func (s *shapeChecker) array(path string, value any, t reflect.Type) {
	items, ok := value.([]any)
	if !ok {
		s.note(path, "must be an array")
		return
	}
	for i, item := range items {
		s.compare(fmt.Sprintf("%s[%d]", path, i), item, t.Elem())
	}
}

func (s *shapeChecker) scalar(path string, value any, t reflect.Type) {
	switch t.Kind() {
	case reflect.String:
		if _, ok := value.(string); !ok {
			s.note(path, "must be a string")
		}
	case reflect.Bool:
		if _, ok := value.(bool); !ok {
			s.note(path, "must be true or false")
		}
	default:
		n, ok := value.(json.Number)
		if !ok {
			s.note(path, "must be a whole number")
		} else if _, err := n.Int64(); err != nil {
			s.note(path, "must be a whole number of 64 bits")
		}
	}
}

package config

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// decoder fills values from nodes and remembers where each path stands. It
// goes on after a problem; the library's own decoder stops at the first.
type decoder struct {
	*report
	// expand resolves ${NAME} and relative paths in the values that may hold them (S36).
	expand func(key, value string) (string, error)
	// secrets are the files that hold a secret, by the path of their key.
	secrets map[string]string
	// mayBeUnset reports whether a value may name a variable that is not set; it then
	// stays as the file has it. Nil is never.
	mayBeUnset func(path string) bool
	// root is the type of the whole file, which is searched for a key that stands in the
	// wrong place; nil is Config.
	root reflect.Type
}

// value fills dst from n. A value that is absent or null keeps what dst holds,
// so that defaults merge key by key.
func (d *decoder) value(dst reflect.Value, n *node, path string) {
	if _, ok := d.places[path]; !ok {
		d.places[path] = n.at
	}
	if n.kind == null {
		return
	}
	switch {
	case dst.Kind() == reflect.Pointer:
		if dst.IsNil() {
			dst.Set(reflect.New(dst.Type().Elem()))
		}
		d.value(dst.Elem(), n, path)
	case decodesItself(dst):
		if d.checkText(dst, n, path) {
			d.leaf(dst, n, path)
		}
	case dst.Kind() == reflect.Struct:
		d.object(dst, n, path)
	case dst.Kind() == reflect.Slice:
		d.list(dst, n, path)
	case dst.Kind() == reflect.Map && dst.Type().Elem().Kind() != reflect.Interface:
		d.table(dst, n, path)
	case dst.Kind() == reflect.Map:
		d.free(n, path)
		d.leaf(dst, n, path)
	case dst.Kind() == reflect.String:
		d.text(dst, n, path)
	default:
		d.leaf(dst, n, path)
	}
}

// decodesItself says that a type brings its own decoding from YAML.
func decodesItself(dst reflect.Value) bool {
	switch dst.Addr().Interface().(type) {
	case *time.Duration, interface{ UnmarshalYAML(func(any) error) error }, interface{ UnmarshalYAML([]byte) error }, encoding.TextUnmarshaler:
		return true
	}
	return false
}

func (d *decoder) leaf(dst reflect.Value, n *node, path string) {
	err := n.fill(dst.Addr().Interface())
	if e, ok := errors.AsType[*yamlError](err); ok {
		d.addAt(e.at, path, e.problem)
	}
}

func (d *decoder) object(dst reflect.Value, n *node, path string) {
	if !d.expect(n, mapping, path) {
		return
	}
	fields := fieldsByKey(dst.Type())
	seen := map[string]position{}
	for _, e := range n.entries {
		below := join(path, e.key)
		if first, twice := seen[e.key]; twice {
			d.addAt(e.at, below, fmt.Sprintf("duplicate key; the first one is in line %d", first.line))
			continue
		}
		seen[e.key] = e.at
		index, known := fields[e.key]
		if !known {
			problem, meant := unknownKey(d.root, path, e.key, fields)
			d.addAt(e.at, path, problem)
			d.meant[meant] = true
			continue
		}
		d.places[below] = e.at
		d.value(dst.FieldByIndex(index), e.value, below)
	}
}

func (d *decoder) list(dst reflect.Value, n *node, path string) {
	if !d.expect(n, sequence, path) {
		return
	}
	items := reflect.MakeSlice(dst.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		d.value(items.Index(i), item, fmt.Sprintf("%s[%d]", path, i))
	}
	dst.Set(items)
}

func (d *decoder) table(dst reflect.Value, n *node, path string) {
	if !d.expect(n, mapping, path) {
		return
	}
	items := reflect.MakeMap(dst.Type())
	for _, e := range n.entries {
		below := join(path, e.key)
		if e.keyKind != text {
			d.addAt(e.at, below, fmt.Sprintf("the key must be text: write it in quotes (%q)", e.key))
			continue
		}
		key := reflect.ValueOf(e.key).Convert(dst.Type().Key())
		if items.MapIndex(key).IsValid() {
			d.addAt(e.at, below, "duplicate key")
			continue
		}
		d.places[below] = e.at
		item := reflect.New(dst.Type().Elem()).Elem()
		d.value(item, e.value, below)
		items.SetMapIndex(key, item)
	}
	dst.Set(items)
}

// free remembers where the parts of a value stand that may hold anything, such
// as the metadata of a rule.
func (d *decoder) free(n *node, path string) {
	d.freeNumber(n, path)
	seen := map[string]bool{}
	for _, e := range n.entries {
		below := join(path, e.key)
		if e.keyKind != text {
			d.addAt(e.at, below, fmt.Sprintf("the key must be text: write it in quotes (%q)", e.key))
			continue
		}
		if seen[e.key] {
			d.addAt(e.at, below, "duplicate key")
			continue
		}
		seen[e.key] = true
		d.places[below] = e.at
		d.free(e.value, below)
	}
	for i, item := range n.items {
		below := fmt.Sprintf("%s[%d]", path, i)
		d.places[below] = item.at
		d.free(item, below)
	}
}

func (d *decoder) text(dst reflect.Value, n *node, path string) {
	if n.kind == scalar {
		d.quote(n, path)
		return
	}
	if !d.expect(n, text, path) {
		return
	}
	value, err := d.expand(lastKey(path), n.text)
	if err != nil && d.mayBeUnset != nil && d.mayBeUnset(path) {
		value, err = n.text, nil
	}
	if err != nil {
		d.addAt(n.at, path, err.Error())
		if unset, ok := errors.AsType[*unsetError](err); ok {
			d.report.list[len(d.report.list)-1].Unset = unset.variable
		}
		return
	}
	if strings.HasSuffix(lastKey(path), "_file") && value != "" && d.secrets != nil {
		d.secrets[path] = value
	}
	dst.SetString(value)
}

func (d *decoder) expect(n *node, want kind, path string) bool {
	if n.kind == want {
		return true
	}
	problem := fmt.Sprintf("must be %s, not %s", kindWords[want], kindWords[n.kind])
	if want == mapping && n.kind == text && strings.Contains(n.text, ":") {
		problem += ": a key ends with a colon and a blank"
	}
	d.addAt(n.at, path, problem)
	return false
}

// fieldsByKey maps YAML keys to fields; "-" is a field that no key fills.
func fieldsByKey(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.IsExported() && key != "" && key != "-" {
			fields[key] = f.Index
		}
	}
	return fields
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// lastKey is the key that a path ends in, whichever item of a list it is:
// sources[0].ldap.urls[1] → urls.
func lastKey(path string) string {
	path = path[strings.LastIndex(path, ".")+1:]
	key, _, _ := strings.Cut(path, "[")
	return key
}

package plan

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Untouched stands in metadata for a value that cannot be made of what the
// source says. The key keeps its present value, whatever lower rules say.
type Untouched struct{}

// MaxMetadata is how many bytes of JSON Clerk allows for a metadata object. The
// limit is taken for each field; the documentation is not more precise.
const MaxMetadata = 8192

// Canonical writes an object with sorted keys and without HTML escapes; a nil or
// empty object is "".
func Canonical(o map[string]any) JSON {
	if len(o) == 0 {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil {
		// Values come from decoded YAML, JSON or templates; Validate has refused
		// any other.
		panic("metadata cannot be encoded: " + err.Error())
	}
	return JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// Decode reads an object and keeps numbers as they are written. The result is
// nil for anything that is no object.
func Decode(raw []byte) map[string]any {
	if len(raw) == 0 || string(raw) == "{}" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var o map[string]any
	if dec.Decode(&o) != nil {
		return nil
	}
	return o
}

// Merge adds to high the keys that only low has, at every level: the higher rule
// wins key by key.
func Merge(high, low map[string]any) map[string]any {
	if high == nil {
		return low
	}
	for key, v := range low {
		present, ok := high[key]
		if !ok {
			high[key] = v
			continue
		}
		h, hok := present.(map[string]any)
		l, lok := v.(map[string]any)
		if hok && lok {
			high[key] = Merge(h, l)
		}
	}
	return high
}

// Patch is the smallest RFC 7396 merge patch that makes have agree with want. It
// also returns the present values of the keys that the patch changes, and how
// many keys it removes; an object that gives way to a single value counts, since
// its keys go. Keys that want does not name stay. An absent key below a value
// that is no object is absent already.
func Patch(want, have map[string]any) (diff, before map[string]any, nulls int) {
	diff, before = map[string]any{}, map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		w, h := want[key], have[key]
		_, present := have[key]
		inner, object := w.(map[string]any)
		held, _ := h.(map[string]any)
		_, odd := w.(Untouched)
		switch {
		case odd, w == nil && !present:
		case w == nil:
			diff[key], before[key] = nil, h
			nulls++
		case object && (held != nil || !present):
			d, b, n := Patch(inner, held)
			if len(d) > 0 {
				diff[key] = d
				if present {
					before[key] = b
				}
			}
			nulls += n
		case object:
			if rest := WithoutNulls(inner); len(rest) > 0 || len(inner) == 0 {
				diff[key], before[key] = rest, h
			}
		case !equalJSON(w, h) || !present:
			diff[key] = w
			if present {
				before[key] = h
			}
			if len(held) > 0 {
				nulls++
			}
		}
	}
	return diff, before, nulls
}

// WithoutRemovals is a patch, with the values before it, without all that removes
// keys: nulls, and values in the place of an object.
func WithoutRemovals(patch, before map[string]any) (patchLeft, beforeLeft map[string]any) {
	patchLeft, beforeLeft = map[string]any{}, map[string]any{}
	for key, v := range patch {
		was, present := before[key]
		held, _ := was.(map[string]any)
		inner, object := v.(map[string]any)
		if object && (held != nil || !present) && len(inner) > 0 {
			if inner, held = WithoutRemovals(inner, held); len(inner) == 0 {
				continue
			}
			v, was = inner, held
		} else if v == nil || len(held) > 0 {
			continue
		}
		patchLeft[key] = v
		if present {
			beforeLeft[key] = was
		}
	}
	return patchLeft, beforeLeft
}

// WithoutNulls drops absent values at every level. An add sends the result.
func WithoutNulls(o map[string]any) map[string]any {
	out := map[string]any{}
	for key, v := range o {
		if inner, ok := v.(map[string]any); ok {
			rest := WithoutNulls(inner)
			if len(inner) > 0 && len(rest) == 0 {
				continue
			}
			v = rest
		}
		if _, odd := v.(Untouched); v != nil && !odd {
			out[key] = v
		}
	}
	return out
}

// Patched applies an RFC 7396 merge patch to a copy of have.
func Patched(have, diff map[string]any) map[string]any {
	out := maps.Clone(have)
	if out == nil {
		out = map[string]any{}
	}
	for key, v := range diff {
		inner, object := v.(map[string]any)
		switch {
		case v == nil:
			delete(out, key)
		case object:
			below, _ := out[key].(map[string]any)
			out[key] = Patched(below, inner)
		default:
			out[key] = v
		}
	}
	return out
}

// equalJSON compares decoded values. Numbers are compared by value, so that 1
// and 1.0 agree.
func equalJSON(a, b any) bool {
	x, errX := json.Marshal(normalNumbers(a))
	y, errY := json.Marshal(normalNumbers(b))
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// normalNumbers turns numbers that a float64 holds exactly into one form.
func normalNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if len(v) < 16 {
			if f, err := v.Float64(); err == nil {
				return f
			}
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[key] = normalNumbers(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = normalNumbers(v[i])
		}
		return out
	}
	return v
}

// ValidUTF8 replaces bytes that are no UTF-8 as encoding/json does. It is done
// here so that the answer of Clerk compares equal.
func ValidUTF8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

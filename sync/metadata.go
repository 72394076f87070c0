package sync

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// MaxMetadata is the size that Clerk allows a metadata object, in bytes of
// JSON (taken per field: the documentation does not say more).
const MaxMetadata = 8192

// canonical writes an object with sorted keys and without HTML escapes; an
// empty or nil object is "".
func canonical(o map[string]any) JSON {
	if len(o) == 0 {
		return ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil {
		// Values come from decoded YAML, JSON or templates; an unmarshalable one
		// was refused by Validate.
		panic("metadata cannot be encoded: " + err.Error())
	}
	return JSON(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// decodeObject reads an object, numbers kept as written; anything that is no
// object is nil.
func decodeObject(raw []byte) map[string]any {
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

// mergeLower fills into high the keys that only low has, at every level: the
// higher rule wins key by key.
func mergeLower(high, low map[string]any) map[string]any {
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
			high[key] = mergeLower(h, l)
		}
	}
	return high
}

// patch is the minimal RFC 7396 merge patch that makes have agree with want,
// with the present values of the keys that it touches and the number of keys
// that it removes. Keys that want does not name are not touched.
func patch(want, have map[string]any) (diff, before map[string]any, nulls int) {
	diff, before = map[string]any{}, map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		w, h := want[key], have[key]
		_, present := have[key]
		inner, object := w.(map[string]any)
		held, _ := h.(map[string]any)
		_, odd := w.(leave)
		switch {
		case odd, w == nil && !present:
		case w == nil:
			diff[key], before[key] = nil, h
			nulls++
		case object && (held != nil || !present):
			d, b, n := patch(inner, held)
			if len(d) > 0 {
				diff[key] = d
				if present {
					before[key] = b
				}
			}
			nulls += n
		case object:
			diff[key], before[key] = withoutNulls(inner), h
		case !equalJSON(w, h) || !present:
			diff[key] = w
			if present {
				before[key] = h
			}
		}
	}
	return diff, before, nulls
}

// withoutNulls drops absent values, at every level: what an add sends.
func withoutNulls(o map[string]any) map[string]any {
	out := map[string]any{}
	for key, v := range o {
		if inner, ok := v.(map[string]any); ok {
			rest := withoutNulls(inner)
			if len(inner) > 0 && len(rest) == 0 {
				continue
			}
			v = rest
		}
		if _, odd := v.(leave); v != nil && !odd {
			out[key] = v
		}
	}
	return out
}

// merged applies an RFC 7396 merge patch to a copy of have.
func merged(have, diff map[string]any) map[string]any {
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
			out[key] = merged(below, inner)
		default:
			out[key] = v
		}
	}
	return out
}

// equalJSON compares decoded values; numbers by value, so that 1 and 1.0 agree.
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

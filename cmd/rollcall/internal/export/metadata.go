package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
)

func object(raw json.RawMessage) map[string]any {
	var o map[string]any
	if json.Unmarshal(raw, &o) != nil {
		return nil // absent: unknown, and left alone
	}
	return o
}

// choose takes the metadata keys that a file can say just as they are: a cell
// holds plain text, and an empty one means that the key is absent.
func (x *Export) choose() {
	x.public = x.sayable("public", func(r *row) map[string]any { return r.public })
	x.private = x.sayable("private", func(r *row) map[string]any { return r.private })
}

func (x *Export) sayable(kind string, of func(*row) map[string]any) []string {
	keys := map[string]bool{}
	for i := range x.rows {
		for key, v := range of(&x.rows[i]) {
			text, ok := v.(string)
			ok = ok && text != "" && plain(text) && plain(key)
			before, seen := keys[key]
			keys[key] = ok && (before || !seen)
		}
	}
	delete(keys, "rollcall") // our marker is no column
	var out []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if keys[key] {
			out = append(out, key)
			continue
		}
		x.LeftOut = append(x.LeftOut, fmt.Sprintf("%s metadata %q: not plain text for every member", kind, key))
	}
	return out
}

// plain reports whether a cell gives a text back as it is.
func plain(text string) bool {
	return strings.TrimSpace(text) == text && escape.Controls(text) == text && !escape.Formula(text)
}

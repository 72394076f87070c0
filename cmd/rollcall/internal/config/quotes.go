package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/sync/policy"
)

// quote asks for quotes around a value that is text for rollcall and a number
// or a truth value for YAML: 010 would become 8, and 12.50 would become 12.5.
func (d *decoder) quote(n *node, path string) {
	problem := "must be text: write it in quotes"
	if !secretName.MatchString(lastKey(path)) { // S43: a number may be a password
		problem += fmt.Sprintf(" (%q)", n.text)
	}
	d.addAt(n.at, path, problem)
}

// textForms says which form the types take that decode themselves. All their
// values are text.
var textForms = map[reflect.Type]struct {
	kinds []kind
	words string
}{
	reflect.TypeFor[policy.GroupPattern](): {[]kind{sequence, mapping}, `a list of group names (["staff"]), or a mapping with match or glob`},
	reflect.TypeFor[source.Texts]():        {[]kind{text, sequence}, "text, or a list of texts"},
	reflect.TypeFor[csvfile.Cells]():       {[]kind{text, mapping, sequence}, "the heading of a column, a mapping with column and separator, or a list of these for groups"},
}

// checkText reports what the library would turn into other text: the names of
// groups and the headings of columns that YAML takes for numbers. It answers
// whether the value has a form that can be decoded.
func (d *decoder) checkText(dst reflect.Value, n *node, path string) bool {
	form, ok := textForms[dst.Type()]
	if !ok {
		return true
	}
	switch {
	case slices.Contains(form.kinds, n.kind):
		return d.checkTexts(dst.Type(), n, path)
	case n.kind == scalar && form.kinds[0] == text:
		d.quote(n, path)
	default:
		d.addAt(n.at, path, "must be "+form.words)
	}
	return false
}

func (d *decoder) checkTexts(t reflect.Type, n *node, path string) (decodable bool) {
	decodable = true
	for i, item := range n.items {
		below := fmt.Sprintf("%s[%d]", path, i)
		switch item.kind {
		case text:
		case scalar, null:
			d.quote(item, below)
		case mapping:
			if t == reflect.TypeFor[csvfile.Cells]() {
				decodable = d.checkTexts(t, item, below) && decodable
				continue
			}
			d.addAt(item.at, below, "must be text, not a mapping: write it in quotes")
			decodable = false
		default: // 12:30 in a list is a mapping for YAML
			d.addAt(item.at, below, fmt.Sprintf("must be text, not %s: write it in quotes", kindWords[item.kind]))
			decodable = false
		}
	}
	for _, e := range n.entries {
		if e.value.kind == scalar {
			d.quote(e.value, join(path, e.key))
		}
	}
	return decodable
}

// mostExact is the largest number that JSON programs hold exactly.
const mostExact = 1<<53 - 1

// freeNumber reports a number in metadata that would be sent in other digits
// than the file has: 007 as 7, 0x1F as 31. Most likely it is text.
func (d *decoder) freeNumber(n *node, path string) {
	var number any
	if n.kind != scalar || n.fill(&number) != nil {
		return
	}
	if _, ok := number.(bool); ok {
		return
	}
	sent, err := json.Marshal(number)
	switch {
	case err != nil || tooLarge(number):
		d.addAt(n.at, path, fmt.Sprintf("is a number that JSON cannot represent: write it in quotes (%q)", n.text))
	case string(sent) != n.text:
		d.addAt(n.at, path, fmt.Sprintf("would be sent to Clerk as the number %s: write %s, or write %q in quotes if it is text", sent, sent, n.text))
	}
}

func tooLarge(number any) bool {
	switch v := number.(type) {
	case uint64:
		return v > mostExact
	case int64:
		return v < -mostExact
	}
	return false
}

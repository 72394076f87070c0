package forget

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"rollcall/sync/plan"
)

// Placeholder stands in texts where the person stood.
const Placeholder = "[forgotten]"

// leastLetters is how long an id or a name must be to be looked for inside of a text:
// "2" is a part of too many.
const leastLetters = 4

// personal are the names under which the JSON of a change, and whatever else the
// journal keeps of people, has their data. A value that is no text is dropped.
var personal = []string{"email", "user_email", "name", "first_name", "last_name", "external_id", "id", "user_id", "person_id", "who", "person", "invitation_id",
	"public_metadata", "private_metadata", "public_metadata_before", "private_metadata_before", "last_seen", "why", "because"}

// Redact is a text without the person. Of JSON each value is looked at.
func (p *Person) Redact(text string) string {
	value, ok := decodeJSON(text)
	if !ok {
		return p.redactWords(text)
	}
	if !p.mentions(value) {
		return text
	}
	out, err := json.Marshal(p.redactValue(value))
	if err != nil {
		return Placeholder // what was decoded can be encoded
	}
	return string(out)
}

// Mentions reports whether a text is about the person: JSON has a value that is the
// person, and any other text has one in it. Several JSON values may follow each other.
func (p *Person) Mentions(text string) bool {
	for line := range strings.Lines(text) {
		if value, ok := decodeJSON(line); ok {
			if p.mentions(value) {
				return true
			}
		} else if p.redactWords(line) != line {
			return true
		}
	}
	return false
}

// decodeJSON reads a text that is an object or an array.
func decodeJSON(text string) (value any, ok bool) {
	if text = strings.TrimSpace(text); !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return nil, false
	}
	_, err := d.Token()
	return value, err == io.EOF
}

// isAbout reports whether an object of JSON is about the person: one of its own values
// is an address or an account of theirs, or an id beside its source.
func (p *Person) isAbout(object map[string]any) bool {
	for _, value := range object {
		if text, ok := value.(string); ok && p.IsSubject(text) {
			return true
		}
	}
	id, _ := object["id"].(string)
	of, _ := object["source"].(string)
	return p.IsID(plan.DirectoryID{Source: of, ID: id})
}

// mentions reports whether something in a value is about the person.
func (p *Person) mentions(value any) bool {
	switch v := value.(type) {
	case string:
		return p.redactWords(v) != v
	case []any:
		return slices.ContainsFunc(v, p.mentions)
	case map[string]any:
		for key, value := range v {
			if p.mentions(key) || p.mentions(value) {
				return true
			}
		}
		return p.isAbout(v)
	}
	return false
}

func (p *Person) redactValue(value any) any {
	switch v := value.(type) {
	case string:
		return p.redactWords(v)
	case []any:
		for i := range v {
			v[i] = p.redactValue(v[i])
		}
	case map[string]any:
		return p.redactObject(v)
	}
	return value
}

// redactObject keeps of an object about the person what counts need.
func (p *Person) redactObject(object map[string]any) map[string]any {
	about := p.isAbout(object)
	out := make(map[string]any, len(object))
	for key, value := range object {
		switch _, text := value.(string); {
		case about && slices.Contains(personal, key) && text:
			out[p.redactWords(key)] = Placeholder
		case about && slices.Contains(personal, key):
		default:
			out[p.redactWords(key)] = p.redactValue(value)
		}
	}
	return out
}

// redactWords replaces whatever names the person in a text.
func (p *Person) redactWords(text string) string {
	if p.IsSubject(text) {
		return Placeholder
	}
	words := slices.Concat(p.Emails, p.Users)
	for _, id := range p.IDs {
		words = append(words, longEnough(id.ID)...)
	}
	for _, name := range p.Names {
		words = append(words, longEnough(name)...)
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // the whole before its part
	for _, word := range words {
		text = replaceWord(text, word)
	}
	return text
}

func longEnough(word string) []string {
	if utf8.RuneCountInString(word) < leastLetters {
		return nil
	}
	return []string{word}
}

// replaceWord replaces a word where nothing before or behind makes it another one.
// Letters of ASCII are compared without case (S05).
func replaceWord(text, word string) string {
	var out strings.Builder
	rest, low, from := lower(text), lower(word), 0
	for {
		i := strings.Index(rest[from:], low)
		if i < 0 || low == "" {
			break
		}
		at, end := from+i, from+i+len(low)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		behind, _ := utf8.DecodeRuneInString(text[end:])
		if joins(before) || joins(behind) {
			out.WriteString(text[from : at+1])
			from = at + 1
			continue
		}
		out.WriteString(text[from:at] + Placeholder)
		from = end
	}
	return out.String() + text[from:]
}

// joins reports whether a letter belongs to the word beside it.
func joins(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '+')
}

// lower is a text in lower case, as far as ASCII goes: it stays as long.
func lower(text string) string {
	out := []byte(text)
	for i, b := range out {
		if b >= 'A' && b <= 'Z' {
			out[i] = b + 'a' - 'A'
		}
	}
	return string(out)
}

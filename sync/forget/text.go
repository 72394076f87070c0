package forget

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// Placeholder stands in texts where the person stood.
const Placeholder = "[forgotten]"

// redactor takes a person out of texts in which others stand too. JSON is changed at
// the keys that are known to have people, and nowhere else: a key, a role or a time may
// be spelled like a name. In prose of other people's records only addresses and
// accounts are replaced; in prose of a run, distinctive ids and names too.
type redactor struct {
	*Person
	// always are the addresses and the accounts, distinctive the ids and the names that
	// are no word of anything else.
	always, distinctive []string
	// unsure counts the texts that may still name the person, doubt says that the present
	// one does.
	unsure int
	doubt  bool
}

func newRedactor(p *Person, all []journal.Change, facts []journal.Fact) *redactor {
	r := &redactor{Person: p, always: unmistakable(p)}
	r.distinctive = slices.DeleteFunc(distinctiveWords(p), func(word string) bool {
		return slices.ContainsFunc(slices.Concat(all, p.waited), func(c journal.Change) bool { return !p.has(&c) && !p.owns(&c) && namesOther(&c, word) }) ||
			slices.ContainsFunc(facts, func(f journal.Fact) bool {
				return (f.Kind == memory.FactGroup || f.Kind == memory.FactOrganization || f.Kind == memory.FactPin) && hasWord(f.Key+" "+string(f.Value), []string{word}, false)
			})
	})
	return r
}

// namesOther reports whether a word stands in what a change calls somebody else, or in
// what it calls the organization, the source and the roles.
func namesOther(c *journal.Change, word string) bool {
	return slices.ContainsFunc([]string{c.Name, c.PersonID, c.Email, c.UserID, c.Organization, c.Source, c.From, c.To},
		func(text string) bool { return hasWord(text, []string{word}, false) })
}

// rewrite is a text of the journal without the person.
func (r *redactor) rewrite(place, text string) string {
	return r.count(func() string {
		switch place {
		case "waited.text":
			return rewriteJSON(text, r.withoutWaited)
		case "runs.summary":
			return rewriteJSON(text, r.withoutStarter)
		case "runs.error", "approvals.reason", "pauses.reason":
			return r.prose(text)
		case "changes.because", "changes.error", "approvals.given_by", "pauses.given_by", "exceptions.reason", "exceptions.given_by", "exceptions.ended_by":
			return r.othersProse(text)
		}
		return text
	})
}

// shown is a fact that the service shows, without the person.
func (r *redactor) shown(text string) string {
	return r.count(func() string { return rewriteJSON(text, r.withoutShown) })
}

// count counts a text if a sentence in it may still name the person.
func (r *redactor) count(rewrite func() string) string {
	r.doubt = false
	text := rewrite()
	if r.doubt {
		r.unsure++
	}
	return text
}

// prose is a text about a run without the person.
func (r *redactor) prose(text string) string {
	return r.othersProse(replaceWords(text, r.distinctive, false))
}

// othersProse is a text of somebody else's record without the person.
func (r *redactor) othersProse(text string) string {
	text = replaceWords(text, r.always, true)
	r.doubt = r.doubt || r.mayBeIn(text)
	return text
}

// rewriteJSON is a text after a change of its value; one that stays the same keeps its
// bytes, and so does one that cannot be read.
func rewriteJSON(text string, change func(value any) any) string {
	value, ok := decodeJSON(text)
	if !ok {
		return text
	}
	before, errBefore := json.Marshal(value)
	after, errAfter := json.Marshal(change(value))
	if errBefore != nil || errAfter != nil || bytes.Equal(before, after) {
		return text
	}
	return string(after)
}

// decodeJSON reads a text that is one value.
func decodeJSON(text string) (value any, ok bool) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return nil, false
	}
	_, err := d.Token()
	return value, err == io.EOF
}

// personal are the keys under which the JSON of a change has the data of its person.
var personal = []string{"email", "user_email", "user_reserved", "name", "first_name", "last_name", "external_id", "id", "user_id", "invitation_id",
	"public_metadata", "private_metadata", "public_metadata_before", "private_metadata_before", "last_seen", "why", "because"}

// withoutWaited changes what waited, see [memory.Waited].
func (r *redactor) withoutWaited(value any) any {
	lists, _ := value.(map[string]any)
	for _, list := range []string{"approval", "fix", "skipped"} {
		for _, organization := range objects(lists[list]) {
			for _, change := range objects(organization["changes"]) {
				r.withoutChange(change)
			}
		}
	}
	return value
}

// withoutChange keeps of a change of the person what counts need. Of somebody else's it
// changes the sentences.
func (r *redactor) withoutChange(change map[string]any) {
	text := func(key string) string { s, _ := change[key].(string); return s }
	own := r.owns(&journal.Change{UserID: text("user_id"), Email: text("email"), Source: text("source"), PersonID: text("id")})
	if !own {
		r.replace(change, r.othersProse, "because", "why")
		return
	}
	for _, key := range personal {
		switch _, isText := change[key].(string); {
		case isText && key != "last_seen":
			change[key] = Placeholder
		default:
			delete(change, key)
		}
	}
}

// withoutStarter changes who started a run and what failed, see [memory.RunSummary].
func (r *redactor) withoutStarter(value any) any {
	if summary, ok := value.(map[string]any); ok {
		r.replace(summary, r.othersProse, "by", "why")
		r.replace(summary, r.prose, "problems")
	}
	return value
}

// withoutShown changes what the service shows: lines of people, and sentences. The keys
// are those of package statuspage and of the digests that it keeps.
func (r *redactor) withoutShown(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = r.withoutShown(v[i])
		}
	case map[string]any:
		r.replace(v, r.prose, "headline", "checked", "problem", "problems", "holds", "next", "when", "commands", "reason")
		for _, below := range v {
			r.withoutShown(below)
		}
		r.withoutLine(v)
	}
	return value
}

// withoutLine empties a line that is about the person, with the names beside it.
func (r *redactor) withoutLine(object map[string]any) {
	line, _ := object["line"].(map[string]any)
	if names, ok := object["names"].([]any); ok && line != nil {
		if r.areNames(names) {
			object["names"] = []any{}
			empty(line)
		}
		return
	}
	if who, ok := object["Who"].(string); ok && (hasWord(who, r.always, true) || r.areNames([]any{who})) {
		empty(object)
	}
	if _, ok := object["Who"]; ok {
		r.replace(object, r.othersProse, "What", "Why")
	}
}

func empty(line map[string]any) { line["Who"], line["What"], line["Why"] = Placeholder, "", "" }

// areNames reports whether the account, the id and the address beside a line are the
// person's. They do not say of which source the id is, so that it counts only alone.
func (r *redactor) areNames(names []any) bool {
	isID, others := false, false
	for _, name := range names {
		text, _ := name.(string)
		if text != "" && r.IsSubject(text) {
			return true
		}
		isID = isID || slices.ContainsFunc(r.IDs, func(id plan.DirectoryID) bool { return id.ID == text })
		others = others || strings.Contains(text, "@") || strings.HasPrefix(text, "user_")
	}
	return isID && !others
}

// replace changes the sentences of an object under these keys.
func (r *redactor) replace(object map[string]any, change func(string) string, keys ...string) {
	for _, key := range keys {
		switch v := object[key].(type) {
		case string:
			object[key] = change(v)
		case []any:
			for i := range v {
				if text, ok := v[i].(string); ok {
					v[i] = change(text)
				}
			}
		}
	}
}

// objects are the objects of a list.
func objects(value any) []map[string]any {
	list, _ := value.([]any)
	var out []map[string]any
	for _, one := range list {
		if object, ok := one.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

package forget

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"rollcall/sync/exception"
	"rollcall/sync/journal"
	"rollcall/sync/memory"
	"rollcall/sync/plan"
)

// waitedChanges are the changes that waited in any run or wait now, and the exceptions,
// as far as they say who the person is. They have no number.
func waitedChanges(ctx context.Context, history Journal) ([]journal.Change, error) {
	texts, err := history.WaitedTexts(ctx)
	if err != nil {
		return nil, err
	}
	sets, err := history.HeldSets(ctx)
	if err != nil {
		return nil, err
	}
	exceptions, err := history.Exceptions(ctx)
	if err != nil {
		return nil, err
	}
	var all []journal.Change
	for i := range exceptions {
		all = append(all, *exceptionChange(&exceptions[i]))
	}
	for _, text := range texts {
		if w := memory.ReadWaited(text); w != nil {
			all = append(all, changesIn(slices.Concat(w.Approval, w.Fix, w.Skipped))...)
		}
	}
	for i := range sets {
		all = append(all, heldChanges(sets[i].Text)...)
	}
	return all, nil
}

// exceptionChange is whom an exception is about.
func exceptionChange(e *exception.Exception) *journal.Change {
	return &journal.Change{Organization: e.Organization, UserID: e.UserID, Email: e.Address, Source: e.Person.Source, PersonID: e.Person.ID, To: e.Role}
}

// heldChanges are the changes of a set that waits; none if it is of another version.
func heldChanges(text []byte) []journal.Change {
	set, err := memory.ReadWaitingSet(text)
	if err != nil {
		return nil
	}
	return changesIn(set.Parts)
}

func changesIn(parts []plan.Organization) []journal.Change {
	var all []journal.Change
	for i := range parts {
		for j := range parts[i].Changes {
			c := &parts[i].Changes[j]
			one := journal.Change{Organization: c.Organization, UserID: c.UserID, Email: c.Email, Name: c.Name, Source: c.Source, PersonID: c.ID}
			all = append(all, one)
			if c.UserEmail != "" { // an address of the account, which the source does not know
				all = append(all, journal.Change{Organization: c.Organization, UserID: c.UserID, Email: c.UserEmail})
			}
		}
	}
	return all
}

// onlyWaited reports whether a change waited, and is none of the history.
func onlyWaited(c journal.Change) bool { return c.ID == 0 }

// matching lists the changes of the history, and those that waited, which name a person
// of the filter.
func (p *Person) matching(ctx context.Context, history Journal, f journal.Filter) ([]journal.Change, error) {
	found, err := history.Matching(ctx, f)
	if err != nil {
		return nil, err
	}
	for i := range p.waited {
		c := &p.waited[i]
		if c.UserID != "" && slices.Contains(f.Users, c.UserID) || c.Email != "" && slices.Contains(f.Emails, c.Email) ||
			slices.ContainsFunc(f.People, func(id journal.PersonID) bool {
				return c.PersonID == id.ID && id.ID != "" && (id.Source == "" || id.Source == c.Source)
			}) {
			found = append(found, *c)
		}
	}
	return found, nil
}

// isHeld reports whether a set that waits has a change of the person.
func (p *Person) isHeld(keys []string, text []byte) bool {
	return slices.ContainsFunc(keys, p.isKey) || slices.ContainsFunc(heldChanges(text), func(c journal.Change) bool { return p.owns(&c) })
}

// isHeldRow is the same of a set as it is stored.
func (p *Person) isHeldRow(keys, text string) bool {
	var list []string
	_ = json.Unmarshal([]byte(keys), &list) // a set without keys approves nothing
	return p.isHeld(list, []byte(text))
}

// isKey reports whether the key of a change, see [plan.Change.Key], is of a change of
// the person: by its subject, or by the marker in its metadata.
func (p *Person) isKey(key string) bool {
	words := quotedWords(key)
	const subject = 2 // after the action and the organization
	if len(words) <= subject {
		return false
	}
	c := journal.Change{UserID: words[subject]}
	if strings.Contains(c.UserID, "@") {
		c.UserID, c.Email = "", c.UserID
	}
	for _, word := range words[subject+1:] {
		if m := plan.ParseMarker(json.RawMessage(word)); m != nil {
			c.Source, c.PersonID = m.Source, m.ID
		}
	}
	return p.owns(&c)
}

// quotedWords are the words of a key between quotation marks.
func quotedWords(key string) []string {
	var words []string
	for {
		at := strings.IndexByte(key, '"')
		if at < 0 {
			return words
		}
		quoted, err := strconv.QuotedPrefix(key[at:])
		if err != nil {
			return words
		}
		if word, err := strconv.Unquote(quoted); err == nil {
			words = append(words, word)
		}
		key = key[at+len(quoted):]
	}
}

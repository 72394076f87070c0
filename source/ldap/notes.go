package ldap

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"rollcall/source"
)

// notes are the remarks of one read, each once. Searches that run side by side
// add to them.
type notes struct {
	source string
	mu     sync.Mutex
	list   []source.Note
	known  map[string]bool
}

func newNotes(source string) *notes { return &notes{source: source, known: map[string]bool{}} }

// add keeps a remark about an entry, or about all when the DN is empty.
func (n *notes) add(dn, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	n.mu.Lock()
	defer n.mu.Unlock()
	if key := dn + "\x00" + text; !n.known[key] {
		n.known[key] = true
		n.list = append(n.list, source.Note{Origin: source.Origin{Source: n.source, DN: dn}, Text: source.CleanText(text)})
	}
}

// sorted gives the remarks in an order that no race decides.
func (n *notes) sorted() []source.Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	slices.SortFunc(n.list, func(a, b source.Note) int {
		return cmp.Or(cmp.Compare(a.Origin.DN, b.Origin.DN), cmp.Compare(a.Text, b.Text))
	})
	return n.list
}

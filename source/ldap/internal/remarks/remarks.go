// Package remarks keeps what the admin should know of one read of a directory. It
// imports source for the notes of a snapshot.
package remarks

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"rollcall/source"
)

// List is the remarks of one read, each once. Searches that run side by side
// add to it.
type List struct {
	source string
	mu     sync.Mutex
	list   []source.Note
	known  map[string]bool
}

// New makes an empty list for a source.
func New(source string) *List { return &List{source: source, known: map[string]bool{}} }

// Add keeps a remark about an entry, or about all when the DN is empty.
func (n *List) Add(dn, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	n.mu.Lock()
	defer n.mu.Unlock()
	if key := dn + "\x00" + text; !n.known[key] {
		n.known[key] = true
		n.list = append(n.list, source.Note{Origin: source.Origin{Source: n.source, DN: dn}, Text: source.CleanText(text)})
	}
}

// Sorted gives the remarks in an order that no race decides.
func (n *List) Sorted() []source.Note {
	n.mu.Lock()
	defer n.mu.Unlock()
	slices.SortFunc(n.list, func(a, b source.Note) int {
		return cmp.Or(cmp.Compare(a.Origin.DN, b.Origin.DN), cmp.Compare(a.Text, b.Text))
	})
	return n.list
}

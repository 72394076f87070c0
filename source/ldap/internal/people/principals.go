package people

import (
	"iter"

	"rollcall/source/ldap/internal/wire"
)

// Principals are the nodes of an index that other domains of Active Directory know by a
// SID, or that stand for somebody of another domain.
type Principals struct {
	// Foreign has the SID of each member that stands for somebody of another domain.
	Foreign map[int32]string
	// own finds the node of a person of this domain.
	own map[string]int32
}

// NewPrincipals makes an empty list.
func NewPrincipals() Principals { return Principals{map[int32]string{}, map[string]int32{}} }

// severalEntries stands for a SID that is not one person's.
const severalEntries = -1

// Add takes the SID of an entry that was found.
func (p *Principals) Add(e *wire.Entry, node int32) {
	sid, _, ok := FormatSID(e.First("objectSid"))
	if before, known := p.own[sid]; known && before != node {
		node = severalEntries
	}
	if ok {
		p.own[sid] = node
	}
}

// Has reports whether an entry with the SID was found.
func (p *Principals) Has(sid string) bool { _, ok := p.own[sid]; return ok }

// Nodes are the nodes by SID.
func (p *Principals) Nodes() iter.Seq2[string, int32] {
	return func(yield func(string, int32) bool) {
		for sid, n := range p.own {
			if n != severalEntries && !yield(sid, n) {
				return
			}
		}
	}
}

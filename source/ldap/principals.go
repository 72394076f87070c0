package ldap

import (
	"context"
	"slices"

	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/wire"
)

// principals are nodes that other domains of Active Directory know by a SID.
type principals struct {
	// foreign has the SID of each member that stands for somebody of another domain.
	foreign map[int32]string
	// own finds the node of a person of this domain.
	own map[string]int32
}

// severalEntries stands for a SID that is not one person's.
const severalEntries = -1

// readPeopleBySID reads the people that [source.Request].SIDs names.
func (r *resolver) readPeopleBySID(ctx context.Context) error {
	if r.read.domain == "" {
		return nil
	}
	for batch := range slices.Chunk(r.read.request.SIDs, r.read.dir.cfg.BatchSize) {
		if err := r.readPeopleBy(ctx, people.AnyValue("objectSid", batch)); err != nil {
			return err
		}
	}
	return nil
}

// add takes the SID of an entry that was found.
func (p *principals) add(e *wire.Entry, node int32) {
	sid, _, ok := people.FormatSID(e.First("objectSid"))
	if before, known := p.own[sid]; known && before != node {
		node = severalEntries
	}
	if ok {
		p.own[sid] = node
	}
}

// people are the places of people in the snapshot, by SID.
func (p *principals) people(nodes []node, place []int) map[string]int {
	out := map[string]int{}
	for sid, n := range p.own {
		if n != severalEntries && nodes[n].kind == people.KindPerson {
			out[sid] = place[nodes[n].index]
		}
	}
	return out
}

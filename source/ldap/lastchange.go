package ldap

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
	"rollcall/source/internal/panics"
	"rollcall/source/ldap/internal/people"
	"rollcall/source/ldap/internal/rootdse"
	"rollcall/source/ldap/internal/wire"
)

// LastChange asks one server for its newest change, by the clock that S12 compares:
// contextCSN, highestCommittedUSN, or the newest timestamp of an entry. It reads no group and
// no person, so the answer proves nothing about them. known is the last answer of that
// server; it bounds the question about timestamps, and may be empty.
func (d *Directory) LastChange(ctx context.Context, known func(server string) source.Revision) (last source.LastChange, err error) {
	defer panics.Recover(&err)
	r, err := d.open(ctx, source.Request{})
	if err != nil {
		return source.LastChange{}, err
	}
	defer r.server.Close()
	if err := r.markNewest(ctx); err != nil {
		return source.LastChange{}, err
	}
	last = source.LastChange{Server: r.server.URL(), Revision: r.newest}
	if last.Revision == "" {
		last.Revision, err = r.newestTimestamp(ctx, known(last.Server).At(source.ClockTime, askedClock))
	}
	return last, err
}

const (
	// askedClock is the origin of a timestamp that was asked for. It differs from that of
	// a whole read, because the question is about all entries.
	askedClock = "asked"
	// firstLook is how far back the first question about timestamps goes. It is longer
	// than two clocks differ.
	firstLook = 24 * time.Hour
	stampForm = "20060102150405Z"
)

// newestTimestamp finds the newest timestamp at or after that of the last answer.
// The number of entries with that timestamp follows it, because several changes may have
// the same second. An entry that was deleted leaves no timestamp: only the schedule
// notices that, unless a group has changed with it.
func (r *session) newestTimestamp(ctx context.Context, known string) (source.Revision, error) {
	since := r.dir.now().UTC().Add(-firstLook).Format(stampForm)
	if len(known) > len(stampForm) {
		since = known[:len(stampForm)]
	}
	newest, count := since, 0
	bound := since
	if r.root.Kind.IsAD() {
		bound = strings.TrimSuffix(since, "Z") + ".0Z" // it takes no other form
	}
	q := wire.Query{Scope: ldap.ScopeWholeSubtree, Filter: "(" + r.stampAttr + ">=" + bound + ")", Attrs: []string{r.stampAttr}}
	for _, q.Base = range rootdse.Outermost(r.userBase, r.groupBase) {
		err := r.server.Search(ctx, q, func(e *wire.Entry) error {
			at, ok := people.GeneralizedTime(e.First(r.stampAttr))
			switch stamp := at.UTC().Format(stampForm); {
			case !ok || stamp < newest:
			case stamp > newest:
				newest, count = stamp, 1
			default:
				count++
			}
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return source.Revision("").With(source.ClockTime, source.Clock{askedClock: fmt.Sprintf("%s-%08d", newest, count)}), nil
}

package statuspage

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/journal"
)

// hit is something that a search found.
type hit struct{ Text, Path string }

// searchPage is what a search found. More says that it found more than it shows.
type searchPage struct {
	frame
	Organizations, People []hit
	More                  bool
}

func (p *Page) searchPage(r *http.Request, f *frame) (string, any, error) {
	query := queryOf(r, "q")
	f.Title, f.Root, f.Query = "Search", "./", escape.Text(query)
	v := searchPage{frame: *f}
	if query == "" {
		return "search", &v, nil
	}
	v.findOrganizations(query)
	if v.Named {
		changes, err := p.newest(r.Context(), journal.Search{Text: query, Limit: searched})
		if err != nil {
			return "", nil, err
		}
		v.findPeople(query, cmp.Or(p.waiting.Load(), p.history(r.Context()).waiting), changes)
	}
	return "search", &v, nil
}

// queryOf is a short text of the query.
func queryOf(r *http.Request, key string) string {
	text := strings.TrimSpace(strings.ToValidUTF8(r.URL.Query().Get(key), ""))
	if len(text) > maxQuery {
		text = strings.ToValidUTF8(text[:maxQuery], "")
	}
	return text
}

func (v *searchPage) add(to *[]hit, h hit) {
	switch {
	case slices.Contains(*to, h):
	case len(*to) == shownHits:
		v.More = true
	default:
		*to = append(*to, h)
	}
}

func (v *searchPage) findOrganizations(query string) {
	if v.names == nil {
		return
	}
	for i := range v.names.Organizations {
		if o := &v.names.Organizations[i]; o.ID == query || contains(o.Name, query) {
			v.add(&v.Organizations, hit{o.Name, organizationPath(o.ID)})
		}
	}
}

// findPeople looks among those who wait, then among those with changes.
func (v *searchPage) findPeople(query string, waiting *waitingSet, changes []journal.Change) {
	for _, w := range waiting.of(func(w *waiter) bool {
		return slices.ContainsFunc(w.Names, func(name string) bool { return contains(name, query) })
	}) {
		v.add(&v.People, hit{w.Line.Who, w.Path()})
	}
	for i := range changes {
		e := v.entryOf(&changes[i])
		v.add(&v.People, hit{e.Who, e.PersonPath})
	}
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

package statuspage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/statuspage/signin"
	"rollcall/cmd/rollcall/internal/statuspage/trend"
	"rollcall/sync/journal"
)

// frame is what each page has: its head, its foot, and the search.
type frame struct {
	Style    template.HTML
	Title    string
	Name     string // of the installation
	Instance string // of Clerk (S41)
	// Root leads to the status page, relative to this one: a proxy may serve it below a
	// path of its own.
	Root  string
	Named bool // people are named
	Query string
	Made  string

	at    clock
	names *outcome // of the organizations; nil is unknown
}

func (p *Page) newFrame(ctx context.Context, now time.Time, named bool) frame {
	service, earlier := p.config.Service(), p.history(ctx)
	f := frame{Style: template.HTML("<style>" + style + "</style>"), // our own files
		Name: escape.Brief(service.Name), Root: "../", Named: named, at: clock{now, service.Zone},
		Instance: instanceOf(service, earlier, cmp.Or(p.last.Load(), earlier.last)), names: cmp.Or(p.whole.Load(), earlier.whole)}
	f.Made = f.at.moment(now) + " by rollcall " + escape.Text(p.config.Version)
	return f
}

const (
	shownChanges = 500 // of a run, an organization or a person
	shownHits    = 50
	searched     = 5000 // changes among which a search looks for people
	maxQuery     = 200  // bytes
)

// pageHandler answers with one of the pages below the status page.
type pageHandler func(r *http.Request, f *frame) (name string, content any, err error)

// serve shows what a handler makes.
func (p *Page) serve(named bool, handle pageHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := p.newFrame(r.Context(), time.Now(), named)
		name, content, err := handle(r, &f)
		status := http.StatusOK
		if err != nil {
			name, content, status = "problem", f.problem(err), statusOf(err)
		} else if v, ok := content.(*approvalPage); ok && v.Problem != "" {
			status = http.StatusUnprocessableEntity
		}
		write(w, status, name, content)
	}
}

// statusOf is the status of HTTP for an error.
func statusOf(err error) int {
	refused, ok := errors.AsType[*signin.Refusal](err)
	switch {
	case ok:
		return refused.Status
	case errors.Is(err, errUnknown), errors.Is(err, signin.ErrOff):
		return http.StatusNotFound
	case errors.Is(err, errNotNamed):
		return http.StatusForbidden
	}
	return http.StatusInternalServerError
}

func write(w http.ResponseWriter, status int, name string, content any) {
	var b bytes.Buffer
	if err := page().ExecuteTemplate(&b, name, content); err != nil {
		answer(w, http.StatusInternalServerError, "the page cannot be shown")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // whoever asked may have left
}

// errNotNamed says that a page names people and is not shown here.
var errNotNamed = errors.New("people are named on a loopback address only")

// problemPage says why there is nothing to show.
type problemPage struct {
	frame
	Text string
}

func (v *frame) problem(err error) problemPage {
	f := *v
	f.Title = "Nothing to show"
	return problemPage{f, escape.OneLine(err.Error())}
}

// organizationPage is one organization.
type organizationPage struct {
	frame
	ID     string
	Now    *organization // as the last whole run has seen it; nil is unknown
	Trend  trend.Sparkline
	Waits  *waitingSet
	Groups []group // of the newest changes, by run
}

func (p *Page) organizationPage(r *http.Request, f *frame) (string, any, error) {
	id := r.PathValue("id")
	changes, err := p.newest(r.Context(), journal.Search{Organization: id, Limit: shownChanges})
	if err != nil {
		return "", nil, err
	}
	earlier := p.history(r.Context())
	v := organizationPage{ID: escape.Brief(id), Now: f.names.organization(id), Trend: cmp.Or(p.trend.Load(), earlier.trend).Sparkline(id)}
	v.Waits = &waitingSet{Waiters: cmp.Or(p.waiting.Load(), earlier.waiting).of(func(w *waiter) bool { return w.OrganizationID == id })}
	if v.Now == nil && len(changes)+v.Waits.All() == 0 || id == "" {
		return "", nil, errUnknown
	}
	f.Title = "Organization " + f.names.name(id)
	v.frame = *f
	v.Groups = v.grouped(changes, journal.Done, func(c *journal.Change) (title, path string) {
		return "Run " + runKey(c.Run) + ", " + f.at.moment(c.Intended), "runs/" + runKey(c.Run)
	})
	return "organization", &v, nil
}

// newest finds changes; a history that has not begun has none.
func (p *Page) newest(ctx context.Context, s journal.Search) (found []journal.Change, err error) {
	err = p.look(ctx, func(db *journal.DB) (err error) {
		found, err = db.Newest(ctx, s)
		return err
	})
	if errors.Is(err, errUnknown) {
		err = nil
	}
	return found, err
}

// personPage is one person.
type personPage struct {
	frame
	// Known are the names under which the history has the person.
	Known   []string
	Waits   *waitingSet
	Entries []entry
}

func (p *Page) personPage(r *http.Request, f *frame) (string, any, error) {
	if !f.Named {
		return "", nil, errNotNamed
	}
	id := r.PathValue("id")
	changes, err := p.newest(r.Context(), journal.Search{Person: id, Limit: shownChanges})
	if err != nil {
		return "", nil, err
	}
	waits := cmp.Or(p.waiting.Load(), p.history(r.Context()).waiting).of(func(w *waiter) bool { return slices.Contains(w.Names, id) })
	if len(changes)+len(waits) == 0 || id == "" {
		return "", nil, errUnknown
	}
	f.Title = escape.Brief(id)
	v := personPage{frame: *f, Waits: &waitingSet{Waiters: waits}, Entries: f.entriesOf(changes)}
	v.addKnown(changes)
	return "person", &v, nil
}

// addKnown lists each user, address and id once.
func (v *personPage) addKnown(changes []journal.Change) {
	add := func(name string) {
		if name != "" && !slices.Contains(v.Known, name) {
			v.Known = append(v.Known, name)
		}
	}
	for i := range changes {
		c := &changes[i]
		add(escape.Address(c.Email))
		add(escape.Brief(c.UserID))
		if c.PersonID != "" {
			add(escape.Brief(c.PersonID + " of " + c.Source))
		}
	}
}

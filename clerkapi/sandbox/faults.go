package sandbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong, as data: which requests it hits, and
// what happens to them. The first fault that matches hits.
type Fault struct {
	// Name appears in the journal; empty is the fault's place in the list.
	Name string `json:"name,omitempty"`

	// Kind is "METHOD /pattern" as in Request.Kind. Method and Path narrow
	// by hand: Path is matched under /v1 as path.Match does, so that
	// /organizations/*/memberships is every organization's. Query has to
	// hold for each of its names ({"offset": "1000"}). Empty matches all.
	Kind   string            `json:"kind,omitempty"`
	Method string            `json:"method,omitempty"`
	Path   string            `json:"path,omitempty"`
	Query  map[string]string `json:"query,omitempty"`

	// From is the first matching request to hit, counted from 1; Times how
	// many it hits, 0 for all that follow.
	From  int `json:"from,omitempty"`
	Times int `json:"times,omitempty"`
	// Share hits that part of the matching requests at random (0.05 is one
	// in twenty), the same ones for the same Seed; 0 is all.
	Share float64 `json:"share,omitempty"`
	Seed  uint64  `json:"seed,omitempty"`

	// Delay passes before anything else.
	Delay Duration `json:"delay,omitempty"`
	// Status answers this status without any effect, in Clerk's error
	// envelope with Code (a usual one when empty), or with Body, which
	// ContentType describes (text/html).
	Status      int    `json:"status,omitempty"`
	Code        string `json:"code,omitempty"`
	RetryAfter  int    `json:"retry_after,omitempty"` // seconds
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	// DropConnection cuts the line before any effect, DropAfterEffect after
	// it: the answer is lost. CutAfterBytes cuts within the answer's body.
	DropConnection  bool `json:"drop_connection,omitempty"`
	DropAfterEffect bool `json:"drop_after_effect,omitempty"`
	CutAfterBytes   int  `json:"cut_after_bytes,omitempty"`
	// List distorts the page of a list.
	List *ListFault `json:"list,omitempty"`
}

// ListFault is what lists do while others change them, made to order.
type ListFault struct {
	// TotalCount is added to total_count.
	TotalCount int `json:"total_count,omitempty"`
	// Shift moves the page: 1 skips a row as if an earlier one had been
	// deleted, -1 repeats one as if one had been inserted.
	Shift int `json:"shift,omitempty"`
	// Short leaves this many rows out at the end of the page.
	Short int `json:"short,omitempty"`
	// Repeat puts the page's first rows in the place of its last.
	Repeat int `json:"repeat,omitempty"`
	// Lag shows memberships as they were listed that long ago: newer ones
	// are missing, removed ones still there. Roles do not lag.
	Lag Duration `json:"lag,omitempty"`
}

// Duration is a time.Duration that reads and writes "25ms" in JSON.
type Duration time.Duration

// MarshalText writes the form of time.Duration.String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads the form of time.ParseDuration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// armed is a fault in use.
type armed struct {
	Fault
	seen   int
	random *rand.Rand
}

// SetFaults replaces all faults, and starts their counting anew. Without
// arguments it clears them.
func (s *Server) SetFaults(faults ...Fault) error {
	var all []*armed
	for i, f := range faults {
		if err := f.check(); err != nil {
			return fmt.Errorf("set fault %d: %w", i+1, err)
		}
		f.Name = orElse(f.Name, strconv.Itoa(i+1))
		all = append(all, &armed{Fault: f, random: rand.New(rand.NewPCG(f.Seed, uint64(i)))})
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	s.faults = all
	return nil
}

// Faults returns the faults in use.
func (s *Server) Faults() []Fault {
	s.gate.Lock()
	defer s.gate.Unlock()
	faults := make([]Fault, 0, len(s.faults))
	for _, a := range s.faults {
		faults = append(faults, a.Fault)
	}
	return faults
}

func (f Fault) check() error {
	if _, err := path.Match(f.Path, "/"); err != nil {
		return fmt.Errorf("path %q: %w", f.Path, err)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d: give one of 200 to 599", f.Status)
	}
	if f.Share < 0 || f.Share > 1 {
		return fmt.Errorf("share %v: give a part of 1", f.Share)
	}
	if f.From < 0 || f.Times < 0 || f.CutAfterBytes < 0 || f.RetryAfter < 0 || f.Delay < 0 {
		return errors.New("a number is negative")
	}
	return nil
}

// strike finds the fault that hits the request, counting matches.
func (s *Server) strike(c *call) *Fault {
	for _, a := range s.faults {
		if !a.matches(c.r, c.kind) {
			continue
		}
		a.seen++
		if a.due() {
			return &a.Fault
		}
	}
	return nil
}

func (a *armed) due() bool {
	first := max(1, a.From)
	if a.seen < first || a.Times > 0 && a.seen >= first+a.Times {
		return false
	}
	return a.Share == 0 || a.random.Float64() < a.Share
}

func (f *Fault) matches(r *http.Request, kind string) bool {
	if f.Kind != "" && f.Kind != kind || f.Method != "" && f.Method != r.Method {
		return false
	}
	if f.Path != "" {
		ok, err := path.Match(f.Path, strings.TrimPrefix(r.URL.Path, "/v1"))
		if err != nil || !ok {
			return false
		}
	}
	query := r.URL.Query()
	for key, value := range f.Query {
		if query.Get(key) != value {
			return false
		}
	}
	return true
}

func (f *Fault) name() string { return f.Name }

// prevents reports whether the request has no effect.
func (f *Fault) prevents() bool { return f.Status != 0 || f.DropConnection }

// status is what the caller sees where the endpoint would answer otherwise.
func (f *Fault) status(otherwise int) int {
	switch {
	case f.DropConnection || f.DropAfterEffect:
		return 0
	case f.Status != 0:
		return f.Status
	}
	return otherwise
}

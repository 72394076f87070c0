package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Fault says which requests go wrong, and how. The first fault that matches a
// request applies.
type Fault struct {
	// Name is shown with the request; empty is the position in the list of
	// faults.
	Name string `json:"name,omitempty"`

	// Kind is "METHOD /pattern" as in Request.Kind. Method and Path are the
	// alternative: Path is matched under /v1 as path.Match does, so that
	// /organizations/*/memberships means every organization. Every name in Query
	// must have its value ({"offset": "1000"}). Empty fields match everything.
	Kind   string            `json:"kind,omitempty"`
	Method string            `json:"method,omitempty"`
	Path   string            `json:"path,omitempty"`
	Query  map[string]string `json:"query,omitempty"`

	// From is the first matching request that fails, counted from 1. Times is
	// how many fail; 0 means all that follow.
	From  int `json:"from,omitempty"`
	Times int `json:"times,omitempty"`
	// Share is the part of the matching requests that fails at random (0.05 is
	// one in twenty), the same ones for the same Seed; 0 means all.
	Share float64 `json:"share,omitempty"`
	Seed  uint64  `json:"seed,omitempty"`

	// Delay passes first.
	Delay Duration `json:"delay,omitempty"`
	// Status is the status of the answer; the request has no effect. The body is
	// Clerk's error envelope with Code (a usual one when empty), or Body, whose
	// type is ContentType (text/html when empty). A Code alone gives the status
	// that it has in Clerk's catalogue.
	Status      int    `json:"status,omitempty"`
	Code        string `json:"code,omitempty"`
	RetryAfter  int    `json:"retry_after,omitempty"` // seconds
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	// DropConnection breaks the connection before any effect, DropAfterEffect
	// after it: the answer is lost. CutAfterBytes breaks the connection within
	// the body of the answer.
	DropConnection  bool `json:"drop_connection,omitempty"`
	DropAfterEffect bool `json:"drop_after_effect,omitempty"`
	CutAfterBytes   int  `json:"cut_after_bytes,omitempty"`
	// List distorts the page of a list.
	List *ListFault `json:"list,omitempty"`
}

// ListFault distorts a list as a change during the listing would.
type ListFault struct {
	// TotalCount is added to total_count.
	TotalCount int `json:"total_count,omitempty"`
	// Shift moves the page: 1 skips a row as after a deletion before it, -1
	// repeats one as after an insertion.
	Shift int `json:"shift,omitempty"`
	// Short is how many rows are missing at the end of the page.
	Short int `json:"short,omitempty"`
	// Repeat replaces so many of the page's last rows by its first ones.
	Repeat int `json:"repeat,omitempty"`
	// Lag shows memberships as they were listed that long ago: newer ones are
	// missing, removed ones are still there. Roles do not lag.
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

// activeFault is a fault in use.
type activeFault struct {
	Fault
	matched int
	random  *rand.Rand
}

// SetFaults replaces all faults and counts requests anew. Without arguments it
// removes all faults.
func (t *traffic) SetFaults(faults ...Fault) error {
	var all []*activeFault
	for i, f := range faults {
		if err := f.check(); err != nil {
			return fmt.Errorf("set fault %d: %w", i+1, err)
		}
		f.Name = cmp.Or(f.Name, strconv.Itoa(i+1))
		f.Status = cmp.Or(f.Status, statusOf(f.Code))
		all = append(all, &activeFault{Fault: f, random: rand.New(rand.NewPCG(f.Seed, uint64(i)))})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.activeFaults = all
	return nil
}

// Faults returns the faults in use.
func (t *traffic) Faults() []Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	faults := make([]Fault, 0, len(t.activeFaults))
	for _, a := range t.activeFaults {
		faults = append(faults, a.Fault)
	}
	return faults
}

func (f Fault) check() error {
	if _, err := path.Match(f.Path, "/"); err != nil {
		return fmt.Errorf("path %q: %w", f.Path, err)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status %d: must be between 200 and 599", f.Status)
	}
	if f.Share < 0 || f.Share > 1 {
		return fmt.Errorf("share %v: must be between 0 and 1", f.Share)
	}
	if f.From < 0 || f.Times < 0 || f.CutAfterBytes < 0 || f.RetryAfter < 0 || f.Delay < 0 {
		return errors.New("numbers must not be negative")
	}
	return nil
}

// matchFault finds the fault that applies to the request, and counts matches.
func (t *traffic) matchFault(c *call) *Fault {
	for _, a := range t.activeFaults {
		if !a.matches(c.r, c.kind) {
			continue
		}
		a.matched++
		if a.hits() {
			return &a.Fault
		}
	}
	return nil
}

func (a *activeFault) hits() bool {
	first := max(1, a.From)
	if a.matched < first || a.Times > 0 && a.matched >= first+a.Times {
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

// prevents reports whether the fault keeps the request from having an effect.
func (f *Fault) prevents() bool { return f.Status != 0 || f.DropConnection }

// status is the status that the caller sees; otherwise is the endpoint's.
func (f *Fault) status(otherwise int) int {
	switch {
	case f.DropConnection || f.DropAfterEffect:
		return 0
	case f.Status != 0:
		return f.Status
	}
	return otherwise
}

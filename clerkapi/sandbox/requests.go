package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Request is one request under /v1 as the server saw it. A request whose caller
// disconnected before its answer was decided is missing.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	// Kind is the method and the route's pattern without /v1, such as
	// "GET /organizations/{organization_id}/memberships".
	Kind   string `json:"kind"`
	Path   string `json:"path"` // with /v1
	Query  string `json:"query,omitempty"`
	Status int    `json:"status"`
	// Fault is the name of the fault that applied to the request. Status is then
	// the fault's, 0 when the connection was dropped.
	Fault string `json:"fault,omitempty"`
	// Body is the body of a write, if it was JSON.
	Body json.RawMessage `json:"body,omitempty"`
}

// Write reports whether the request could have changed something.
func (r Request) Write() bool { return r.Method != http.MethodGet }

// recordRequest adds the request to the list and returns the status of its
// answer.
func (t *traffic) recordRequest(c *call, f *failure) int {
	status := http.StatusOK
	if f != nil {
		status = f.status
	}
	row := Request{Time: c.at, Method: c.r.Method, Kind: c.kind, Path: c.r.URL.Path, Query: c.r.URL.RawQuery, Status: status}
	if c.fault != nil {
		row.Fault = c.fault.name()
		row.Status = c.fault.status(status)
	}
	if c.write && json.Valid(c.body) {
		row.Body = c.body
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = append(t.requests, row)
	return status
}

// Requests lists the requests in the order of their answers, all of them or
// those of some kinds.
func (t *traffic) Requests(kinds ...string) []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(kinds) == 0 {
		return slices.Clone(t.requests)
	}
	var rows []Request
	for _, r := range t.requests {
		if slices.Contains(kinds, r.Kind) {
			rows = append(rows, r)
		}
	}
	return rows
}

// Writes returns the requests that were not GETs.
func (t *traffic) Writes() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	var rows []Request
	for _, r := range t.requests {
		if r.Write() {
			rows = append(rows, r)
		}
	}
	return rows
}

// ForgetRequests empties the list of requests.
func (t *traffic) ForgetRequests() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests = nil
}

// Peak is the largest number of requests that arrived in any window of this
// length, refused ones included. A rate limit counts in the same way.
func (t *traffic) Peak(window time.Duration) int {
	var times []time.Time
	for _, r := range t.Requests() {
		times = append(times, r.Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	first, most := 0, 0
	for i, at := range times {
		for at.Sub(times[first]) >= window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// Stats is the sum of the requests.
type Stats struct {
	Requests int            `json:"requests"`
	Writes   int            `json:"writes"`
	Kinds    map[string]int `json:"kinds"`
	Statuses map[int]int    `json:"statuses"`
	// Peak is the most requests within any ten seconds.
	Peak int `json:"peak_10s"`
}

// Stats sums up the requests since the start or ForgetRequests.
func (t *traffic) Stats() Stats {
	stats := Stats{Kinds: map[string]int{}, Statuses: map[int]int{}, Peak: t.Peak(10 * time.Second)}
	for _, r := range t.Requests() {
		stats.Requests++
		stats.Kinds[r.Kind]++
		stats.Statuses[r.Status]++
		if r.Write() {
			stats.Writes++
		}
	}
	return stats
}

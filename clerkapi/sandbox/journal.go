package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Request is a line of the journal: one request under /v1 as the server saw
// it. Requests whose caller went away before they were judged are missing.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	// Kind is the method and the route's pattern without /v1, such as
	// "GET /organizations/{organization_id}/memberships".
	Kind   string `json:"kind"`
	Path   string `json:"path"` // with /v1
	Query  string `json:"query,omitempty"`
	Status int    `json:"status"`
	// Fault names the fault that hit the request; its status is then the
	// fault's, 0 when the connection was dropped.
	Fault string `json:"fault,omitempty"`
	// Body is what a write sent, when it was JSON.
	Body json.RawMessage `json:"body,omitempty"`
}

// Write reports whether the request could have changed something.
func (r Request) Write() bool { return r.Method != http.MethodGet }

// record notes the request and returns the status of its answer.
func (s *Server) record(c *call, f *failure) int {
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
	s.gate.Lock()
	defer s.gate.Unlock()
	s.journal = append(s.journal, row)
	return status
}

// Requests returns the journal in the order of answering, or only the
// requests of these kinds.
func (s *Server) Requests(kinds ...string) []Request {
	s.gate.Lock()
	defer s.gate.Unlock()
	if len(kinds) == 0 {
		return slices.Clone(s.journal)
	}
	var rows []Request
	for _, r := range s.journal {
		if slices.Contains(kinds, r.Kind) {
			rows = append(rows, r)
		}
	}
	return rows
}

// Writes returns the requests that were not GETs.
func (s *Server) Writes() []Request {
	s.gate.Lock()
	defer s.gate.Unlock()
	var rows []Request
	for _, r := range s.journal {
		if r.Write() {
			rows = append(rows, r)
		}
	}
	return rows
}

// ForgetRequests empties the journal.
func (s *Server) ForgetRequests() {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.journal = nil
}

// Peak is the largest number of requests that arrived in any window of this
// length, refused ones included: what a rate limit is judged by.
func (s *Server) Peak(window time.Duration) int {
	var times []time.Time
	for _, r := range s.Requests() {
		times = append(times, r.Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	first, most := 0, 0
	for i, t := range times {
		for t.Sub(times[first]) >= window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// Stats sums the journal up.
type Stats struct {
	Requests int            `json:"requests"`
	Writes   int            `json:"writes"`
	Kinds    map[string]int `json:"kinds"`
	Statuses map[int]int    `json:"statuses"`
	// Peak is the most requests within any ten seconds.
	Peak int `json:"peak_10s"`
}

// Stats sums up the requests since the start or ForgetRequests.
func (s *Server) Stats() Stats {
	stats := Stats{Kinds: map[string]int{}, Statuses: map[int]int{}, Peak: s.Peak(10 * time.Second)}
	for _, r := range s.Requests() {
		stats.Requests++
		stats.Kinds[r.Kind]++
		stats.Statuses[r.Status]++
		if r.Write() {
			stats.Writes++
		}
	}
	return stats
}

package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// lever is an operation of the control surface: it reads the body, does
// something and answers what it returns as JSON, nil as {"ok":true}.
type lever func(r *http.Request) (any, error)

// control adds /_sandbox/…, what tests in other processes need. The package
// documentation lists it.
func (s *Server) control(mux *http.ServeMux) {
	for pattern, pull := range map[string]lever{
		"GET /_sandbox/requests":    s.pullRequests,
		"DELETE /_sandbox/requests": func(*http.Request) (any, error) { s.ForgetRequests(); return nil, nil },
		"GET /_sandbox/stats":       func(*http.Request) (any, error) { return s.Stats(), nil },
		"GET /_sandbox/state":       func(*http.Request) (any, error) { return s.Snapshot(), nil },
		"PUT /_sandbox/state":       s.pullState,
		"GET /_sandbox/faults":      func(*http.Request) (any, error) { return s.Faults(), nil },
		"PUT /_sandbox/faults":      s.pullFaults,
		"POST /_sandbox/faults":     s.pullMoreFaults,
		"DELETE /_sandbox/faults":   func(*http.Request) (any, error) { return nil, s.SetFaults() },
		"POST /_sandbox/clock":      s.pullClock,
		"POST /_sandbox/users":      s.pullUser,
		"DELETE /_sandbox/users/{user}": func(r *http.Request) (any, error) {
			return nil, s.DeleteUser(r.PathValue("user"))
		},
		"PATCH /_sandbox/users/{user}":                   s.pullFlags,
		"POST /_sandbox/users/{user}/emails":             s.pullEmail,
		"DELETE /_sandbox/users/{user}/emails/{address}": s.pullEmailAway,
		"POST /_sandbox/users/{user}/emails/{address}/verify": func(r *http.Request) (any, error) {
			return nil, s.VerifyEmail(r.PathValue("user"), r.PathValue("address"))
		},
		"POST /_sandbox/users/{user}/emails/{address}/change": s.pullEmailChange,
		"PUT /_sandbox/memberships":                           s.pullMembership,
		"DELETE /_sandbox/memberships/{organization}/{user}": func(r *http.Request) (any, error) {
			return nil, s.RemoveMembership(r.PathValue("organization"), r.PathValue("user"))
		},
		"POST /_sandbox/invitations/{invitation}/accept": s.pullAccept,
	} {
		mux.HandleFunc(pattern, local(pull))
	}
}

// local serves callers on this machine, and no web pages open on it.
func local(pull lever) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || r.Header.Get("Origin") != "" {
			answer(w, http.StatusForbidden, map[string]string{"error": "the control surface serves this machine only"})
			return
		}
		value, err := pull(r)
		switch {
		case err != nil:
			answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		case value == nil:
			answer(w, http.StatusOK, map[string]bool{"ok": true})
		default:
			answer(w, http.StatusOK, value)
		}
	}
}

func answer(w http.ResponseWriter, status int, value any) {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		status, b = http.StatusInternalServerError, []byte("{}")
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // the caller is gone: nobody is left to tell
}

// readInto decodes a body strictly.
func readInto[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(&v)
	return v, err
}

func (s *Server) pullRequests(r *http.Request) (any, error) {
	rows := s.Requests(r.URL.Query()["kind"]...)
	if r.URL.Query().Get("writes") == "true" {
		rows = where(rows, Request.Write)
	}
	if rows == nil {
		rows = []Request{}
	}
	return rows, nil
}

// pullState replaces the whole instance by a seed.
func (s *Server) pullState(r *http.Request) (any, error) {
	seed, err := LoadSeed(r.Body)
	if err != nil {
		return nil, err
	}
	return nil, s.Reset(seed)
}

// Reset replaces what the instance holds. Limits, faults and the journal stay.
func (s *Server) Reset(seed *Seed) error {
	if err := seed.Check(); err != nil {
		return err
	}
	environment, err := environmentOf(s.key)
	if err != nil {
		return err
	}
	st, err := newState(seed, environment)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = st
	return nil
}

// readFaults takes one fault or an array of them.
func readFaults(r *http.Request) ([]Fault, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		body = append(append([]byte("["), body...), ']')
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	var faults []Fault
	err = d.Decode(&faults)
	return faults, err
}

func (s *Server) pullFaults(r *http.Request) (any, error) {
	faults, err := readFaults(r)
	if err != nil {
		return nil, err
	}
	return nil, s.SetFaults(faults...)
}

func (s *Server) pullMoreFaults(r *http.Request) (any, error) {
	faults, err := readFaults(r)
	if err != nil {
		return nil, err
	}
	return nil, s.SetFaults(append(s.Faults(), faults...)...)
}

func (s *Server) pullClock(r *http.Request) (any, error) {
	in, err := readInto[struct {
		Offset Duration `json:"offset"`
	}](r)
	if err == nil {
		s.MoveClock(time.Duration(in.Offset))
	}
	return nil, err
}

var errNothing = errors.New("the body names nothing to change")

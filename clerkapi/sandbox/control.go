package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// action is an operation of the control surface. It reads the body, changes or
// reads something, and returns the answer for JSON; nil is {"ok":true}.
type action func(r *http.Request) (any, error)

// control is the control surface of a server.
type control struct{ *Server }

// register adds /_sandbox/…, for tests in other processes. The package
// documentation lists the actions.
func (c control) register(mux *http.ServeMux) {
	s := c.Server
	for pattern, run := range map[string]action{
		"GET /_sandbox/requests":    c.listRequests,
		"DELETE /_sandbox/requests": func(*http.Request) (any, error) { s.ForgetRequests(); return nil, nil },
		"GET /_sandbox/stats":       func(*http.Request) (any, error) { return s.Stats(), nil },
		"GET /_sandbox/state":       func(*http.Request) (any, error) { return s.Snapshot(), nil },
		"PUT /_sandbox/state":       c.replaceState,
		"GET /_sandbox/faults":      func(*http.Request) (any, error) { return s.Faults(), nil },
		"PUT /_sandbox/faults":      c.replaceFaults,
		"POST /_sandbox/faults":     c.addFaults,
		"DELETE /_sandbox/faults":   func(*http.Request) (any, error) { return nil, s.SetFaults() },
		"POST /_sandbox/clock":      c.moveClock,
		"POST /_sandbox/users":      c.addUser,
		"DELETE /_sandbox/users/{user}": func(r *http.Request) (any, error) {
			return nil, s.DeleteUser(c.userID(r))
		},
		"PATCH /_sandbox/users/{user}":                   c.setFlags,
		"POST /_sandbox/users/{user}/emails":             c.addEmail,
		"DELETE /_sandbox/users/{user}/emails/{address}": c.removeEmail,
		"POST /_sandbox/users/{user}/emails/{address}/verify": func(r *http.Request) (any, error) {
			return nil, s.VerifyEmail(c.userID(r), r.PathValue("address"))
		},
		"POST /_sandbox/users/{user}/emails/{address}/change": c.changeEmail,
		"PUT /_sandbox/memberships":                           c.putMembership,
		"DELETE /_sandbox/memberships/{organization}/{user}": func(r *http.Request) (any, error) {
			return nil, s.RemoveMembership(c.organizationID(r), c.userID(r))
		},
		"POST /_sandbox/invitations/{invitation}/accept": c.acceptInvitation,
	} {
		mux.HandleFunc(pattern, localOnly(run))
	}
	c.registerLife(mux)
}

// localOnly serves callers on this machine, but no web page that is open on it.
func localOnly(run action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !isLoopback(r.RemoteAddr) || fromPage(r) {
			writeAnswer(w, http.StatusForbidden, map[string]string{"error": "the control routes of the sandbox are for this machine only"})
			return
		}
		value, err := run(r)
		switch {
		case err != nil:
			writeAnswer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		case value == nil:
			writeAnswer(w, http.StatusOK, map[string]bool{"ok": true})
		default:
			writeAnswer(w, http.StatusOK, value)
		}
	}
}

// fromPage reports whether a web page sent the request, also one whose name was made
// to mean this machine: no browser names the loopback address in Host then.
func fromPage(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return r.Header.Get("Origin") != "" || site != "" && site != "none" || !isLoopback(r.Host)
}

// isLoopback reports whether an address, with or without a port, is this machine's.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func writeAnswer(w http.ResponseWriter, status int, value any) {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		status, b = http.StatusInternalServerError, []byte("{}")
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // the caller is gone: nobody is left to tell
}

// decodeBody decodes a body and refuses unknown fields.
func decodeBody[T any](r *http.Request) (T, error) {
	var v T
	d := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(&v)
	return v, err
}

func (c control) listRequests(r *http.Request) (any, error) {
	rows := c.Requests(r.URL.Query()["kind"]...)
	if r.URL.Query().Get("writes") == "true" {
		rows = filterRows(rows, Request.Write)
	}
	if rows == nil {
		rows = []Request{}
	}
	return rows, nil
}

// replaceState replaces the whole instance by a seed.
func (c control) replaceState(r *http.Request) (any, error) {
	seed, err := LoadSeed(r.Body)
	if err != nil {
		return nil, err
	}
	return nil, c.Reset(seed)
}

// readFaults reads one fault or an array of them.
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

func (c control) replaceFaults(r *http.Request) (any, error) {
	faults, err := readFaults(r)
	if err != nil {
		return nil, err
	}
	return nil, c.SetFaults(faults...)
}

func (c control) addFaults(r *http.Request) (any, error) {
	faults, err := readFaults(r)
	if err != nil {
		return nil, err
	}
	return nil, c.SetFaults(append(c.Faults(), faults...)...)
}

func (c control) moveClock(r *http.Request) (any, error) {
	in, err := decodeBody[struct {
		Offset Duration `json:"offset"`
	}](r)
	if err == nil {
		c.MoveClock(time.Duration(in.Offset))
	}
	return nil, err
}

var errNothingToChange = errors.New("the body contains nothing to change")

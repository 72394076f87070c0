package sandbox

import (
	"cmp"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// versions are the versions that Clerk serves. Clerk does not document the
// version of requests that name none; here it is the last one, the strictest.
var versions = []string{"2021-02-05", "2024-10-01", "2025-04-10", "2025-11-10", "2026-05-12"}

// call is one request on its way through the server.
type call struct {
	*state
	request
	fault *Fault
	out   []byte // the answer's body
}

// request is the request of a call, and what its parts say.
type request struct {
	r       *http.Request
	kind    string // GET /organizations/{organization_id}/memberships
	write   bool
	at      time.Time
	now     int64 // Unix milliseconds
	trace   string
	version string
	query   url.Values
	body    []byte
}

// path is the value of a variable of the route.
func (q *request) path(name string) string { return q.r.PathValue(name) }

// resource is the key of the limit per resource; empty when none applies.
func (q *request) resource() string {
	if q.r.Method != http.MethodPatch && q.r.Method != http.MethodPut {
		return ""
	}
	org, user := q.path("organization_id"), q.path("user_id")
	if org == "" && user == "" {
		return ""
	}
	return org + "/" + user
}

// authenticate refuses requests without the key, before anything is counted.
func (q *request) authenticate(key string) *failure {
	header := q.r.Header.Get("Authorization")
	bearer, ok := strings.CutPrefix(header, "Bearer ")
	switch {
	case header == "":
		return refuse(http.StatusUnauthorized, "authentication_invalid", "the request has no Authorization header")
	case !ok:
		return refuse(http.StatusUnauthorized, "authorization_header_format_invalid", "the Authorization header must be: Bearer, a space, the secret key")
	case bearer != key:
		return refuse(http.StatusUnauthorized, "clerk_key_invalid", "this is not the secret key of the instance")
	}
	return nil
}

// prepare reads the version, the query and the body.
func (q *request) prepare() *failure {
	query, err := url.ParseQuery(q.r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "malformed_request_parameters", "the query could not be parsed")
	}
	q.query = query
	if f := q.chooseVersion(); f != nil {
		return f
	}
	body, f := readBody(q.r)
	if f != nil {
		return f
	}
	q.body = body
	return q.contentType()
}

func (q *request) chooseVersion() *failure {
	header, query := q.r.Header.Get("Clerk-API-Version"), q.query.Get("__clerk_api_version")
	if header != "" && query != "" {
		return refuse(http.StatusBadRequest, "api_version_invalid", "the version is set twice, in the header and in the query")
	}
	q.version = cmp.Or(header, query, versions[len(versions)-1])
	if !slices.Contains(versions, q.version) {
		return refuse(http.StatusBadRequest, "api_version_invalid", "there is no version "+q.version)
	}
	return nil
}

func (q *request) contentType() *failure {
	if len(q.body) == 0 {
		return nil
	}
	header := q.r.Header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(header); err == nil && kind == "application/json" {
		return nil
	}
	return refuse(http.StatusUnsupportedMediaType, "unsupported_content_type",
		"the body is "+strconv.Quote(header)+", send application/json")
}

// maxValues is how many values a list filter takes.
const maxValues = 100

func (q *request) values(name string) ([]string, *failure) {
	v := q.query[name]
	if len(v) > maxValues {
		return nil, refuseParam("form_param_array_size_exceeded", name,
			name+" accepts no more than "+strconv.Itoa(maxValues)+" values")
	}
	return v, nil
}

// integer reads a whole number; Clerk refuses 10.0.
func (q *request) integer(name string, otherwise int64) (int64, *failure) {
	if !q.query.Has(name) {
		return otherwise, nil
	}
	text := q.query.Get(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, badValue(name, text)
	}
	return n, nil
}

// boolean reads true or false; set says whether the parameter was sent.
func (q *request) boolean(name string) (value, set bool, f *failure) {
	if !q.query.Has(name) {
		return false, false, nil
	}
	switch text := q.query.Get(name); text {
	case "true":
		return true, true, nil
	case "false":
		return false, true, nil
	default:
		return false, false, badValue(name, text)
	}
}

// organization finds the organization in the path by id. Slugs work only where
// Clerk documents them.
func (c *call) organization() (*organization, *failure) {
	if o := c.orgByID[c.path("organization_id")]; o != nil {
		return o, nil
	}
	return nil, noOrganization()
}

// user finds the user in the path.
func (c *call) user() (*user, *failure) {
	id := c.path("user_id")
	if u := c.userByID[id]; u != nil {
		return u, nil
	}
	return nil, notFound("user", id)
}

// respond writes the answer, or what a fault makes of it.
func (c *call) respond(w http.ResponseWriter, status int, f *failure) {
	body := c.out
	h := w.Header()
	h.Set("Server", serverName)
	h.Set("Content-Type", "application/json")
	h.Set("Date", c.at.UTC().Format(http.TimeFormat))
	h.Set("Clerk-Trace-Id", c.trace)
	if f != nil {
		trace := c.trace
		if strings.HasPrefix(c.kind, "GET /api_keys") || strings.HasPrefix(c.kind, "POST /api_keys") {
			trace = ""
		}
		body = f.body(trace)
		if f.retryAfter > 0 {
			h.Set("Retry-After", strconv.Itoa(f.retryAfter))
		}
	}
	if c.fault != nil {
		c.fault.respond(w, c.trace, status, body)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller is gone: nobody is left to tell
}

// serverName tells a client that this is no instance of Clerk. The body of an
// answer is as Clerk's contract has it.
const serverName = "rollcall-sandbox"

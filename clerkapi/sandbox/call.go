package sandbox

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// versions are the ones that Clerk serves. Which one it takes for requests that
// name none is not documented; here it is the last, the strictest.
var versions = []string{"2021-02-05", "2024-10-01", "2025-04-10", "2025-11-10", "2026-05-12"}

// call is one request on its way through the server.
type call struct {
	*state
	server  *Server
	r       *http.Request
	kind    string // GET /organizations/{organization_id}/memberships
	write   bool
	at      time.Time
	now     int64 // Unix milliseconds
	trace   string
	version string
	query   url.Values
	body    []byte
	fault   *Fault
	out     []byte // the answer's body
}

// path is a variable of the route.
func (c *call) path(name string) string { return c.r.PathValue(name) }

// resource names what the limits per resource count, empty when none applies.
func (c *call) resource() string {
	if c.r.Method != http.MethodPatch && c.r.Method != http.MethodPut {
		return ""
	}
	org, user := c.path("organization_id"), c.path("user_id")
	if org == "" && user == "" {
		return ""
	}
	return org + "/" + user
}

// authenticate refuses requests without the key, before anything counts.
func (c *call) authenticate(key string) *failure {
	header := c.r.Header.Get("Authorization")
	bearer, ok := strings.CutPrefix(header, "Bearer ")
	switch {
	case header == "":
		return refuse(http.StatusUnauthorized, "authentication_invalid", "the request bears no Authorization header")
	case !ok:
		return refuse(http.StatusUnauthorized, "authorization_header_format_invalid", "the Authorization header has to be: Bearer, a space, the secret key")
	case bearer != key:
		return refuse(http.StatusUnauthorized, "clerk_key_invalid", "this secret key is not the instance's")
	}
	return nil
}

// prepare reads what every endpoint needs: version, query and body.
func (c *call) prepare() *failure {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "malformed_request_parameters", "the query could not be parsed")
	}
	c.query = query
	if f := c.pickVersion(); f != nil {
		return f
	}
	body, f := readBody(c.r)
	if f != nil {
		return f
	}
	c.body = body
	return c.contentType()
}

func (c *call) pickVersion() *failure {
	header, query := c.r.Header.Get("Clerk-API-Version"), c.query.Get("__clerk_api_version")
	if header != "" && query != "" {
		return refuse(http.StatusBadRequest, "api_version_invalid", "the version is given twice, by header and by query")
	}
	c.version = orElse(orElse(header, query), versions[len(versions)-1])
	if !slices.Contains(versions, c.version) {
		return refuse(http.StatusBadRequest, "api_version_invalid", "there is no version "+c.version)
	}
	return nil
}

func (c *call) contentType() *failure {
	if len(c.body) == 0 {
		return nil
	}
	header := c.r.Header.Get("Content-Type")
	if kind, _, err := mime.ParseMediaType(header); err == nil && kind == "application/json" {
		return nil
	}
	return refuse(http.StatusUnsupportedMediaType, "unsupported_content_type",
		"the body is "+strconv.Quote(header)+", send application/json")
}

// maxValues is how many values a list filter takes.
const maxValues = 100

func (c *call) values(name string) ([]string, *failure) {
	v := c.query[name]
	if len(v) > maxValues {
		return nil, refuseParam("form_param_array_size_exceeded", name,
			name+" takes no more than "+strconv.Itoa(maxValues)+" values")
	}
	return v, nil
}

// integer reads a whole number; Clerk refuses 10.0 as it refuses ten.
func (c *call) integer(name string, otherwise int64) (int64, *failure) {
	if !c.query.Has(name) {
		return otherwise, nil
	}
	text := c.query.Get(name)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, badValue(name, text)
	}
	return n, nil
}

// boolean reads true or false; set tells whether it was sent.
func (c *call) boolean(name string) (value, set bool, f *failure) {
	if !c.query.Has(name) {
		return false, false, nil
	}
	switch text := c.query.Get(name); text {
	case "true":
		return true, true, nil
	case "false":
		return false, true, nil
	default:
		return false, false, badValue(name, text)
	}
}

// organization finds the one that the path names by id; slugs are understood
// where Clerk documents them only.
func (c *call) organization() (*organization, *failure) {
	if o := c.orgByID[c.path("organization_id")]; o != nil {
		return o, nil
	}
	return nil, noOrganization()
}

// user finds the one that the path names.
func (c *call) user() (*user, *failure) {
	id := c.path("user_id")
	if u := c.userByID[id]; u != nil {
		return u, nil
	}
	return nil, notFound("user", id)
}

// respond writes the answer, bent by the fault if one hit the request.
func (c *call) respond(w http.ResponseWriter, status int, f *failure) {
	body := c.out
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Date", c.at.UTC().Format(http.TimeFormat))
	h.Set("Clerk-Trace-Id", c.trace)
	if f != nil {
		body = f.body(c.trace)
		if f.retryAfter > 0 {
			h.Set("Retry-After", strconv.Itoa(f.retryAfter))
		}
	}
	if c.fault != nil {
		c.fault.bend(w, c.trace, status, body)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller is gone: nobody is left to tell
}

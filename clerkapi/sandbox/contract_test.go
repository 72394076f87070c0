package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"rollcall/.ci/suite"
	"rollcall/clerkapi/sandbox"
)

// contract checks requests and answers against Clerk's published description of
// version 2026-05-12: status, every field of both bodies, every parameter.
type contract struct {
	t         *testing.T
	report    func(format string, args ...any)
	doc       *openapi3.T
	next      http.RoundTripper
	mu        sync.Mutex
	seen      map[string]map[int]bool // operation, status
	forgotten map[string]bool         // entries of the table that were needed
}

// openAPI is the environment variable that names the description, a file
// outside the repository. CONTRIBUTING.md says how to fetch it.
const openAPI = "CLERK_OPENAPI"

// newContract loads the description, or skips the test where none is named.
func newContract(t *testing.T, next http.RoundTripper) *contract {
	t.Helper()
	file := os.Getenv(openAPI)
	if file == "" {
		suite.Skip(t, openAPI, ".github/CONTRIBUTING.md says how to fetch bapi/2026-05-12.yml of github.com/clerk/openapi-specs; name the file there")
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	must(t, err)
	return &contract{t: t, report: t.Errorf, doc: doc, next: next, seen: map[string]map[int]bool{}, forgotten: map[string]bool{}}
}

// wrong marks a request that breaks the contract on purpose.
const wrong = "X-Wrong-On-Purpose"

// RoundTrip sends the request and reports every breach of the contract.
func (c *contract) RoundTrip(r *http.Request) (*http.Response, error) {
	route, params := c.route(r)
	if route == nil {
		c.report("%s %s is no operation of the contract", r.Method, r.URL.Path)
		return c.next.RoundTrip(r)
	}
	in := &openapi3filter.RequestValidationInput{
		PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true},
	}
	body := readAll(c.t, r.Body)
	in.Request = r.Clone(r.Context())
	in.Request.Body = io.NopCloser(bytes.NewReader(body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if r.Header.Get(wrong) == "" {
		c.judgeRequest(in, body)
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer := readAll(c.t, resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	c.judgeAnswer(in, resp, answer)
	return resp, nil
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	if r == nil {
		return nil
	}
	b, err := io.ReadAll(r)
	must(t, err)
	return b
}

// route finds the operation; the one with the fewest variables wins.
func (c *contract) route(r *http.Request) (*routers.Route, map[string]string) {
	var best *routers.Route
	var params map[string]string
	have := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1"), "/")
	for pattern, item := range c.doc.Paths.Map() {
		found, ok := match(strings.Split(pattern, "/"), have)
		op := item.GetOperation(r.Method)
		if ok && op != nil && (best == nil || len(found) < len(params)) {
			best = &routers.Route{Spec: c.doc, Path: pattern, PathItem: item, Method: r.Method, Operation: op}
			params = found
		}
	}
	return best, params
}

func match(pattern, have []string) (map[string]string, bool) {
	if len(pattern) != len(have) {
		return nil, false
	}
	params := map[string]string{}
	for i, p := range pattern {
		if strings.HasPrefix(p, "{") {
			params[strings.Trim(p, "{}")] = have[i]
		} else if p != have[i] {
			return nil, false
		}
	}
	return params, true
}

func (c *contract) judgeRequest(in *openapi3filter.RequestValidationInput, body []byte) {
	name := in.Route.Method + " " + in.Route.Path
	if err := openapi3filter.ValidateRequest(in.Request.Context(), in); err != nil {
		c.report("request %s?%s %s: %v", name, in.Request.URL.RawQuery, body, err)
	}
	known := map[string]bool{}
	for _, p := range in.Route.Operation.Parameters {
		known[p.Value.Name] = true
	}
	for q := range in.Request.URL.Query() {
		if !known[q] {
			c.report("request %s: the contract has not a parameter %s", name, q)
		}
	}
	if len(body) == 0 {
		return
	}
	if in.Route.Operation.RequestBody == nil {
		c.report("request %s: the contract has no body", name)
		return
	}
	c.declared("request "+name, in.Route.Operation.RequestBody.Value.Content.Get("application/json").Schema, body)
}

func (c *contract) judgeAnswer(in *openapi3filter.RequestValidationInput, resp *http.Response, body []byte) {
	name := in.Route.Method + " " + in.Route.Path
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[name] == nil {
		c.seen[name] = map[int]bool{}
	}
	c.seen[name][resp.StatusCode] = true
	if got := resp.Header.Get("Content-Type"); got != "application/json" {
		c.report("answer %s %d: Content-Type %s", name, resp.StatusCode, got)
	}
	declared := in.Route.Operation.Responses.Status(resp.StatusCode)
	if declared == nil {
		c.undocumented(name, resp.StatusCode, body)
		return
	}
	if in.Request.URL.Query().Get("paginated") == "true" && resp.StatusCode == http.StatusOK {
		body = c.rowsOfPage(name, body)
	}
	err := openapi3filter.ValidateResponse(in.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: in.Options,
	})
	if err != nil {
		c.report("answer %s %d: %v", name, resp.StatusCode, err)
	}
	c.declared(fmt.Sprintf("answer %s %d", name, resp.StatusCode), declared.Value.Content.Get("application/json").Schema, body)
}

// rowsOfPage are the rows of an answer to paginated=true. The description has the
// parameter, and the answer without it: a bare array. Clerk's own clients send it
// and read a page.
func (c *contract) rowsOfPage(name string, body []byte) []byte {
	var page struct {
		Data  json.RawMessage `json:"data"`
		Total *int            `json:"total_count"`
	}
	if err := json.Unmarshal(body, &page); err != nil || page.Data == nil || page.Total == nil {
		c.report("answer %s: not a page: %v", name, err)
	}
	return page.Data
}

// undocumented allows a status that the description leaves out, if the table has
// it, in the form of every other error.
func (c *contract) undocumented(name string, status int, body []byte) {
	if !slices.Contains(forgottenStatuses[status], name) {
		c.report("answer %s %d: neither the description nor the table of forgotten statuses has it", name, status)
		return
	}
	c.forgotten[fmt.Sprintf("%d %s", status, name)] = true
	var v any
	must(c.t, json.Unmarshal(body, &v))
	if err := c.doc.Components.Schemas["ClerkErrors"].Value.VisitJSON(v); err != nil {
		c.report("answer %s %d: %v", name, status, err)
	}
}

// unused reports entries of the table that no answer needed.
func (c *contract) unused() {
	for status, names := range forgottenStatuses {
		for _, name := range names {
			if !c.forgotten[fmt.Sprintf("%d %s", status, name)] {
				c.report("the table of forgotten statuses has %d %s, which no answer needs", status, name)
			}
		}
	}
}

// declared reports fields that the schema does not name. Most of Clerk's
// schemas allow more than they name, which would let typing mistakes pass.
func (c *contract) declared(where string, s *openapi3.SchemaRef, body []byte) {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		c.report("%s: %v", where, err)
		return
	}
	c.fields(where, s.Value, v)
}

func (c *contract) fields(where string, s *openapi3.Schema, v any) {
	switch v := v.(type) {
	case []any:
		if s.Items != nil {
			for _, item := range v {
				c.fields(where+"[]", s.Items.Value, item)
			}
		}
	case map[string]any:
		known := properties(s)
		if len(known) == 0 || len(s.OneOf) > 0 {
			return // free objects, and alternatives whose own schemas are closed
		}
		for name, value := range v {
			if known[name] == nil {
				c.report("%s: no field %s", where, name)
				continue
			}
			c.fields(where+"."+name, known[name], value)
		}
	}
}

func properties(s *openapi3.Schema) map[string]*openapi3.Schema {
	all := map[string]*openapi3.Schema{}
	for _, name := range s.Required {
		all[name] = &openapi3.Schema{} // some are required and not described
	}
	for name, p := range s.Properties {
		all[name] = p.Value
	}
	for _, part := range s.AllOf {
		maps.Copy(all, properties(part.Value))
	}
	return all
}

// exchange sends single requests and checks their answers.
type exchange struct {
	t       *testing.T
	c       *contract
	s       *sandbox.Server
	headers map[string]string
}

// want sends a request and checks status and code.
func (e exchange) want(status int, code, method, path, body string) string {
	e.t.Helper()
	r, err := http.NewRequest(method, "http://sandbox/v1"+path, strings.NewReader(body))
	must(e.t, err)
	r.Header.Set("Authorization", "Bearer "+e.s.SecretKey())
	r.Header.Set("Clerk-API-Version", apiVersion)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if status == 422 || status == 400 || status == 415 {
		r.Header.Set(wrong, "yes")
	}
	for k, v := range e.headers {
		r.Header.Set(k, v)
	}
	resp, err := e.c.RoundTrip(r)
	must(e.t, err)
	b := string(readAll(e.t, resp.Body))
	must(e.t, resp.Body.Close())
	if resp.StatusCode != status || !strings.Contains(b, code) {
		e.t.Errorf("%s %s %.80s: %d %.300s, want %d %s", method, path, body, resp.StatusCode, b, status, code)
	}
	return b
}

// The check is checked itself: it must report each of these breaches.
func TestContractReportsBreaches(t *testing.T) {
	s, err := sandbox.New(sandbox.Options{Seed: contractSeed(t)})
	must(t, err)
	c := newContract(t, nil)
	reports := 0
	c.report = func(string, ...any) { reports++ }
	for name, b := range map[string]struct{ method, path, body, old, new string }{
		"unknown operation": {"GET", "/nonsense", "", "", ""},
		"unknown parameter": {"GET", "/users?mail=x", "", "", ""},
		"limit too large":   {"GET", "/users?limit=501", "", "", ""},
		"unknown field":     {"POST", "/organizations/org_acme/memberships", `{"user_id":"user_eve","role":"org:member","x":1}`, "", ""},
		"missing field":     {"POST", "/organizations/org_acme/memberships", `{"user_id":"user_eve"}`, "", ""},
		"field left out":    {"GET", "/organizations/org_acme/memberships", "", `"role":"org:member",`, ""},
		"field too many":    {"GET", "/organizations/org_acme/memberships", "", `"has_image"`, `"image":true,"has_image"`},
		"wrong type":        {"GET", "/organizations", "", `"total_count":`, `"total_count":"x","y":`},
	} {
		reports = 0
		c.next = editing{s.RoundTripper(), b.old, b.new}
		r, err := http.NewRequest(b.method, "http://sandbox/v1"+b.path, strings.NewReader(b.body))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+s.SecretKey())
		r.Header.Set("Content-Type", "application/json")
		resp, err := c.RoundTrip(r)
		must(t, err)
		must(t, resp.Body.Close())
		if reports == 0 {
			t.Errorf("%s was not reported", name)
		}
	}
}

// editing replaces text in answers.
type editing struct {
	next     http.RoundTripper
	old, new string
}

func (e editing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := e.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(e.edit(string(b))))
	return resp, err
}

func (e editing) edit(s string) string {
	if e.old == "" {
		return s
	}
	return strings.ReplaceAll(s, e.old, e.new)
}

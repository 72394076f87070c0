package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// form is the JSON object of a request. Its getters note problems; failure
// returns all of them at once.
type form struct {
	fields   map[string]json.RawMessage
	problems []*failure
}

// form reads the body as an object with no other fields than these.
func (q *request) form(known ...string) (*form, *failure) {
	if len(q.body) == 0 {
		return &form{fields: map[string]json.RawMessage{}}, nil
	}
	return parseForm(q.body, known)
}

func parseForm(body []byte, known []string) (*form, *failure) {
	f := &form{}
	if err := json.Unmarshal(body, &f.fields); err != nil || f.fields == nil {
		return nil, refuse(http.StatusBadRequest, "request_body_invalid", "the body is not a JSON object")
	}
	var unknown []string
	for name := range f.fields {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		f.note(refuseParam("form_param_unknown", name, name+" is not a parameter of this request"))
	}
	return f, nil
}

func (f *form) note(bad *failure) {
	if bad != nil {
		f.problems = append(f.problems, bad)
	}
}

// failure is the answer with all problems that were noted, or nil.
func (f *form) failure() *failure { return joinFailures(f.problems) }

func (f *form) has(name string) bool { _, ok := f.fields[name]; return ok }

// null reports whether the field is absent or null.
func (f *form) null(name string) bool {
	v, ok := f.fields[name]
	return !ok || string(bytes.TrimSpace(v)) == "null"
}

// read decodes a field that is neither absent nor null.
func (f *form) read(name, kind string, into any) {
	if f.null(name) {
		return
	}
	if err := json.Unmarshal(f.fields[name], into); err != nil {
		f.note(refuseParam("form_param_type_invalid", name, fmt.Sprintf("%s must be %s", name, kind)))
	}
}

func (f *form) text(name string) string {
	var s string
	f.read(name, "a string", &s)
	return s
}

// required reads a text that may not be absent, null or empty.
func (f *form) required(name string) string {
	before := len(f.problems)
	s := f.text(name)
	if s == "" && len(f.problems) == before {
		f.note(missingParam(name))
	}
	return s
}

func (f *form) texts(name string) []string {
	var s []string
	f.read(name, "a list of strings", &s)
	return s
}

func (f *form) boolean(name string) bool {
	var b bool
	f.read(name, "true or false", &b)
	return b
}

// integer reads a whole number within a range, both ends included, as Clerk
// documents.
func (f *form) integer(name string, least, most, otherwise int) int {
	n := otherwise
	before := len(f.problems)
	f.read(name, "a whole number", &n)
	if len(f.problems) == before && !f.null(name) && (n < least || n > most) {
		f.note(badValue(name, n))
	}
	return n
}

// time reads an RFC 3339 time as Unix milliseconds. Answers carry numbers,
// requests carry text.
func (f *form) time(name string, otherwise int64) int64 {
	s := f.text(name)
	if s == "" {
		return otherwise
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		f.note(refuseParam("form_param_format_invalid", name, name+" must be a time in RFC 3339 format"))
		return otherwise
	}
	return t.UnixMilli()
}

// metadata reads an object and checks its size. It refuses null unless the
// request documents null.
func (f *form) metadata(name string, nullable bool) json.RawMessage {
	if !f.has(name) || nullable && f.null(name) {
		return nil
	}
	if f.null(name) {
		f.note(badValue(name, "null"))
		return nil
	}
	raw, err := canonical(f.fields[name])
	if err != nil {
		f.note(badValue(name, "something that is not an object"))
		return nil
	}
	f.note(tooLarge(name, raw))
	return raw
}

// email reads an address and folds its case as Clerk does.
func (f *form) email(name string) string {
	s := f.required(name)
	if s != "" && !looksLikeEmail(s) {
		f.note(badEmail(name))
	}
	return foldEmail(s)
}

func badEmail(name string) *failure {
	return refuseParam("form_param_format_invalid", name, name+" must be an email address")
}

// looksLikeEmail is a rough test of an address. Clerk does not document its own.
func looksLikeEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " \t\r\n<>\"") &&
		!strings.Contains(domain, "@") && !strings.HasPrefix(domain, ".") && !strings.HasSuffix(domain, ".")
}

// objectOrEmpty is the metadata object that a row stores.
func objectOrEmpty(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return emptyObject
	}
	return raw
}

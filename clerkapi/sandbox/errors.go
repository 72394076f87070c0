package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// problem is one entry of Clerk's error envelope.
type problem struct {
	Message string         `json:"message"`
	Long    string         `json:"long_message"`
	Code    string         `json:"code"`
	Meta    map[string]any `json:"meta,omitempty"`
}

// failure is the answer to a refused request: a status and at least one problem.
type failure struct {
	status     int
	retryAfter int // seconds; 0 sends no header
	problems   []problem
}

// body renders the envelope (ClerkErrors of the contract). The contract of API keys
// has no trace in it.
func (f *failure) body(trace string) []byte {
	b, err := json.Marshal(struct {
		Errors []problem `json:"errors"`
		Trace  string    `json:"clerk_trace_id,omitempty"`
	}{f.problems, trace})
	if err != nil {
		return []byte(`{"errors":[]}`)
	}
	return b
}

func refuse(status int, code, long string) *failure {
	return &failure{status: status, problems: []problem{{Message: http.StatusText(status), Long: long, Code: code}}}
}

// refuseParam is a 422 that names the parameter, as Clerk's form errors do.
func refuseParam(code, name, long string) *failure {
	f := refuse(http.StatusUnprocessableEntity, code, long)
	f.problems[0].Message = "is invalid"
	f.problems[0].Meta = map[string]any{"param_name": name}
	return f
}

func badValue(name string, value any) *failure {
	return refuseParam("form_param_value_invalid", name, fmt.Sprintf("%v is not an allowed value of %s", value, name))
}

func missingParam(name string) *failure {
	return refuseParam("form_param_missing", name, name+" is required")
}

func notFound(what, id string) *failure {
	return refuse(http.StatusNotFound, "resource_not_found", fmt.Sprintf("no %s has the id %s", what, id))
}

func noOrganization() *failure {
	return refuse(http.StatusNotFound, "resource_not_found", "there is no such organization")
}

// noRole is the answer in Clerk's catalogue for a role that does not exist or is
// not in the organization's role set: a 404 that names the parameter.
func noRole() *failure {
	f := refuse(http.StatusNotFound, "resource_not_found", "there is no such role for this organization")
	f.problems[0].Meta = map[string]any{"param_name": "role"}
	return f
}

// joinFailures puts the problems of several parameters into one answer, which
// has the status of the first.
func joinFailures(fs []*failure) *failure {
	if len(fs) == 0 {
		return nil
	}
	all := *fs[0]
	for _, f := range fs[1:] {
		all.problems = append(all.problems, f.problems...)
	}
	return &all
}

package wire

import (
	"cmp"
	"encoding/json"
)

// envelope is Clerk's form of errors.
type envelope struct {
	Errors []struct {
		Code    string          `json:"code"`
		Message string          `json:"message"`
		Long    string          `json:"long_message"`
		Meta    json.RawMessage `json:"meta"`
	} `json:"errors"`
	TraceID string `json:"clerk_trace_id"`
}

// Refusal holds the parts of an error body that are safe to show. Each is empty
// when the body does not have it.
type Refusal struct {
	// Code, Message and Param are those of the first error. Message is the long one
	// where there is one: the short one says no more than "is invalid".
	Code, Message, Param string
	TraceID              string
}

// ReadRefusal reads an error body. The body may be anything: a proxy before
// Clerk answers in HTML.
func ReadRefusal(body []byte) Refusal {
	var v envelope
	if json.Unmarshal(body, &v) != nil || len(v.Errors) == 0 {
		return Refusal{}
	}
	first := v.Errors[0]
	var meta struct {
		Param string `json:"param_name"`
	}
	_ = json.Unmarshal(first.Meta, &meta) // meta is free-form
	return Refusal{
		Code: CleanToken(first.Code), Message: CleanMessage(cmp.Or(first.Long, first.Message)),
		Param: CleanToken(meta.Param), TraceID: CleanToken(v.TraceID),
	}
}

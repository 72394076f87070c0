package sandbox

import (
	"bytes"
	"encoding/json"
)

// The objects of the API are structs beside their endpoints, with their fields
// in the order in which Clerk's contract lists them. Only memberships are
// appended by hand, see api_memberships_json.go.

// appendJSON appends a value as encoding/json writes it, with <, > and & as
// they are.
func appendJSON(b []byte, v any) []byte {
	out := bytes.NewBuffer(b)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return append(b, "null"...) // metadata is canonical, so it cannot fail
	}
	return out.Bytes()[:out.Len()-1] // without the line break
}

// appendFields appends the fields of an object without its braces.
func appendFields(b []byte, v any) []byte {
	object := appendJSON(nil, v)
	return append(b, object[1:len(object)-1]...)
}

// renderer makes the renderer of a list out of a function that gives the object
// of a row.
func renderer[T, O any](object func(T) O) func([]byte, T) []byte {
	return func(b []byte, row T) []byte { return appendJSON(b, object(row)) }
}

// answer makes a value the body of the answer.
func (c *call) answer(v any) *failure {
	c.out = appendJSON(c.out, v)
	return nil
}

// Fields that the sandbox knows one value of.
type (
	alwaysNull  *struct{}
	alwaysEmpty [0]struct{} // an empty array
)

// nullable is nil, and so null in JSON, for the zero value.
func nullable[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// notNil is the list, or an empty one instead of nil, which JSON shows as null.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// objects gives the object of each row.
func objects[T, O any](rows []T, object func(T) O) []O {
	all := make([]O, len(rows))
	for i, row := range rows {
		all[i] = object(row)
	}
	return all
}

const imageURL = `https://img.clerk.com/sandbox`

// image is the picture that every object has.
type image struct {
	URL string `json:"image_url"`
	Has bool   `json:"has_image"`
}

type timestamps struct {
	CreatedAt int64 `json:"created_at"`
	UpdatedAt int64 `json:"updated_at"`
}

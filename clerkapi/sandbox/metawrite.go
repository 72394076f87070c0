package sandbox

import "encoding/json"

// metadataFields are the fields of the metadata requests.
var metadataFields = []string{"public_metadata", "private_metadata"}

// merged reads a merge request and returns both fields after it. Nothing is
// changed unless both are valid.
func (c *call) merged(public, private json.RawMessage) (json.RawMessage, json.RawMessage, *failure) {
	form, f := c.form(metadataFields...)
	if f != nil {
		return nil, nil, f
	}
	public = form.mergeInto("public_metadata", public)
	private = form.mergeInto("private_metadata", private)
	return public, private, form.bad()
}

func (f *form) mergeInto(name string, have json.RawMessage) json.RawMessage {
	if !f.has(name) {
		return have
	}
	if f.null(name) {
		f.note(badValue(name, "null"))
		return have
	}
	merged, bad := mergeField(name, have, f.fields[name])
	f.note(bad)
	return merged
}

// replaced reads a replace request: a field that was sent takes the place of
// the old one, {} clears it.
func (c *call) replaced(public, private json.RawMessage) (json.RawMessage, json.RawMessage, *failure) {
	form, f := c.form(metadataFields...)
	if f != nil {
		return nil, nil, f
	}
	if m := form.metadata("public_metadata", false); m != nil {
		public = m
	}
	if m := form.metadata("private_metadata", false); m != nil {
		private = m
	}
	return public, private, form.bad()
}

// metadataReader is merged or replaced.
type metadataReader func(c *call, public, private json.RawMessage) (json.RawMessage, json.RawMessage, *failure)

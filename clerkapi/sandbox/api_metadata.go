package sandbox

import "encoding/json"

// metadataFields are the fields of the metadata requests.
var metadataFields = []string{"public_metadata", "private_metadata"}

// readMerge reads a merge request and returns both fields after it. If one of
// them is not valid, neither is changed.
func (q *request) readMerge(public, private json.RawMessage) (json.RawMessage, json.RawMessage, *failure) {
	form, f := q.form(metadataFields...)
	if f != nil {
		return nil, nil, f
	}
	public = form.mergeInto("public_metadata", public)
	private = form.mergeInto("private_metadata", private)
	return public, private, form.failure()
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

// readReplacement reads a replace request: a field in the request takes the
// place of the old one, {} clears it.
func (q *request) readReplacement(public, private json.RawMessage) (json.RawMessage, json.RawMessage, *failure) {
	form, f := q.form(metadataFields...)
	if f != nil {
		return nil, nil, f
	}
	if m := form.metadata("public_metadata", false); m != nil {
		public = m
	}
	if m := form.metadata("private_metadata", false); m != nil {
		private = m
	}
	return public, private, form.failure()
}

// readMetadata is readMerge or readReplacement.
type readMetadata func(q *request, public, private json.RawMessage) (json.RawMessage, json.RawMessage, *failure)

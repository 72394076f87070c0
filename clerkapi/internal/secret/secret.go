package secret

import "fmt"

// Secret is a value that must not be shown. Every way of printing or
// marshalling it gives a placeholder; only [Secret.Reveal] gives the value.
// The zero Secret is empty.
type Secret struct{ value string }

const redacted = "[secret]"

// New wraps a value that was read from a file or the environment.
func New(value string) Secret { return Secret{value: value} }

// Reveal gives the value itself: for a request, for a check of its form, and for the links
// of invitations, which the history keeps and show --links prints.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.value == "" }

// String gives a placeholder, or nothing for an empty Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return redacted
}

// GoString gives a placeholder for %#v.
func (s Secret) GoString() string { return fmt.Sprintf("clerkapi.Secret(%q)", s.String()) }

// Format gives the placeholder for every verb, %x and %d included.
func (s Secret) Format(state fmt.State, verb rune) {
	text := s.String()
	if verb == 'v' && state.Flag('#') {
		text = s.GoString()
	}
	_, _ = fmt.Fprint(state, text)
}

// MarshalText gives the placeholder, so that JSON and YAML show no more.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

package source

import (
	"errors"
	"testing"
)

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a: 1\n", "a: 1\n"}, {"\ufeffa: 1\n", "a: 1\n"}, {"", ""}, {"\ufeff", ""}, {"a\ufeff", "a\ufeff"},
	} {
		if got, err := PlainText([]byte(c.in)); err != nil || string(got) != c.want {
			t.Errorf("%q gives %q, %v", c.in, got, err)
		}
	}
	for _, in := range []string{"\xff\xfea\x00", "\xfe\xff\x00a"} {
		if got, err := PlainText([]byte(in)); err == nil || got != nil {
			t.Errorf("%q gives %q", in, got)
		}
	}
}

// Nothing said leaves no empty parentheses, whatever it consists of.
func TestSaid(t *testing.T) {
	for said, want := range map[string]string{"": "", "  ": "", "\n\x1b": "", "no such object": " (no such object)", " a\nb ": " (a b)"} {
		if got := Said(errors.New(said)); got != want {
			t.Errorf("%q gives %q", said, got)
		}
	}
	if got := Said(nil); got != "" {
		t.Errorf("no error gives %q", got)
	}
}

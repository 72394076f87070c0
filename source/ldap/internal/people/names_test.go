package people

import (
	"strings"
	"testing"
)

func TestAttributeNames(t *testing.T) {
	for text, want := range map[string]string{
		"( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC 4519: NAME of it' SUP name )": "cn commonName",
		"( 0.9.2342.19200300.100.1.3 NAME 'mail' SYNTAX 1.3 )":                        "mail",
		"( 1.2.3 DESC 'has none' )":                                                   "", "( 1.2.3 NAME": "", "( 1.2.3 NAME 'open": "", "( 1.2.3 NAME 0'": "", "( 1.2.3 NAME 'a'": "a", "( 1.2.3 NAME ( 'a' 'no_name' )": "a", "": "",
	} {
		if got := strings.Join(AttributeNames(text), " "); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}

func FuzzAttributeNames(f *testing.F) {
	f.Add("( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )")
	f.Add("( 1 NAME 'x' )")
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range AttributeNames(s) {
			if !IsAttributeName(name) || !strings.Contains(s, name) {
				t.Fatalf("%q names %q", s, name)
			}
		}
	})
}

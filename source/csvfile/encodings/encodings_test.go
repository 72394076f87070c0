package encodings

import (
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// An encoding is known by any usual name, in any case.
func TestEncodingsByTheirUsualNames(t *testing.T) {
	for name, text := range map[string]string{
		"": "Jürgen", "UTF-8": "Jürgen", "utf8": "Jürgen", "utf-8-sig": "\ufeffJürgen",
		"Windows-1252": "J\xfcrgen", "cp1252": "J\xfcrgen", "windows_1252": "J\xfcrgen", "ISO-8859-1": "J\xfcrgen", "latin1": "J\xfcrgen", " Latin-1 ": "J\xfcrgen",
		"iso-8859-15": "J\xfcrgen", "ISO_8859-15": "J\xfcrgen", "cp850": "J\x81rgen", "IBM850": "J\x81rgen", "macintosh": "J\x9frgen", "MacRoman": "J\x9frgen",
		"UTF16": "\xff\xfeJ\x00\xfc\x00r\x00g\x00e\x00n\x00", "UTF-16LE": "J\x00\xfc\x00r\x00g\x00e\x00n\x00",
	} {
		r, problem, err := Decode(strings.NewReader(text), name)
		if err != nil || problem != "" || Check(name) != nil {
			t.Errorf("%s: %s, %v", name, problem, err)
			continue
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "Jürgen" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// What is no encoding, and what programs only replace by nothing, is refused.
func TestUnknownEncodings(t *testing.T) {
	for _, name := range []string{"ansi", "utf-7", "utf-32", "excel", "x-user-defined", "iso-2022-kr", "replacement", "windows-1259"} {
		if err := Check(name); err == nil || !strings.Contains(err.Error(), "is unknown: use utf-8, ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The web takes latin-1 for windows-1252: here each is itself.
func TestLatin1IsNotWindows1252(t *testing.T) {
	if _, enc, _ := find("latin1"); enc != charmap.ISO8859_1 {
		t.Errorf("latin1 is %v", enc)
	}
	if _, enc, _ := find("cp1252"); enc != charmap.Windows1252 {
		t.Errorf("cp1252 is %v", enc)
	}
}

// What is proposed makes letters of the text.
func TestTheEncodingThatFitsIsProposed(t *testing.T) {
	for text, want := range map[string]string{"J\xfcrgen": "windows-1252", "O\x92Neill": "windows-1252", "J\x81rgen": "cp850 or macintosh", "a\xb1": ""} {
		if got := Proposal(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

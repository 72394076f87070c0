package encodings

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	uni "unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoders names the encodings of the configuration and how they become
// UTF-8; nil means that the bytes are UTF-8 already. UTF-16 without a named
// order takes it from its byte order mark, which Decode demands.
var decoders = map[string]encoding.Encoding{
	"":             nil,
	"utf-8":        nil,
	"utf-16":       unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM),
	"utf-16le":     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	"utf-16be":     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	"latin-1":      charmap.ISO8859_1,
	"windows-1252": charmap.Windows1252,
}

// byteOrderMarks are what Unicode files may begin with; UTF-32 stands before
// UTF-16, whose mark is a part of its own.
var byteOrderMarks = []struct {
	mark string
	name string
}{
	{"\xef\xbb\xbf", "utf-8"},
	{"\xff\xfe\x00\x00", "utf-32"},
	{"\x00\x00\xfe\xff", "utf-32"},
	{"\xff\xfe", "utf-16le"},
	{"\xfe\xff", "utf-16be"},
}

// otherFormats are files that are taken for CSV by mistake, with their first bytes.
var otherFormats = []struct{ magic, problem string }{
	{"PK\x03\x04", "file is a workbook (.xlsx, .ods) or another zip archive, not text: save the sheet as CSV"},
	{"\xd0\xcf\x11\xe0", "file is an old workbook (.xls), not text: save the sheet as CSV"},
	{"\x1f\x8b", "file is compressed with gzip: decompress it first"},
	{"%PDF", "file is a PDF, not text: save the sheet as CSV"},
}

// Known names the encodings that most files have.
const Known = "utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252, or another name that IANA or the web has for one, such as iso-8859-15 or cp850"

// Check refuses an encoding that is not known.
func Check(name string) error {
	if _, _, ok := find(name); !ok {
		return errors.New("encoding " + strconv.Quote(name) + " is unknown: use " + Known)
	}
	return nil
}

// sameNames are names that programs use and no registry has.
var sameNames = map[string]string{"utf8": "utf-8", "utf-8-sig": "utf-8", "utf8-sig": "utf-8", "utf-8-bom": "utf-8", "utf16": "utf-16", "utf-16-le": "utf-16le",
	"utf-16-be": "utf-16be", "unicode": "utf-16", "ucs-2": "utf-16", "latin1": "latin-1", "iso8859-1": "latin-1", "iso-8859-1": "latin-1", "latin9": "iso-8859-15",
	"latin-9": "iso-8859-15", "mac-roman": "macintosh", "macroman": "macintosh"}

// find finds an encoding by any usual name, in any case, and its name here. The web
// takes latin-1 for windows-1252, so that its names come last. What the web replaces
// by nothing, and what has no decoder, is not known.
func find(name string) (canonical string, enc encoding.Encoding, ok bool) {
	name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
	if same, ok := sameNames[name]; ok {
		name = same
	}
	if enc, ok := decoders[name]; ok {
		return name, enc, true
	}
	if enc, err := ianaindex.IANA.Encoding(name); err == nil && enc != nil {
		return name, enc, !strings.HasPrefix(name, "utf-")
	}
	enc, err := htmlindex.Get(name)
	return name, enc, err == nil && enc != encoding.Replacement && !strings.HasPrefix(name, "utf-") && name != "x-user-defined"
}

// Canonical is the name that this package has for an encoding.
func Canonical(name string) string {
	canonical, _, _ := find(name)
	return canonical
}

// Proposal says which encodings could make letters of a text that is not UTF-8; empty
// if none of the usual ones does.
func Proposal(text string) string {
	var fitting []string
	for _, name := range []string{"windows-1252", "cp850", "macintosh"} {
		_, enc, _ := find(name)
		decoded, err := enc.NewDecoder().String(text)
		if err == nil && !strings.ContainsFunc(decoded, isOdd) {
			fitting = append(fitting, name)
		}
	}
	if len(fitting) > 0 && fitting[0] == "windows-1252" {
		fitting = fitting[:1] // by far the most likely
	}
	return strings.Join(fitting, " or ")
}

// isOdd reports a character that names and words do not have.
func isOdd(r rune) bool {
	return r >= utf8.RuneSelf && !uni.IsLetter(r) && !strings.ContainsRune("’‘“”„–—…€§°·©®«»", r)
}

// Decode turns a file into UTF-8 without a byte order mark. A mark that
// contradicts the declared encoding is a problem, returned as a sentence: to
// go on would turn names and addresses into others.
func Decode(r io.Reader, declared string) (text io.Reader, problem string, err error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	for _, f := range otherFormats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return nil, f.problem, nil
		}
	}
	declared = Canonical(declared)
	mark, name := "", ""
	for _, m := range byteOrderMarks {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			mark, name = m.mark, m.name
			break
		}
	}
	if problem := checkMark(declared, name); problem != "" {
		return nil, problem, nil
	}
	_, enc, _ := find(declared)
	if declared != "utf-16" {
		// The mark was peeked at, so it is there to be skipped.
		_, _ = b.Discard(len(mark))
	}
	if enc == nil {
		return b, "", nil
	}
	return transform.NewReader(b, enc.NewDecoder()), "", nil
}

func checkMark(declared, mark string) string {
	switch {
	case declared == "utf-16" && mark == "":
		return "file has no byte order mark, so the byte order is unknown: set encoding to utf-16le or utf-16be"
	case mark == "", mark == declared, mark == "utf-8" && declared == "":
		return ""
	case declared == "utf-16" && (mark == "utf-16le" || mark == "utf-16be"):
		return ""
	case mark == "utf-32":
		return "file begins with the byte order mark of utf-32, which is not supported: save it as utf-8"
	case declared == "":
		return "file begins with the byte order mark of " + mark + ": set encoding: " + mark
	}
	return "file begins with the byte order mark of " + mark + ", but encoding is set to " + declared
}

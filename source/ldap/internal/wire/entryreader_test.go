package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"

	"rollcall/source/ldap/ldaptest"
)

// bytesConn is a connection from which bytes come and nothing else.
type bytesConn struct {
	net.Conn
	io.Reader
}

func (c bytesConn) Read(b []byte) (int, error) { return c.Reader.Read(b) }

// FuzzEntryReader checks that every byte is either an entry's or go-ldap's.
func FuzzEntryReader(f *testing.F) {
	fake := &ldaptest.Fake{}
	one := fake.EntryPacket(7, ldaptest.Entry{DN: "cn=a,dc=x", Attrs: map[string][]string{"cn": {"a"}}}, []string{"cn"}).Bytes()
	done := ldaptest.Result(7, 5, 0, nil).Bytes()
	f.Add(append(append([]byte{}, one...), done...))
	f.Add(done)
	f.Add(done[:1])
	f.Fuzz(func(t *testing.T, b []byte) {
		reader := newEntryReader(bytesConn{Reader: bytes.NewReader(b)})
		page := &rawPage{most: maxPage}
		reader.collect(page)
		passed, err := io.ReadAll(reader)
		if err == nil && len(passed)+len(page.buf) != len(b) {
			t.Fatalf("%d bytes passed and %d kept, of %d", len(passed), len(page.buf), len(b))
		}
		if len(passed) > len(b) {
			t.Fatalf("%d bytes passed, of %d", len(passed), len(b))
		}
		_ = page.each(func(*Entry) error { return nil })
	})
}

// What is counted is one search's: a connection lives for many.
func TestS37EachSearchHasItsOwnBound(t *testing.T) {
	message := append([]byte{tagSequence, 0x83, 0x0f, 0xff, 0xf0, tagInteger, 1, 7, 0x65}, make([]byte, 0x0ffff0-4)...)
	stream := bytes.Repeat(message, 40) // a megabyte each
	reader := newEntryReader(bytesConn{Reader: bytes.NewReader(stream)})
	var read int
	for search := range 3 {
		reader.collect(&rawPage{most: maxPage})
		for range 10 {
			if err := reader.next(); err != nil {
				t.Fatalf("search %d after %d bytes: %v", search, read, err)
			}
			read += len(reader.pending)
		}
	}
	var err error
	for range 10 {
		if err = reader.next(); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("the last search had no bound")
	}
}

// Nesting without end ends in the library that decodes, not in the stack.
func TestS37DeepMessagesAreRefused(t *testing.T) {
	for name, message := range map[string][]byte{
		"without lengths": bytes.Repeat([]byte{tagSequence, 0x80}, maxOther/2),
		"with lengths":    nested(200_000),
	} {
		if _, err := ber.ReadPacket(bytes.NewReader(message)); err == nil || !strings.Contains(err.Error(), "nesting") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// nested are sequences within sequences, all of the right length.
func nested(depth int) []byte {
	var b []byte
	for size := 5 * (depth - 1); size >= 0; size -= 5 {
		b = append(b, tagSequence, 0x83, byte(size>>16), byte(size>>8), byte(size))
	}
	return b
}
func TestS37MessagesAreBounded(t *testing.T) {
	entryOf := func(size int) []byte {
		// 0x02 0x01 0x07 is the message id, 0x64 an entry, 0x65 the end of a search.
		return []byte{tagSequence, 0x84, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size), tagInteger, 1, 7, tagSearchEntry, 0, 0, 0, 0, 0, 0}
	}
	other := entryOf(maxOther + 1)
	other[9] = 0x65
	for name, message := range map[string][]byte{
		"answer over the bound": other,
		"length without end":    {tagSequence, 0x80, 0, 0}, "no message": []byte("HTTP/1.1 200 OK"),
	} {
		reader := newEntryReader(bytesConn{Reader: bytes.NewReader(message)})
		reader.collect(&rawPage{most: maxPage})
		if _, err := reader.Read(make([]byte, 10)); !errors.Is(err, ErrMalformed) || !errors.Is(reader.failure(), ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	reader := newEntryReader(bytesConn{Reader: bytes.NewReader(entryOf(10))})
	if _, err := reader.Read(make([]byte, 10)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an entry that nobody asked for: %v", err)
	}
}

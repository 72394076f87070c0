package source

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// A server that answers for ever is stopped by what it has sent, long before
// its time is up or memory is full (S37).
func TestS37AnswersWithoutEndAreBounded(t *testing.T) {
	reference := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	reference.AppendChild(octets("ldap://elsewhere.example/" + strings.Repeat("dc=x,", 1000)))
	intermediate := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationIntermediateResponse, nil, "")
	intermediate.AppendChild(octets(strings.Repeat("x", 10_000)))
	for name, flood := range map[string]*ber.Packet{"references": reference, "intermediate responses": intermediate} {
		t.Run(name, func(t *testing.T) {
			f := fakeCompany(10)
			f.fault = func(op fakeOp) fakeFault {
				if isSweep(op) {
					return fakeFault{flood: flood}
				}
				return fakeFault{}
			}
			cfg := startFake(t, f).config()
			cfg.RequestTimeout = 10 * time.Minute
			s, err := newLDAP(cfg, "corp")
			must(t, err)
			before := allocated()
			if _, err := s.Read(t.Context(), allGroup); !isCode(err, codeDecoding) || !strings.Contains(err.Error(), "beside entries") {
				t.Errorf("error is %v", err)
			}
			if grown := allocated() - before; grown > 40*maxOthers {
				t.Errorf("%d MB were allocated for an answer that is bounded to %d", grown>>20, maxOthers>>20)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// What is counted is one search's: a connection lives for many.
func TestS37EachSearchHasItsOwnBound(t *testing.T) {
	message := append([]byte{tagSequence, 0x83, 0x0f, 0xff, 0xf0, tagInteger, 1, 7, 0x65}, make([]byte, 0x0ffff0-4)...)
	stream := bytes.Repeat(message, 40) // a megabyte each
	tap := newEntryTap(bytesConn{Reader: bytes.NewReader(stream)})
	var read int
	for search := range 3 {
		tap.collect(new(rawPage))
		for range 10 {
			if err := tap.next(); err != nil {
				t.Fatalf("search %d after %d bytes: %v", search, read, err)
			}
			read += len(tap.pending)
		}
	}
	var err error
	for range 10 {
		if err = tap.next(); err != nil {
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

package ldap

import (
	"runtime"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"rollcall/source/ldap/internal/wire"
	"rollcall/source/ldap/ldaptest"
)

// A server that answers for ever is stopped by what it has sent, long before
// its time is up or memory is full (S37).
func TestS37AnswersWithoutEndAreBounded(t *testing.T) {
	t.Parallel()
	reference := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	reference.AppendChild(ldaptest.Octets("ldap://elsewhere.example/" + strings.Repeat("dc=x,", 1000)))
	intermediate := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationIntermediateResponse, nil, "")
	intermediate.AppendChild(ldaptest.Octets(strings.Repeat("x", 10_000)))
	for name, flood := range map[string]*ber.Packet{"references": reference, "intermediate responses": intermediate} {
		t.Run(name, func(t *testing.T) {
			f := fakeCompany(10)
			f.Fault = func(op ldaptest.Op) ldaptest.Fault {
				if isSweep(op) {
					return ldaptest.Fault{Flood: flood}
				}
				return ldaptest.Fault{}
			}
			cfg := fakeConfig(ldaptest.StartFake(t, f))
			cfg.RequestTimeout = 10 * time.Minute
			s, err := newDirectory(cfg, "corp")
			must(t, err)
			const bound = 16 << 20 // of what comes beside entries
			before := allocated()
			if _, err := s.Read(t.Context(), allGroup); !wire.IsCode(err, wire.CodeDecoding) || !strings.Contains(err.Error(), "besides entries") {
				t.Errorf("error is %v", err)
			}
			if grown := allocated() - before; grown > 40*bound {
				t.Errorf("%d MB were allocated for an answer that is bounded to %d", grown>>20, bound>>20)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

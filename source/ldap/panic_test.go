package ldap

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/config"

	"rollcall/source/internal/panics"
	"rollcall/source/ldap/internal/parallel"
	"rollcall/source/ldap/ldaptest"
)

// brokenLibrary panics as the library of Kerberos does.
func brokenLibrary() error {
	_, err := config.NewFromString("[realms]\nA = { kdc = x }\n")
	return err
}

func ofBrokenLibrary(err error) bool {
	e, ok := errors.AsType[*panics.Error](err)
	return ok && e.Library == "github.com/jcmturner/gokrb5/v8/config" && strings.Contains(err.Error(), "nothing from this read was used")
}

// A library that panics during a read is a failed read with the library's name;
// the next read goes well.
func TestS09PanicOfALibraryIsAFailedRead(t *testing.T) {
	f := fakeAD(adUser(1, nil), adGroup("a", 1100, adDN(1)))
	d, err := newDirectory(adConfig(ldaptest.StartFake(t, f)), "corp")
	must(t, err)
	dial := d.network.DialContext
	d.network.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, brokenLibrary() }
	if snap, err := d.Read(t.Context(), adNamed("a")); snap != nil || !ofBrokenLibrary(err) {
		t.Errorf("%v, %v", snap, err)
	}
	if report, err := d.Check(t.Context(), adNamed("a")); report != nil || !ofBrokenLibrary(err) {
		t.Errorf("%v, %v", report, err)
	}
	d.network.DialContext = dial
	if snap, err := d.Read(t.Context(), adNamed("a")); err != nil || len(snap.People) != 1 {
		t.Errorf("the next read: %v, %v", snap, err)
	}
}

// So it is in each of the goroutines that do several things at once.
func TestS09PanicInAGoroutineIsAFailedRead(t *testing.T) {
	fails := func(context.Context, int) (int, error) { return 0, brokenLibrary() }
	works := func(context.Context, int) (int, error) { return 0, nil }
	take := func(int, int) error { return nil }
	if err := parallel.Each(t.Context(), 2, []int{1, 2, 3}, fails, take); !ofBrokenLibrary(err) {
		t.Errorf("do: %v", err)
	}
	if err := parallel.Each(t.Context(), 2, []int{1, 2, 3}, works, func(int, int) error { return brokenLibrary() }); !ofBrokenLibrary(err) {
		t.Errorf("take: %v", err)
	}
	if err := parallel.Each(t.Context(), 2, []int{1, 2, 3}, works, take); err != nil {
		t.Errorf("neither: %v", err)
	}
	r := &session{dir: &Directory{cfg: Config{Connections: 2}}} // without a server
	err := r.readGroups(t.Context(), nil, []*wanted{{dn: "cn=a"}})
	if e, ok := errors.AsType[*panics.Error](err); !ok || !strings.HasPrefix(e.Library, "rollcall/source/ldap") {
		t.Errorf("groups: %v", err)
	}
}

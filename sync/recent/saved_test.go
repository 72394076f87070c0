package recent

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"rollcall/clerkapi"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// full is a Listing with a value in each field.
func full() *Listing {
	l := ToSave()
	l.belong("ins_a")
	l.begin(7)
	one := member("user_1")
	one.ID, one.Identifier, one.FirstName, one.LastName = "orgmem_1", "<a&b>@corp.example", "Ann", "Lee"
	one.Banned, one.Deprovisioned, one.StandingUnknown, one.CreatedAt = true, true, true, 5
	one.Public, one.Private = []byte(`{"x":"<b>"}`), nil
	l.keep(map[string]clerkapi.OrganizationListing{"org_acme": {Memberships: []clerkapi.Membership{one, member("user_2"), member("")}}}, noon)
	l.noteAbsent(clerkapi.UserQuery{Emails: []string{"new@corp.example"}}, nil, noon)
	l.present, l.presentAt = map[string]bool{"ann@corp.example": true}, noon
	return l
}

// What is saved is read again as it was; metadata that are unknown stay unknown (S09).
func TestS09SavedListsAreAsTheyWere(t *testing.T) {
	l, again := full(), ToSave()
	var b bytes.Buffer
	if err := errors.Join(l.Save(&b), again.Load(&b)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, again, cmp.AllowUnexported(Listing{}, organization{}), cmpopts.IgnoreTypes(&sync.Mutex{}, sync.Mutex{})); diff != "" {
		t.Error(diff)
	}
}

// Lists of another format, and lists that are too many, are refused.
func TestListsThatAreNotSaved(t *testing.T) {
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	_, _ = io.WriteString(packed, `{"format": 2}`)
	_ = packed.Close()
	if err := ToSave().Load(&b); err == nil || !strings.Contains(err.Error(), "format") {
		t.Errorf("another format: %v", err)
	}
	l := &Listing{}
	var rows []clerkapi.Membership
	for i := range mostSaved + 1 {
		rows = append(rows, member(fmt.Sprint("user_", i)))
	}
	many := map[string]clerkapi.OrganizationListing{"org_acme": {Memberships: rows}}
	l.keep(many, noon)
	if err := l.Save(io.Discard); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many: %v", err)
	}
	small := ToSave()
	if small.keep(many, noon); len(small.organizations) != 0 {
		t.Error("a command keeps more than it can save")
	}
}

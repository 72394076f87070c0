package recent

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	if err := errors.Join(l.Save(&b), again.Load(&b, noon)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v %+v", l.organizations["org_acme"], l), fmt.Sprintf("%+v %+v", again.organizations["org_acme"], again)); diff != "" &&
		!cmp.Equal(l.organizations["org_acme"].members, again.organizations["org_acme"].members) {
		t.Error(diff)
	}
	if again.instance != "ins_a" || again.run != 7 || len(again.organizations["org_acme"].nameless) != 1 || !again.wasAbsent("new@corp.example", noon) ||
		!again.present["ann@corp.example"] || again.organizations["org_acme"].members["user_1"].Private != nil {
		t.Errorf("%+v", again)
	}
}

// What was seen in the future was seen before the clock was set back (S09).
func TestS09ListsOfTheFutureAreLeftOut(t *testing.T) {
	var b bytes.Buffer
	again := ToSave()
	if err := errors.Join(full().Save(&b), again.Load(&b, noon.Add(-time.Second))); err != nil {
		t.Fatal(err)
	}
	if len(again.organizations)+len(again.absent)+len(again.present) > 0 {
		t.Errorf("%+v", again)
	}
}

// Lists of another format, and lists that are too many, are refused.
func TestListsThatAreNotSaved(t *testing.T) {
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	_, _ = io.WriteString(packed, `{"format": 2}`)
	_ = packed.Close()
	if err := ToSave().Load(&b, noon); err == nil || !strings.Contains(err.Error(), "format") {
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
	if small := ToSave(); true {
		if small.keep(many, noon); len(small.organizations) != 0 {
			t.Error("a command keeps more than it can save")
		}
	}
}

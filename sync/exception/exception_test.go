package exception

import (
	"errors"
	"testing"
	"time"
)

// A day is included, in UTC, and a time has its own zone (S28).
func TestS28Ends(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		until string
		err   error
	}{
		"2026-12-24":                {"2026-12-24", nil},
		"2026-11-30":                {"2026-11-30", nil},
		"2026-11-29":                {"", errPast},
		"2026-12-24T17:00:00+01:00": {"2026-12-24 16:00Z", nil},
		"2026-12-24T01:00:00+01:00": {"2026-12-23", nil},
		"2026-11-30T13:00:00+01:00": {"", errPast},
		"2026-12-24T17:00:00":       {"", errNoDate},
		"tomorrow":                  {"", errNoDate},
		"":                          {"", errNoDate},
	} {
		end, err := ParseEnd(text, now)
		if !errors.Is(err, want.err) || err == nil && (&Exception{Ends: end}).Until() != want.until {
			t.Errorf("%q: until %s, %v", text, (&Exception{Ends: end}).Until(), err)
		}
	}
}

// What is over is over from its end on, or when somebody ended it.
func TestS28Over(t *testing.T) {
	end := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	open, ended := Exception{Ends: end}, Exception{Ends: end, Ended: end.Add(-time.Hour)}
	for name, x := range map[string]struct {
		e    Exception
		at   time.Time
		over bool
	}{
		"before":  {open, end.Add(-time.Nanosecond), false},
		"at":      {open, end, true},
		"after":   {open, end.Add(time.Hour), true},
		"by hand": {ended, end.Add(-2 * time.Hour), true},
	} {
		if x.e.Over(x.at) != x.over {
			t.Errorf("%s: over %t", name, !x.over)
		}
	}
}

// Two exceptions are the same if they are of one kind and about one person in one
// organization. The id of an entry counts before the account (S01).
func TestS01SameExceptions(t *testing.T) {
	entry := Exception{Kind: Grant, Organization: "org_1", Person: Person{"hr", "1"}, UserID: "user_1"}
	account := Exception{Kind: Grant, Organization: "org_1", UserID: "user_1"}
	with := func(e Exception, change func(*Exception)) Exception { change(&e); return e }
	for name, x := range map[string]struct {
		a, b Exception
		same bool
	}{
		"itself":               {entry, entry, true},
		"another account":      {entry, with(entry, func(e *Exception) { e.UserID = "user_2" }), true},
		"another id":           {entry, with(entry, func(e *Exception) { e.Person.ID = "2" }), false},
		"another organization": {entry, with(entry, func(e *Exception) { e.Organization = "" }), false},
		"another kind":         {entry, with(entry, func(e *Exception) { e.Kind = Deny }), false},
		"entry and account":    {entry, account, false},
		"one account":          {account, account, true},
		"two accounts":         {account, with(account, func(e *Exception) { e.UserID = "user_2" }), false},
	} {
		if x.a.Same(&x.b) != x.same {
			t.Errorf("%s: same %t", name, !x.same)
		}
	}
}

// An exception is about its organization, or about all of them if it names none.
func TestS40WhereAnExceptionIs(t *testing.T) {
	one, all := Exception{Organization: "org_1"}, Exception{Kind: Deny}
	if !one.In("org_1") || one.In("org_2") || !all.In("org_1") || !all.In("org_2") {
		t.Error("an exception of one organization is not in it only, or one of all is not in each")
	}
}

// The text of an exception says who made it, until when, and why; at its end, who ended it.
func TestTexts(t *testing.T) {
	e := Exception{Kind: Grant, By: "ops", Reason: "incident 4711", Ends: time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)}
	denied, ended := e, e
	denied.Kind, ended.EndedBy = Deny, "ada"
	for got, want := range map[string]string{
		e.Text():         "granted by ops until 2026-12-24: incident 4711",
		denied.Text():    "denied by ops until 2026-12-24: incident 4711",
		e.EndText():      "ended: granted by ops until 2026-12-24: incident 4711",
		ended.EndText():  "ended by ada: granted by ops until 2026-12-24: incident 4711",
		denied.EndText(): "ended: denied by ops until 2026-12-24: incident 4711",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

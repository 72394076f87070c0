package exceptions

import (
	"fmt"
	"slices"
	"strings"

	"rollcall/cmd/rollcall/internal/runner"
	"rollcall/source"
	"rollcall/sync/exception"
	"rollcall/sync/explain"
)

func usage(format string, args ...any) error {
	return runner.UsageError{Err: fmt.Errorf(format, args...)}
}

// identify fills in who an exception is about: one entry of the sources by its id, or
// one account in Clerk that is in no source (S01).
func identify(e *exception.Exception, x *explain.Explanation) error {
	entries := slices.DeleteFunc(slices.Clone(x.Entries), func(n explain.Entry) bool { return n.Source == exception.Source })
	switch {
	case e.Kind == exception.Grant && len(x.Failures) > 0:
		return fmt.Errorf("find %s: not everything could be read, so nobody can tell who it is: %s", x.Subject, x.Failures[0].Text)
	case len(entries) > 1:
		return usage("%s means %d entries: %s; name one of them by its id, and fix the other entry", x.Subject, len(entries), origins(entries))
	case len(entries) == 1:
		if err := elsewhere(&entries[0], x); err != nil {
			return err
		}
		return identifyEntry(e, &entries[0])
	case len(x.Users) > 1:
		return usage("%s means several accounts; name one of them by its id: %s", x.Subject, strings.Join(ids(x.Users), ", "))
	case len(x.Users) == 1:
		return identifyAccount(e, x)
	}
	return usage("find %s: there is no such person in %s, and no account with that id or verified address; somebody new has to sign up, or be invited, first%s", x.Subject, x.AnySource(), x.DidYouMean())
}

func identifyEntry(e *exception.Exception, n *explain.Entry) error {
	switch {
	case n.Trouble != "":
		return fmt.Errorf("find the account of %s: %s", n.Email, n.Trouble)
	case e.Kind == exception.Grant && n.Disabled != "":
		return usage("%s: %s; a grant gives nothing to an entry that is disabled or has ended", n.Origin, n.Disabled)
	}
	e.Address, e.UserID = n.Email, n.UserID
	e.Person = exception.Person{Source: n.Source, ID: n.ID}
	if n.ID == "" {
		e.Person.ID = n.Email
	}
	if e.Address == "" {
		e.Address = n.ID
	}
	return nil
}

// identifyAccount takes an account that no source has. An address must be verified:
// anybody can write that of somebody else (S03).
func identifyAccount(e *exception.Exception, x *explain.Explanation) error {
	u := &x.Users[0]
	address, err := source.FoldEmail(x.Subject)
	switch {
	case err != nil && u.ID != x.Subject:
		return usage("find %s: no source has this id any more; an earlier run knew it as account %s, which you can name by its id", x.Subject, u.ID)
	case u.ID != x.Subject && !slices.Contains(u.Verified, address):
		return usage("find %s: account %s has this address but has not verified it (S03); name the account by its id if you are sure", x.Subject, u.ID)
	case e.Kind == exception.Grant && u.Barred:
		return usage("account %s is banned or deprovisioned, so a grant gives it nothing (S08)", u.ID)
	}
	e.UserID, e.Address = u.ID, u.ID
	if len(u.Verified) > 0 {
		e.Address = u.Verified[0]
	}
	return nil
}

func origins(entries []explain.Entry) string {
	var out []string
	for i := range entries {
		out = append(out, entries[i].Origin)
	}
	return strings.Join(out, ", ")
}

func ids(users []explain.User) []string {
	var out []string
	for i := range users {
		out = append(out, users[i].ID)
	}
	return out
}

// describe says who somebody is: what the source says, and what Clerk has verified
// (S43). Without a known account it is the one that has verified the address: anybody
// can write that of somebody else (S03).
func describe(e *exception.Exception, x *explain.Explanation) string {
	account := "no account in Clerk yet"
	for i := range x.Users {
		if u := &x.Users[i]; u.ID == e.UserID || e.UserID == "" && slices.Contains(u.Verified, e.Address) {
			account = "account " + u.ID + ", verified: "
			if len(u.Verified) == 0 {
				account += "no address"
			}
			account += strings.Join(u.Verified, ", ")
		}
	}
	if e.Person == (exception.Person{}) {
		return fmt.Sprintf("%s: in no source, %s", e.Address, account)
	}
	return fmt.Sprintf("%s: id %s of source %s, %s", e.Address, e.Person.ID, e.Person.Source, account)
}

// elsewhere refuses an address that the entry says but its account has not verified:
// people may write their own address (S01, S03).
func elsewhere(n *explain.Entry, x *explain.Explanation) error {
	address, err := source.FoldEmail(x.Subject)
	verified := func(u explain.User) bool { return u.ID == n.UserID && slices.Contains(u.Verified, address) }
	if err == nil && n.UserID != "" && !slices.ContainsFunc(x.Users, verified) {
		return usage("%s says %s, but its account %s has not verified that address; name the entry or the account by its id", n.Origin, address, n.UserID)
	}
	return nil // also where the subject is an id or a DN
}

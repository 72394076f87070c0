package identity

import (
	"context"
	"errors"
	"fmt"

	"rollcall/clerkapi"
	"rollcall/sync/directory"
)

// Clerk may refuse to look up a value that it takes for none: an odd address, say. One row
// of a directory would then end every run, and keep everybody in. So a refused query is
// cut until it is known which values are refused. Their people are unknown (S10), and all
// others are looked up.

// mostRefused is how many values of a query may be refused. With more, the cause is no
// value.
const mostRefused = 10

// question looks up the values of one query.
type question struct {
	index   *UserIndex
	refused map[string]error // by value
	// answered says that Clerk has answered a part of the query.
	answered bool
}

// read reads the users that a query matches, without the values that Clerk refuses.
func (i *question) read(ctx context.Context, q clerkapi.UserQuery) ([]clerkapi.User, error) {
	users, err := i.index.read(ctx, q)
	if !isRefusal(err) {
		return users, err
	}
	if users, err = i.inParts(ctx, q, err); err == nil && !i.answered {
		_, err = i.index.clerk.UsersCount(ctx) // does it answer at all?
	}
	return users, err
}

// isRefusal reports whether Clerk has refused what a query asks for.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*clerkapi.Error](err)
	return ok && e.Status >= 400 && e.Status < 500 && !clerkapi.StopsRun(err) && !clerkapi.Outage(err)
}

// inParts reads a query that was refused, in two parts or in requests of their own.
func (i *question) inParts(ctx context.Context, q clerkapi.UserQuery, why error) ([]clerkapi.User, error) {
	values := append(q.Emails, q.ExternalIDs...) // one of the two is empty
	if len(values) == 1 {
		i.refused[values[0]] = why
		if len(i.refused) > mostRefused {
			return nil, why
		}
		return nil, nil
	}
	var all []clerkapi.User
	size := min((len(values)+1)/2, clerkapi.MaxValues)
	for from := 0; from < len(values); from += size {
		to := min(from+size, len(values))
		var part clerkapi.UserQuery
		if len(q.Emails) > 0 {
			part.Emails = q.Emails[from:to]
		} else {
			part.ExternalIDs = q.ExternalIDs[from:to]
		}
		users, err := i.index.read(ctx, part)
		switch {
		case isRefusal(err):
			users, err = i.inParts(ctx, part, err)
		case err == nil:
			i.answered = true
		}
		if err != nil {
			return nil, err
		}
		all = append(all, users...)
	}
	return all, nil
}

// questions are the look-ups of people by external_id and by address.
type questions struct{ externals, emails question }

func newQuestions(x *UserIndex) *questions {
	return &questions{question{index: x, refused: map[string]error{}}, question{index: x, refused: map[string]error{}}}
}

// problemOf is the problem of a person whose external_id or address Clerk refuses to look
// up: nobody can tell which account they have. It is nil for others.
func (i *questions) problemOf(p *directory.Person) *directory.Problem {
	what, err := "external_id "+p.ExternalID, i.externals.refused[p.ExternalID]
	for _, e := range p.Addresses() {
		if err == nil {
			what, err = "address "+e, i.emails.refused[e]
		}
	}
	if err == nil {
		return nil
	}
	x := i.emails.index
	return &directory.Problem{Rule: "S10", Users: userIDs(append(x.holders(p), x.ByExternal[p.ExternalID]...)), Text: fmt.Sprintf(
		"%s (%s): Clerk refuses to look up the %s, so nobody can tell which account this person has; correct it in the source: %v", p.Label(), p.Origin, what, err)}
}

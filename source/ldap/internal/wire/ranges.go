package wire

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"rollcall/source"
)

// rangeTries is how often a list is read that changes all the while.
const rangeTries = 4

// errShifted says that a list has become another one while it was read.
var errShifted = errors.New("values have changed during the read")

// CompleteRanges reads the rest of every attribute that came in part: Active
// Directory sends the first 1500 values as member;range=0-1499 and waits to be
// asked for the next (MS-ADTS section 3.1.1.3.1.3.3). A list that does not go
// on where it stopped is an error, never a shorter list (S09). One that has shrunk
// meanwhile is read again from its beginning.
func (s *Server) CompleteRanges(ctx context.Context, e *Entry) error {
	for i := range e.Attrs {
		part, ok, err := parseRange(e.Attrs[i].Name)
		if err == nil && ok {
			err = s.completeRange(ctx, e, part, &e.Attrs[i])
		}
		for try := 1; errors.Is(err, errShifted) && try < rangeTries; try++ {
			if e.Attrs[i].Values, part, err = s.nextRange(ctx, e.DN, part.attr, 0); err == nil {
				err = s.completeRange(ctx, e, part, &e.Attrs[i])
			}
		}
		if err != nil {
			at := Error{Op: OpSearch, Server: s.endpoint.URL, Base: e.DN, Filter: "(objectClass=*)"}
			if errors.Is(err, errShifted) && ctx.Err() == nil {
				at.Code, at.Meaning, at.Hint = CodeDecoding, err.Error(), "run again"
				return &at
			}
			return Failure(ctx, at, err)
		}
	}
	return nil
}

// completeRange reads on from the last value that is known, and compares that one: if
// somebody leaves the list meanwhile, all behind move up, and one of them would be skipped.
func (s *Server) completeRange(ctx context.Context, e *Entry, part valueRange, into *Attribute) error {
	if part.from != 0 {
		return fmt.Errorf("%w: the values of %s begin at %d, not at 0", ErrMalformed, part.attr, part.from)
	}
	for known := 0; !part.last; {
		if len(into.Values) != part.to+1 || len(into.Values) <= known {
			return fmt.Errorf("%w: %s has %d values, but its range ends at %d", ErrMalformed, part.attr, len(into.Values), part.to)
		}
		if known = len(into.Values); known > s.config.MaxMembers {
			return TooManyMembers(s.URL(), e.DN, s.config.MaxMembers)
		}
		values, next, err := s.nextRange(ctx, e.DN, part.attr, part.to)
		if err != nil {
			return err
		}
		if len(values) == 0 || values[0] != into.Values[known-1] {
			return fmt.Errorf("%w: %s", errShifted, part.attr)
		}
		into.Values, part = append(into.Values, values[1:]...), next
	}
	into.Name = part.attr
	dropEmpty(e, part.attr, into)
	return nil
}

// nextRange reads values from a place on.
func (s *Server) nextRange(ctx context.Context, dn, attr string, from int) ([]string, valueRange, error) {
	var values []string
	var next valueRange
	found := false
	q := Query{Base: dn, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)",
		Attrs: []string{fmt.Sprintf("%s;range=%d-*", attr, from)},
	}
	err := s.Search(ctx, q, func(e *Entry) error {
		for _, a := range e.Attrs {
			part, ok, err := parseRange(a.Name)
			if err != nil {
				return err
			}
			if ok && part.from == from {
				values, next, found = a.Values, part, true
			}
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%w: the values of %s end after %d without the last range", ErrMalformed, attr, from+1)
	}
	next.attr = attr
	return values, next, err
}

// dropEmpty takes away the empty attribute that Active Directory sends beside
// the one in ranges, so that the full one is found by its name.
func dropEmpty(e *Entry, name string, keep *Attribute) {
	for i := range e.Attrs {
		if a := &e.Attrs[i]; a != keep && a.Name == name && len(a.Values) == 0 {
			a.Name = ""
		}
	}
}

// valueRange is the option of an attribute that Active Directory sends in
// parts (MS-ADTS section 3.1.1.3.1.3.3): member;range=0-1499, then to *.
type valueRange struct {
	attr     string
	from, to int
	last     bool
}

// parseRange reads an attribute description with a range; ok is false for one
// without, and err is not nil for one that makes no sense.
func parseRange(description string) (r valueRange, ok bool, err error) {
	name, options, found := strings.Cut(description, ";")
	if !found {
		return r, false, nil
	}
	for option := range strings.SplitSeq(options, ";") {
		if len(option) < 6 || !source.SameName(option[:6], "range=") {
			continue
		}
		from, to, _ := strings.Cut(option[6:], "-")
		r = valueRange{attr: name, last: to == "*"}
		r.from, err = strconv.Atoi(from)
		if err == nil && !r.last {
			r.to, err = strconv.Atoi(to)
		}
		if err != nil || r.from < 0 || !r.last && r.to < r.from {
			return valueRange{}, false, fmt.Errorf("%w: invalid range %q", ErrMalformed, option)
		}
		return r, true, nil
	}
	return r, false, nil
}

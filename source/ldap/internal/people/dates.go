package people

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"rollcall/source"
	"rollcall/source/internal/dates"
	"rollcall/source/ldap/internal/wire"
)

// period reads when a person belongs here: the configured attributes, and the
// day on which the directory itself ends the account. The earlier end counts.
// why is not empty when it cannot be told: then the member is unknown (S10).
func (m *Mapper) period(e *wire.Entry) (t *source.Period, why string) {
	start, why := m.moment(e, m.Config.Start)
	if why != "" {
		return nil, why
	}
	end, why := m.moment(e, m.Config.End)
	if why != "" {
		return nil, why
	}
	if end.Epoch() {
		return nil, "has a " + m.Config.End + " that " + dates.ErrEpoch.Error()
	}
	out := source.Period{Start: start.At, End: end.End()}
	if !out.End.IsZero() {
		if !out.Start.Before(out.End) {
			return nil, "has a " + m.Config.End + " before its " + m.Config.Start
		}
		out.EndedBy = m.Config.End
	}
	expires, by, why := m.expires(e)
	if why != "" {
		return nil, why
	}
	if !expires.IsZero() && (out.End.IsZero() || expires.Before(out.End)) {
		out.End, out.EndedBy = expires, by
	}
	if out.Start.IsZero() && out.End.IsZero() {
		return nil, ""
	}
	return &out, ""
}

// expires is when the directory itself ends the account.
func (m *Mapper) expires(e *wire.Entry) (at time.Time, by, why string) {
	if m.Schema.Name == SchemaAD {
		text := e.First("accountExpires")
		if text == "" || accountNever(text) {
			return time.Time{}, "", ""
		}
		at, ok := fileTime(text)
		if !ok {
			return time.Time{}, "", "has an accountExpires that is not a valid time"
		}
		if dates.Placeholder(at) {
			return time.Time{}, "", "has an accountExpires before 1950, which programs write when there is no date"
		}
		return at.In(m.Config.Dates.Zone), "accountExpires", ""
	}
	at, by, why = shadowExpires(e)
	if ends, bad := principalExpires(e); bad != "" {
		why = cmp.Or(why, bad)
	} else if !ends.IsZero() && (at.IsZero() || ends.Before(at)) {
		at, by = ends.In(m.Config.Dates.Zone), principalExpiration
	}
	if why != "" {
		return time.Time{}, "", why
	}
	return at, by, ""
}

// shadowExpires is the end that shadowAccount says.
func shadowExpires(e *wire.Entry) (at time.Time, by, why string) {
	days := e.First("shadowExpire")
	if days == "" {
		return time.Time{}, "", ""
	}
	// shadow(5): days since 1970, negative for never. The account has expired on
	// that day. 0 is ambiguous there and should not be used: never, or 1970-01-01.
	// Nobody is removed or added because of an ambiguous date (S10).
	n, err := strconv.ParseInt(strings.TrimSpace(days), 10, 32)
	switch {
	case err != nil:
		return time.Time{}, "", "has a shadowExpire that is not a number"
	case n == 0:
		return time.Time{}, "", "has a shadowExpire of 0, which some programs read as never and others as expired: write -1 for never, or a day"
	case n < 0:
		return time.Time{}, "", ""
	}
	return time.Unix(n*86400, 0).UTC(), "shadowExpire", ""
}

// principalExpiration is when the KDC of FreeIPA or MIT gives no ticket any more.
const principalExpiration = "krbPrincipalExpiration"

func principalExpires(e *wire.Entry) (at time.Time, why string) {
	text := e.First(principalExpiration)
	if text == "" {
		return time.Time{}, ""
	}
	at, ok := GeneralizedTime(text)
	switch {
	case !ok:
		return time.Time{}, "has a " + principalExpiration + " that is not a valid time"
	case dates.Placeholder(at):
		return time.Time{}, "has a " + principalExpiration + " before 1950, which programs write when there is no date"
	}
	return at, ""
}

// moment reads an attribute that holds a date.
func (m *Mapper) moment(e *wire.Entry, name string) (at dates.Moment, why string) {
	if name == "" {
		return dates.Moment{}, ""
	}
	values := e.Get(name)
	if len(values) > 1 {
		return dates.Moment{}, "has several values of " + name + ": only one date is allowed"
	}
	text := strings.TrimSpace(e.First(name))
	if text == "" {
		return dates.Moment{}, ""
	}
	at, err := readLDAPDate(m.Config.Dates, text)
	if err != nil {
		return dates.Moment{}, "has a " + name + " that " + err.Error()
	}
	return at, ""
}

// readLDAPDate reads what directories write beside what people do: generalized
// times, file times of Active Directory, and days without dashes.
func readLDAPDate(d dates.Reader, s string) (dates.Moment, error) {
	if accountNever(s) {
		return dates.Moment{}, nil
	}
	if at, ok := GeneralizedTime(s); ok {
		return d.Sane(dates.Moment{At: at})
	}
	if strings.Trim(s, "0123456789") == "" {
		if at, err := time.Parse("20060102", s); err == nil {
			return d.Sane(dates.Moment{At: source.StartOfDay(at.Year(), at.Month(), at.Day(), d.Zone), Day: true})
		}
		// No file time of our days is shorter.
		if at, ok := fileTime(s); ok && len(s) >= 17 {
			return d.Sane(dates.Moment{At: at})
		}
	}
	return d.Read(s)
}

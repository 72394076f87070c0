package source

import (
	"strconv"
	"strings"
	"time"
)

// term reads when somebody belongs here: the configured attributes, and the
// day on which the directory itself ends the account. The earlier end counts.
// why is not empty when it cannot be told: then the member is unknown (S10).
func (r *session) term(e *entry) (t *Term, why string) {
	start, why := r.moment(e, r.cfg.Start)
	if why != "" {
		return nil, why
	}
	end, why := r.moment(e, r.cfg.End)
	if why != "" {
		return nil, why
	}
	out := Term{Start: start.at, End: end.end()}
	if !out.End.IsZero() {
		if !out.Start.Before(out.End) {
			return nil, "has a " + r.cfg.End + " before its " + r.cfg.Start
		}
		out.EndedBy = r.cfg.End
	}
	expires, by, why := r.expires(e)
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
func (r *session) expires(e *entry) (at time.Time, by, why string) {
	if r.schema.name == schemaAD {
		text := e.first("accountExpires")
		if text == "" || accountNever(text) {
			return time.Time{}, "", ""
		}
		at, ok := fileTime(text)
		if !ok {
			return time.Time{}, "", "has an accountExpires that is no time"
		}
		return at.In(r.dates.zone), "accountExpires", ""
	}
	days := e.first("shadowExpire")
	if days == "" {
		return time.Time{}, "", ""
	}
	// shadow(5): days since 1970, negative for never. The account has expired on
	// that day.
	n, err := strconv.ParseInt(strings.TrimSpace(days), 10, 32)
	switch {
	case err != nil:
		return time.Time{}, "", "has a shadowExpire that is no number"
	case n < 0:
		return time.Time{}, "", ""
	}
	return time.Unix(n*86400, 0).UTC(), "shadowExpire", ""
}

// moment reads an attribute that holds a date.
func (r *session) moment(e *entry, name string) (m moment, why string) {
	if name == "" {
		return moment{}, ""
	}
	values := e.get(name)
	if len(values) > 1 {
		return moment{}, "has several values of " + name + ", which should say one date"
	}
	text := strings.TrimSpace(e.first(name))
	if text == "" {
		return moment{}, ""
	}
	m, err := r.dates.readLDAP(text)
	if err != nil {
		return moment{}, "has a " + name + " that " + err.Error()
	}
	return m, ""
}

// readLDAP reads what directories write beside what people do: generalized
// times, file times of Active Directory, and days without dashes.
func (d dates) readLDAP(s string) (moment, error) {
	if accountNever(s) {
		return moment{}, nil
	}
	if at, ok := generalizedTime(s); ok {
		return d.sane(moment{at: at})
	}
	if strings.Trim(s, "0123456789") == "" {
		if at, err := time.Parse("20060102", s); err == nil {
			return d.sane(moment{startOfDay(at.Year(), at.Month(), at.Day(), d.zone), true})
		}
		// No file time of our days is shorter.
		if at, ok := fileTime(s); ok && len(s) >= 17 {
			return d.sane(moment{at: at})
		}
	}
	return d.read(s)
}

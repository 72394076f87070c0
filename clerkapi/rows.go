package clerkapi

import "strconv"

// A million memberships are a gigabyte of JSON, of which a tenth is used. This
// reader walks a page once and takes what [wireMembership] names, at a fraction
// of what encoding/json costs. It knows only the plain way of writing JSON:
// whatever is spelled in any other way, or wrong, makes it give up, and
// encoding/json decides what the page is worth. So it can be slow, never wrong.

// quick is an answer that may be read faster than by encoding/json; false
// means that it was not, and that the value is as it was.
type quick interface{ quick(body []byte) bool }

// quick reads pages of memberships; other rows are too few to matter.
func (p *wirePage[W]) quick(body []byte) bool {
	rows, ok := any(&p.Data).(*[]wireMembership)
	if !ok {
		return false
	}
	s := &scanner{body: body, shared: interner{}}
	if s.page(rows, &p.Total) && s.end() {
		return true
	}
	p.Data, p.Total = nil, nil
	return false
}

func (s *scanner) page(rows *[]wireMembership, total **int64) bool {
	return s.object(func(key []byte) bool {
		switch string(key) {
		case "data":
			return *rows == nil && s.memberships(rows)
		case "total_count":
			token, ok := s.number()
			n, err := strconv.ParseInt(string(token), 10, 64)
			*total = &n
			return ok && err == nil
		}
		return s.skip(0)
	})
}

func (s *scanner) memberships(to *[]wireMembership) bool {
	rows := make([]wireMembership, 0, PageLimit)
	ok := s.array(func() bool {
		rows = append(rows, wireMembership{})
		return s.membership(&rows[len(rows)-1])
	})
	*to = rows
	return ok
}

func (s *scanner) membership(w *wireMembership) bool {
	return s.object(func(key []byte) bool {
		switch string(key) {
		case "id":
			return s.string(&w.ID)
		case "role":
			return s.common(&w.Role)
		case "organization":
			return s.organization(w)
		case "public_user_data":
			return s.user(w)
		case "public_metadata":
			return s.raw(&w.Public)
		case "private_metadata":
			return s.raw(&w.Private)
		}
		return s.skip(0)
	})
}

func (s *scanner) organization(w *wireMembership) bool {
	return s.object(func(key []byte) bool {
		if string(key) == "id" {
			return s.common(&w.Organization.ID)
		}
		return s.skip(0)
	})
}

func (s *scanner) user(w *wireMembership) bool {
	u := &w.User
	return s.object(func(key []byte) bool {
		switch string(key) {
		case "user_id":
			return s.string(&u.UserID)
		case "identifier":
			return s.string(&u.Identifier)
		case "first_name":
			return s.common(&u.FirstName)
		case "last_name":
			return s.common(&u.LastName)
		case "banned":
			return s.flag(&u.Banned)
		case "deprovisioned":
			return s.flag(&u.Deprovisioned)
		}
		return s.skip(0)
	})
}

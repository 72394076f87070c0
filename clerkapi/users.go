package clerkapi

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rollcall/clerkapi/internal/arguments"
	"rollcall/clerkapi/internal/calls"
	"rollcall/clerkapi/internal/pages"
	"rollcall/clerkapi/internal/wire"
)

// PageLimit is the most records that Clerk puts on one page.
const PageLimit = wire.PageLimit

// MaxValues is how many values of one filter fit into one request.
const MaxValues = 100

const (
	usersPath = "/users"
	countPath = usersPath + "/count"
	// maxQueryBytes bounds the values in one URL: servers commonly refuse
	// request lines over 8 KB.
	maxQueryBytes = 6 << 10
	maxValueBytes = 1 << 10
)

// users are the calls that concern users.
type users struct{ sender *sender }

// Users looks users up by one kind of value, in full batches: 100 values a
// request, or fewer where the URL would grow too long. A value that no user has
// finds nobody. An unverified address can be on several users, so that the
// answer may be longer than the question.
func (c *users) Users(ctx context.Context, q UserQuery) ([]User, error) {
	name, batches, err := q.batches()
	if err != nil {
		return nil, err
	}
	c.sender.CountLeast("GET "+usersPath, len(batches))
	slots := make([][]User, len(batches))
	err = pages.Parallel(ctx, len(batches), func(ctx context.Context, i int) error {
		var err error
		slots[i], err = readBatch(ctx, c.sender, name, batches[i])
		pages.ReportRows(ctx, len(batches[i]))
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []User
	for _, s := range slots {
		all = append(all, s...)
	}
	return pages.Unique(all, userID), nil
}

// UserRequests is the least number of requests of [Client.Users].
func UserRequests(q UserQuery) int {
	_, batches, _ := q.batches()
	return len(batches)
}

// readBatch reads one batch. After a full page it asks for the next one.
func readBatch(ctx context.Context, s *sender, name string, values []string) ([]User, error) {
	var all []User
	for offset := 0; ; offset += PageLimit {
		page, err := readUsersPage(ctx, s, url.Values{name: values, "offset": {strconv.Itoa(offset)}})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < PageLimit {
			return all, nil
		}
	}
}

// readUsersPage reads one page, oldest first.
func readUsersPage(ctx context.Context, s *sender, query url.Values) ([]User, error) {
	var out wire.Users
	query.Set("limit", strconv.Itoa(PageLimit)) // Clerk's default is 10
	query.Set("order_by", calls.OldestFirst)
	if err := s.Do(ctx, &calls.Call{Method: "GET", Path: usersPath, Query: query, Out: &out, Repeat: calls.Always, LeastCounted: true}); err != nil {
		return nil, err
	}
	return calls.Rows(out, userOf), nil
}

// AllUsersRequests is the number of requests of [Client.AllUsers] in an instance
// of n users: pages until one is not full, and the count.
func AllUsersRequests(n int) int { return n/PageLimit + 2 }

// AllUsers lists the users of the instance, whole or an error. The list has a
// cursor, so its pages are read one after the other. The count for the
// comparison (S16) is read last.
func (c *users) AllUsers(ctx context.Context) ([]User, error) {
	all, err := readAllUsers(ctx, c.sender)
	c.sender.CountLeast("GET "+usersPath, AllUsersRequests(len(all))-1)
	c.sender.CountLeast("GET "+countPath, 1)
	return all, err
}

func readAllUsers(ctx context.Context, s *sender) ([]User, error) {
	for attempt := 0; ; attempt++ {
		all, err := readUsersOnce(ctx, s)
		if err != nil {
			return nil, err
		}
		want, err := countUsers(ctx, s)
		if err != nil || len(all) == want {
			return all, err
		}
		if attempt == pages.MaxRereads {
			return nil, &IncompleteError{What: "users", Got: len(all), Want: want}
		}
	}
}

func readUsersOnce(ctx context.Context, s *sender) ([]User, error) {
	var all []User
	query := url.Values{}
	for {
		page, err := readUsersPage(ctx, s, query)
		if err != nil {
			return nil, err
		}
		pages.ReportRows(ctx, len(page))
		all = append(all, page...)
		if len(page) < PageLimit {
			return pages.Unique(all, userID), nil
		}
		last := page[len(page)-1].ID
		if query.Get("starting_after") == last {
			return nil, &IncompleteError{What: "users", Got: len(all), Want: len(all) + 1}
		}
		query.Set("starting_after", last)
	}
}

// UsersCount counts the users of the instance (GET /users/count).
func (c *users) UsersCount(ctx context.Context) (int, error) {
	c.sender.CountLeast("GET "+countPath, 1)
	return countUsers(ctx, c.sender)
}

func countUsers(ctx context.Context, s *sender) (int, error) {
	var out wire.Count
	err := s.Do(ctx, &calls.Call{Method: "GET", Path: countPath, Out: &out, Repeat: calls.Always, LeastCounted: true})
	if err != nil {
		return 0, err
	}
	return int(*out.Total), nil
}

// CreateUser creates a user with one address, which Clerk treats as verified unless it
// is reserved. It
// is not repeated when its answer is lost, see [OutcomeUnknown]: look the
// address up to learn what happened.
func (c *users) CreateUser(ctx context.Context, u NewUser) (User, error) {
	if err := arguments.Of("CreateUser").Email(u.Email).Err(); err != nil {
		return User{}, err
	}
	in := struct {
		Emails       []string `json:"email_address"`
		Statuses     []string `json:"email_address_identification_status,omitempty"`
		ExternalID   string   `json:"external_id,omitempty"`
		FirstName    string   `json:"first_name,omitempty"`
		LastName     string   `json:"last_name,omitempty"`
		SkipPassword bool     `json:"skip_password_requirement,omitempty"`
	}{Emails: []string{u.Email}, ExternalID: u.ExternalID, FirstName: u.FirstName, LastName: u.LastName, SkipPassword: u.SkipPasswordRequired}
	if u.ReserveEmail {
		in.Statuses = []string{"reserved"}
	}
	var out wire.User
	err := c.sender.Do(ctx, &calls.Call{Method: "POST", Path: usersPath, In: in, Out: &out})
	return userOf(&out), err
}

// batches splits the values, each once, by number and by bytes.
func (q UserQuery) batches() (name string, batches [][]string, err error) {
	name, values, err := q.singleKind()
	if err != nil {
		return "", nil, err
	}
	size := 0
	for _, v := range pages.Unique(append([]string(nil), values...), func(s *string) string { return *s }) {
		if name == "external_id" && (v[0] == '+' || v[0] == '-') {
			v = "+" + v // else Clerk reads the sign as include or exclude
		}
		bytes := len(name) + len(url.QueryEscape(v)) + 2
		last := len(batches) - 1
		if last < 0 || len(batches[last]) == MaxValues || size+bytes > maxQueryBytes {
			batches, size = append(batches, nil), 0
			last++
		}
		batches[last] = append(batches[last], v)
		size += bytes
	}
	return name, batches, nil
}

// singleKind gives the one kind of value that the query holds.
func (q UserQuery) singleKind() (name string, values []string, err error) {
	a := arguments.Of("Users")
	kinds := 0
	for _, k := range []struct {
		name   string
		values []string
	}{{"user_id", q.IDs}, {"email_address", q.Emails}, {"external_id", q.ExternalIDs}, {"username", q.Usernames}} {
		if len(k.values) > 0 {
			kinds++
			name, values = k.name, k.values
		}
	}
	if kinds > 1 {
		a.Refuse("query", "more than one kind of value")
	}
	for _, v := range values {
		switch {
		case v == "" || len(v) > maxValueBytes:
			a.Refuse(name, "a value is empty or longer than %d bytes", maxValueBytes)
		case name == "user_id" && strings.ContainsFunc(v, arguments.NotInID) || name == "user_id" && v[0] == '-':
			a.Refuse(name, "contains a character that is not valid in an id")
		}
	}
	return name, values, a.Err()
}

func userID(u *User) string { return u.ID }

// userOf keeps the fields that match people to users. Only "verified" proves that
// the address belongs to the user (S03).
func userOf(w *wire.User) User {
	u := User{
		ID: w.ID, ExternalID: w.ExternalID, Username: w.Username, FirstName: w.FirstName, LastName: w.LastName,
		Banned: w.Banned, Deprovisioned: w.Deprovisioned, Locked: w.Locked, LockEndsIn: time.Duration(max(0, w.LockEndsIn)) * time.Second,
		LastSignInAt: w.LastSignInAt, LastActiveAt: w.LastActiveAt,
	}
	for _, e := range w.Emails {
		verified := e.Verification != nil && e.Verification.Status == "verified"
		u.Emails = append(u.Emails, EmailAddress{Address: e.Address, Verified: verified, Reserved: e.Reserved && !verified})
	}
	return u
}

package clerkapi

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
)

const (
	usersPath = "/users"
	countPath = usersPath + "/count"
	// maxQueryBytes bounds the values in one URL: servers commonly refuse
	// request lines over 8 KB.
	maxQueryBytes = 6 << 10
	maxValueBytes = 1 << 10
)

// Users looks users up by one kind of value, in full batches: 100 values a
// request, or fewer where the URL would grow too long. Values that nobody has
// are ignored, so the answer may be shorter, and longer where an unverified
// address is on two users.
func (c *Client) Users(ctx context.Context, q UserQuery) ([]User, error) {
	name, batches, err := q.batches()
	if err != nil {
		return nil, err
	}
	c.expect("GET "+usersPath, len(batches))
	slots := make([][]User, len(batches))
	err = together(ctx, len(batches), func(ctx context.Context, i int) error {
		var err error
		slots[i], err = c.usersBy(ctx, name, batches[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []User
	for _, s := range slots {
		all = append(all, s...)
	}
	return unique(all, userID), nil
}

// UserRequests is the least number of requests of [Client.Users].
func UserRequests(q UserQuery) int {
	_, batches, _ := q.batches()
	return len(batches)
}

// usersBy reads one batch. A full page may have a successor.
func (c *Client) usersBy(ctx context.Context, name string, values []string) ([]User, error) {
	var all []User
	for offset := 0; ; offset += PageLimit {
		page, err := c.users(ctx, url.Values{name: values, "offset": {strconv.Itoa(offset)}})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < PageLimit {
			return all, nil
		}
	}
}

// users reads one page, oldest first.
func (c *Client) users(ctx context.Context, query url.Values) ([]User, error) {
	var out wireUsers
	query.Set("limit", strconv.Itoa(PageLimit)) // Clerk's default is 10
	query.Set("order_by", byAge)
	if err := c.do(ctx, &call{method: "GET", path: usersPath, query: query, out: &out, repeat: always, part: true}); err != nil {
		return nil, err
	}
	return convert(out, (*wireUser).user), nil
}

// AllUsersRequests is what [Client.AllUsers] costs in an instance of n users:
// pages until one is not full, and the count.
func AllUsersRequests(n int) int { return n/PageLimit + 2 }

// AllUsers lists the users of the instance, whole or an error. The list has a
// cursor, so the pages come one after the other; the count that is compared
// (S16) is read last.
func (c *Client) AllUsers(ctx context.Context) ([]User, error) {
	all, err := c.allUsers(ctx)
	c.expect("GET "+usersPath, AllUsersRequests(len(all))-1)
	c.expect("GET "+countPath, 1)
	return all, err
}

func (c *Client) allUsers(ctx context.Context) ([]User, error) {
	for attempt := 0; ; attempt++ {
		all, err := c.allUsersOnce(ctx)
		if err != nil {
			return nil, err
		}
		want, err := c.usersCount(ctx)
		if err != nil || len(all) == want {
			return all, err
		}
		if attempt == relists {
			return nil, &IncompleteError{What: "users", Got: len(all), Want: want}
		}
	}
}

func (c *Client) allUsersOnce(ctx context.Context) ([]User, error) {
	var all []User
	query := url.Values{}
	for {
		page, err := c.users(ctx, query)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < PageLimit {
			return unique(all, userID), nil
		}
		last := page[len(page)-1].ID
		if query.Get("starting_after") == last {
			return nil, &IncompleteError{What: "users", Got: len(all), Want: len(all) + 1}
		}
		query.Set("starting_after", last)
	}
}

// UsersCount counts the users of the instance (GET /users/count).
func (c *Client) UsersCount(ctx context.Context) (int, error) {
	c.expect("GET "+countPath, 1)
	return c.usersCount(ctx)
}

func (c *Client) usersCount(ctx context.Context) (int, error) {
	var out wireCount
	err := c.do(ctx, &call{method: "GET", path: countPath, out: &out, repeat: always, part: true})
	if err != nil {
		return 0, err
	}
	return int(*out.Total), nil
}

// CreateUser creates a user with one address, which Clerk takes as verified.
// It is not repeated when its answer is lost, see [OutcomeUnknown]: look the
// address up to learn what happened.
func (c *Client) CreateUser(ctx context.Context, u NewUser) (User, error) {
	if err := checking("CreateUser").email(u.Email).err(); err != nil {
		return User{}, err
	}
	in := struct {
		Emails       []string `json:"email_address"`
		ExternalID   string   `json:"external_id,omitempty"`
		FirstName    string   `json:"first_name,omitempty"`
		LastName     string   `json:"last_name,omitempty"`
		SkipPassword bool     `json:"skip_password_requirement,omitempty"`
	}{[]string{u.Email}, u.ExternalID, u.FirstName, u.LastName, u.SkipPasswordRequired}
	var out wireUser
	err := c.do(ctx, &call{method: "POST", path: usersPath, in: in, out: &out})
	return out.user(), err
}

// batches splits the values, each once, by number and by bytes.
func (q UserQuery) batches() (name string, batches [][]string, err error) {
	name, values, err := q.only()
	if err != nil {
		return "", nil, err
	}
	size := 0
	for _, v := range unique(append([]string(nil), values...), func(s *string) string { return *s }) {
		if name == "external_id" && (v[0] == '+' || v[0] == '-') {
			v = "+" + v // else Clerk reads the sign as include or exclude
		}
		bytes := len(name) + len(url.QueryEscape(v)) + 2
		last := len(batches) - 1
		if last < 0 || len(batches[last]) == maxValues || size+bytes > maxQueryBytes {
			batches, size = append(batches, nil), 0
			last++
		}
		batches[last] = append(batches[last], v)
		size += bytes
	}
	return name, batches, nil
}

// only gives the one kind of value that the query holds.
func (q UserQuery) only() (name string, values []string, err error) {
	a := checking("Users")
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
		a.refuse("query", "more than one kind of value")
	}
	for _, v := range values {
		switch {
		case v == "" || len(v) > maxValueBytes:
			a.refuse(name, "a value is empty or longer than %d bytes", maxValueBytes)
		case name == "user_id" && strings.ContainsFunc(v, notInID) || name == "user_id" && v[0] == '-':
			a.refuse(name, "holds a character that no id has")
		}
	}
	return name, values, a.err()
}

func userID(u *User) string { return u.ID }

// wireUsers is the answer of GET /users: a bare array, without a count.
type wireUsers []wireUser

func (w *wireUsers) check() error {
	if *w == nil {
		return errors.New("no list of users")
	}
	return checkAll(*w)
}

type wireCount struct {
	Total *int64 `json:"total_count"`
}

func (w *wireCount) check() error {
	if w.Total == nil {
		return errors.New("no total_count")
	}
	return nil
}

type wireUser struct {
	ID            string `json:"id"`
	ExternalID    string `json:"external_id"`
	Username      string `json:"username"`
	FirstName     string `json:"first_name"`
	LastName      string `json:"last_name"`
	Banned        bool   `json:"banned"`
	Deprovisioned bool   `json:"deprovisioned"`
	Locked        bool   `json:"locked"`
	LastSignInAt  int64  `json:"last_sign_in_at"`
	LastActiveAt  int64  `json:"last_active_at"`
	Emails        []struct {
		Address      string `json:"email_address"`
		Verification *struct {
			Status string `json:"status"`
		} `json:"verification"`
	} `json:"email_addresses"`
}

func (w *wireUser) check() error {
	if w.ID == "" {
		return errors.New("a user lacks its id")
	}
	return nil
}

// user keeps what joins people to users. Only "verified" proves that an
// address is its holder's (S03).
func (w *wireUser) user() User {
	u := User{
		ID: w.ID, ExternalID: w.ExternalID, Username: w.Username, FirstName: w.FirstName, LastName: w.LastName,
		Banned: w.Banned, Deprovisioned: w.Deprovisioned, Locked: w.Locked,
		LastSignInAt: w.LastSignInAt, LastActiveAt: w.LastActiveAt,
	}
	for _, e := range w.Emails {
		verified := e.Verification != nil && e.Verification.Status == "verified"
		u.Emails = append(u.Emails, EmailAddress{Address: e.Address, Verified: verified})
	}
	return u
}

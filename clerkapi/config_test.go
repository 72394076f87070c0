package clerkapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func paths(err error) []string {
	var all []string
	var walk func(error)
	walk = func(err error) {
		if j, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range j.Unwrap() {
				walk(e)
			}
			return
		}
		if f, ok := errors.AsType[*fieldError](err); ok {
			all = append(all, f.YAMLPath())
		}
	}
	walk(err)
	return all
}

func TestConfigNamesEveryProblem(t *testing.T) {
	file := Config{SecretKeyFile: "f"}
	cases := []struct {
		name   string
		change func(*Config)
		want   []string
	}{
		{"good", func(*Config) {}, nil},
		{"no key", func(c *Config) { c.SecretKeyFile = "" }, []string{"secret_key_file"}},
		{"two keys", func(c *Config) { c.SecretKeyEnv = "E" }, []string{"secret_key_env"}},
		{"line break in key", func(c *Config) { c.SecretKey = NewSecret("sk_test_a\nb") }, []string{"secret_key_file"}},
		{"budget", func(c *Config) { c.Budget = "half" }, []string{"budget"}},
		{"budget 0", func(c *Config) { c.Budget = "0%" }, []string{"budget"}},
		{"budget 101", func(c *Config) { c.Budget = "101%" }, []string{"budget"}},
		{"rate", func(c *Config) { c.Rate = Rate{-1, -time.Second} }, []string{"rate.requests", "rate.window"}},
		{"all", func(c *Config) { *c = Config{APIURL: "ftp://x", Budget: "x", Rate: Rate{Window: 2 * time.Hour}} }, []string{"secret_key_file", "api_url", "budget", "rate.window"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := file
			tc.change(&c)
			err := c.Validate()
			if err != nil && !strings.HasPrefix(err.Error(), tc.want[0]+": ") {
				t.Errorf("the message does not begin with the path: %v", err)
			}
			if got := paths(err); !slices.Equal(got, tc.want) {
				t.Errorf("problems at %v, want %v", got, tc.want)
			}
		})
	}
}

func TestS38APIURL(t *testing.T) {
	cases := map[string]string{
		"":                              "https://api.clerk.com/v1",
		"https://api.clerk.com":         "https://api.clerk.com/v1",
		"https://api.clerk.com/":        "https://api.clerk.com/v1",
		"https://api.clerk.com/v1":      "https://api.clerk.com/v1",
		"https://api.clerk.com/v1/":     "https://api.clerk.com/v1",
		"http://127.0.0.1:4900":         "http://127.0.0.1:4900/v1",
		"http://[::1]:4900/v1":          "http://[::1]:4900/v1",
		"http://localhost":              "http://localhost/v1",
		"http://api.clerk.com":          "!uses http",
		"http://127.0.0.1.evil.example": "!uses http",
		"https://user:pw@api.clerk.com": "!must not contain a user name",
		"https://api.clerk.com/v2":      "!path",
		"https://api.clerk.com?x=1":     "!query",
		"api.clerk.com":                 "!no host",
		"https://:443":                  "!no host",
		"ftp://api.clerk.com":           "!scheme",
		"http://[":                      "!not a valid URL",
	}
	for in, want := range cases {
		u, err := Config{APIURL: in}.baseURL()
		if problem, bad := strings.CutPrefix(want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%q: %v, want %q", in, err, problem)
			}
			continue
		}
		if err != nil || u.String() != want {
			t.Errorf("%q: %v %v, want %s", in, u, err, want)
		}
	}
}

func TestAllowedFollowsKeyShareAndRate(t *testing.T) {
	cases := []struct {
		config Config
		want   Rate
	}{
		{Config{SecretKey: NewSecret("sk_live_x")}, Rate{500, 10 * time.Second}},
		{Config{SecretKey: NewSecret("sk_test_x")}, Rate{90, 10 * time.Second}},
		{Config{SecretKey: NewSecret("other")}, Rate{90, 10 * time.Second}},
		{Config{SecretKey: NewSecret("sk_live_x"), Budget: "100%"}, Rate{1000, 10 * time.Second}},
		{Config{SecretKey: NewSecret("sk_live_x"), Budget: "bad"}, Rate{500, 10 * time.Second}},
		{Config{SecretKey: NewSecret("sk_test_x"), Budget: "1%", Rate: Rate{Requests: 10, Window: time.Second}}, Rate{1, time.Second}},
	}
	for _, tc := range cases {
		if got := tc.config.Allowed(); got != tc.want {
			t.Errorf("%q %q: %v, want %v", tc.config.SecretKey.Reveal(), tc.config.Budget, got, tc.want)
		}
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	for _, c := range []Config{{}, {SecretKeyFile: "f"}, {SecretKey: NewSecret("k"), APIURL: "ftp://x"}} {
		if _, err := New(c); len(paths(err)) == 0 {
			t.Errorf("%+v: %v, want a fieldError", c, err)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	s := NewSecret(testKey)
	c := Config{SecretKey: s, SecretKeyEnv: "E"}
	marshalled, err := json.Marshal(struct{ S Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{string(marshalled), s.String(), s.GoString(), fmt.Sprint(c), fmt.Sprint(&c)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, c))
	}
	for _, text := range shown {
		if strings.Contains(text, "abcdefgh") || strings.Contains(text, fmt.Sprintf("%x", "abcdefgh")) {
			t.Errorf("shown: %s", text)
		}
	}
	if s.Reveal() != testKey || s.IsZero() || NewSecret("").String() != "" {
		t.Error("Reveal, IsZero or the empty String is wrong")
	}
}

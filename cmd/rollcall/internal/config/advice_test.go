package config

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"rollcall/clerkapi"
)

// An error of Clerk says which instance was asked (S41), and what to look at.
func TestS41AdviseNamesTheInstanceAndWhatToLookAt(t *testing.T) {
	at := PlacesOf(clerkapi.Config{SecretKeyFile: "/etc/key", SecretKey: clerkapi.NewSecret("sk_live_x")})
	at.Instance.ID = "ins_1"
	for _, x := range []struct {
		err     error
		advice  string // empty: nothing is added but the instance
		refused bool
	}{
		{&clerkapi.Error{Status: 503}, "Clerk or a proxy on the way to clerk.api_url (https://api.clerk.com) has a problem: run again later", false},
		{&clerkapi.Error{Status: 404}, "", false},
		{&clerkapi.Error{Status: 429}, "", false},
		{errors.Join(&clerkapi.Error{}, clerkapi.ErrTooManyRequests), "", false}, // the network is not to blame
		{fmt.Errorf("%w: %w", context.Canceled, &clerkapi.Error{}), "", false},
		{errors.New("no key"), "", true},
	} {
		got := Advise(x.err, at)
		want := x.err.Error()
		if _, call := errors.AsType[*clerkapi.Error](x.err); call && !errors.Is(x.err, context.Canceled) {
			want += " (production instance ins_1)"
		}
		if !errors.Is(got, x.err) || !strings.HasPrefix(got.Error(), want) || x.advice == "" && got.Error() != want || !strings.Contains(got.Error(), x.advice) {
			t.Errorf("%v became %v, want %q", x.err, got, x.advice)
		}
		if KeyRefused(x.err) != x.refused {
			t.Errorf("%v: the key is refused: %t", x.err, !x.refused)
		}
	}
	if !KeyRefused(&clerkapi.Error{Status: 401}) || !KeyRefused(&clerkapi.Error{Status: 403, Code: "authorization_missing_scopes"}) {
		t.Error("another key would help")
	}
	if got := PlacesOf(clerkapi.Config{SecretKeyEnv: "KEY", APIURL: "http://127.0.0.1:1"}); got != (Places{"the variable KEY", "clerk.api_url (http://127.0.0.1:1)", clerkapi.Instance{Address: "127.0.0.1:1"}}) {
		t.Errorf("got %v", got)
	}
	if got := InstanceOf(clerkapi.Config{SecretKey: clerkapi.NewSecret("sk_test_x"), APIURL: "https://Proxy.corp.example/v1"}).String(); got != "development instance at proxy.corp.example" {
		t.Errorf("got %s", got)
	}
}

// Without an answer the error says which instance was asked and where to look, and
// neither method nor path.
func TestNoAnswer(t *testing.T) {
	const remedy = "Check the name in clerk.api_url (https://api.clerk.com), the proxy (clerk.proxy, or HTTPS_PROXY) and the firewall of this machine, then run the command again"
	late := &clerkapi.Error{Method: "GET", Path: "/instance", Message: "no answer in time", Attempts: 5, TraceID: "t1"}
	for name, c := range map[string]struct {
		url  string
		err  error
		want string
	}{
		"a sandbox that has ended": {"http://127.0.0.1:4900", fmt.Errorf("%w: %w", late, syscall.ECONNREFUSED),
			"Clerk cannot be reached: the development instance at 127.0.0.1:4900 does not answer (connection refused). Nothing was changed. Is rollcall sandbox still running? Its address comes from clerk.api_url (http://127.0.0.1:4900)"},
		"a name that nobody knows": {"", fmt.Errorf("%w: %w", late, &net.DNSError{Err: "no such host"}),
			"Clerk cannot be reached: the development instance does not answer (its name cannot be found). Nothing was changed. " + remedy},
		"no answer":       {"", late, "Clerk cannot be reached: the development instance does not answer (no answer in time). Nothing was changed. " + remedy},
		"a broken answer": {"", &clerkapi.Error{Message: "no answer: EOF"}, "does not answer (EOF). Nothing was changed. " + remedy},
	} {
		at := PlacesOf(clerkapi.Config{SecretKey: clerkapi.NewSecret("sk_test_x"), SecretKeyEnv: "KEY", APIURL: c.url})
		got := Advise(fmt.Errorf("read Clerk: %w", c.err), at)
		if !errors.Is(got, c.err) || !strings.HasSuffix(got.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
		for _, hidden := range []string{"GET", "/instance", "t1", "attempts"} {
			if strings.Contains(got.Error(), hidden) {
				t.Errorf("%s: %q is in %v", name, hidden, got)
			}
		}
	}
	cancelled := fmt.Errorf("%w: %w", context.Canceled, &clerkapi.Error{})
	if got := Advise(cancelled, Places{}); got != cancelled { //nolint:errorlint // it is this one
		t.Errorf("got %v", got)
	}
}

// A refused key is said in this order: what failed, why, where the key comes from, and
// where there is a better one. Method, path and trace are not in it, and the key never.
func TestRefusedKey(t *testing.T) {
	for name, c := range map[string]struct {
		key, url, env, file string
		err                 error
		want                string
	}{
		"Clerk, from a file": {"sk_live_wrong", "", "", "/etc/key", &clerkapi.Error{Method: "GET", Path: "/instance", Status: 401, Code: "clerk_key_invalid", Message: "sk_live_wrong is no key", TraceID: "t1"},
			"Clerk refused the secret key of the production instance (401 clerk_key_invalid): it is mistyped, or it was deleted in Clerk; the key comes from the file /etc/key; make a new one on the page API keys of Clerk's dashboard (https://dashboard.clerk.com/~/api-keys), and put it there"},
		"Clerk, from a variable": {"sk_test_wrong", "", "KEY", "", &clerkapi.Error{Status: 401},
			"Clerk refused the secret key of the development instance (401): it is mistyped, or it was deleted in Clerk; the key comes from the variable KEY; make a new one on the page API keys of Clerk's dashboard (https://dashboard.clerk.com/~/api-keys), and put it there"},
		"a garbled header": {"sk_test_wrong", "", "KEY", "", &clerkapi.Error{Status: 401, Code: "authorization_header_format_invalid"}, "it is mistyped"},
		"a key without the right": {"sk_live_less", "", "KEY", "", fmt.Errorf("list: %w", &clerkapi.Error{Status: 403, Code: "authorization_missing_scopes"}),
			"Clerk refused the secret key of the production instance (403 authorization_missing_scopes): it may not do this; the key comes from the variable KEY; make one without restrictions on the page API keys"},
		"401 without the right": {"sk_live_less", "", "KEY", "", &clerkapi.Error{Status: 401, Code: "authorization_invalid"}, "it may not do this"},
		"a sandbox": {"sk_test_wrong", "http://127.0.0.1:4900", "KEY", "", &clerkapi.Error{Status: 401, Code: "clerk_key_invalid"},
			"Clerk refused the secret key of the development instance at 127.0.0.1:4900 (401 clerk_key_invalid): it is mistyped, or the key of another sandbox; the key comes from the variable KEY; a sandbox prints its key when it starts: put that one there"},
		"a sandbox of IPv6": {"sk_test_wrong", "http://[::1]:4900", "KEY", "", &clerkapi.Error{Status: 401, Code: "clerk_key_invalid"}, "it is mistyped, or the key of another sandbox"},
		"a proxy":           {"sk_test_wrong", "https://clerk.corp.example", "KEY", "", &clerkapi.Error{Status: 401}, "it is mistyped, or it was deleted in Clerk"},
	} {
		got := Advise(c.err, PlacesOf(clerkapi.Config{SecretKey: clerkapi.NewSecret(c.key), APIURL: c.url, SecretKeyEnv: c.env, SecretKeyFile: c.file}))
		if !strings.Contains(got.Error(), c.want) || !errors.Is(got, c.err) {
			t.Errorf("%s: got %v", name, got)
		}
		for _, hidden := range []string{c.key, "GET", "/instance", "t1"} {
			if strings.Contains(got.Error(), hidden) {
				t.Errorf("%s: %q is in %v", name, hidden, got)
			}
		}
	}
	at := PlacesOf(clerkapi.Config{SecretKeyEnv: "KEY"})
	at.Instance = clerkapi.Instance{ID: "ins_1", Environment: "production"}
	if got, want := Advise(&clerkapi.Error{Status: 401}, at).Error(), "the production instance ins_1 (401): it was valid when this command began, and was deleted since; the key comes from the variable KEY; make a new one on "; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
	cancelled := fmt.Errorf("%w: %w", context.Canceled, &clerkapi.Error{Status: 401})
	if got := Advise(cancelled, Places{}); got != cancelled { //nolint:errorlint // it is this one
		t.Errorf("got %v", got)
	}
}

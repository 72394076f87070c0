package config

import (
	"crypto/x509"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// The files that lead to Clerk are read with the configuration, and no message shows
// what is in them (S43).
func TestS43NetworkOfClerk(t *testing.T) {
	dir := t.TempDir()
	with := func(keys string) (*Config, error) {
		write(t, dir, "c.yaml", strings.ReplaceAll(minimal, "secret_key_env: CLERK_SECRET_KEY", "secret_key_env: CLERK_SECRET_KEY, "+keys))
		return Load(filepath.Join(dir, "c.yaml"), environment("CLERK_SECRET_KEY", "sk_test_x"))
	}
	write(t, dir, "password", "planted-hunter2\n")
	write(t, dir, "empty", "\n")
	cfg, err := with(`proxy: "http://proxy.corp.example:3128", proxy_username: rollcall, proxy_password_file: password`)
	if err != nil || cfg.Clerk.ProxyPassword.Reveal() != "planted-hunter2" {
		t.Fatalf("got %v", err)
	}
	if shown := fmt.Sprintf("%v %+v", cfg.Clerk, cfg.Clerk); strings.Contains(shown, "planted") || strings.Contains(cfg.Cover("said planted-hunter2"), "planted") {
		t.Errorf("the password is shown: %s", shown)
	}
	for keys, want := range map[string]string{
		`proxy: "http://rollcall:planted-hunter2@proxy.corp.example"`:                       "clerk.proxy: must not contain a user name or password",
		`proxy: "http://p.example", proxy_username: rollcall, proxy_password_file: missing`: "clerk.proxy_password_file: read the password",
		`proxy: "http://p.example", proxy_username: rollcall, proxy_password_file: empty`:   "clerk.proxy_password_file: the file is empty",
		`ca_file: missing`:  "clerk.ca_file: read the authorities",
		`ca_file: password`: "clerk.ca_file: the file contains no certificate in PEM form",
		`ca_file: empty`:    "clerk.ca_file: the file contains no certificate in PEM form",
	} {
		if _, err := with(keys); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: got %v, want %q", keys, err, want)
		}
	}
}

// An authority that nobody knows is said with the key that takes it.
func TestAdviceForAnUnknownAuthority(t *testing.T) {
	err := fmt.Errorf("%w: %w", &clerkapi.Error{Message: "no answer: tls: x509"}, x509.UnknownAuthorityError{})
	if got := Advise(err, PlacesOf(clerkapi.Config{})); !strings.Contains(got.Error(), "clerk.ca_file takes the certificate of its authority") {
		t.Errorf("got %v", got)
	}
}

package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A byte order mark is no part of the configuration or of a secret. A file in
// utf-16 is named as such.
func TestByteOrderMarks(t *testing.T) {
	dir, err := os.MkdirTemp("", "bom") //nolint:usetesting // the test's own name looks like a key (S43)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // nothing of it is left to look at
	file, key := filepath.Join(dir, "rollcall.yaml"), filepath.Join(dir, "key")
	const text = "clerk: {secret_key_file: key}\nsources: [{name: hr, csv: {path: x, columns: {email: e, groups: g}}}]\nrules: [{groups: [a], organization: acme, role: 'org:member'}]\nsync: {removals: nnone}\n"
	for _, c := range []struct{ yaml, key, want string }{
		{text, "sk_test_abc\n", "rollcall.yaml:4:8: sync.removals"},
		{"\ufeff" + text, "\ufeffsk_test_abc\r\n", "rollcall.yaml:4:8: sync.removals"},
		{"\xff\xfec\x00", "sk_test_abc", "rollcall.yaml is encoded as utf-16: save it as utf-8"},
		{text, "\xff\xfes\x00", "clerk.secret_key_file: read the key: " + key + " is encoded as utf-16"},
	} {
		for name, content := range map[string]string{file: c.yaml, key: c.key} {
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load(file, testEnvironment); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "unknown key") {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if err := os.WriteFile(file, []byte("\ufeff"+strings.ReplaceAll(text, "nnone", "none")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte("\ufeffsk_test_abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if cfg, err := Load(file, testEnvironment); err != nil || cfg.Clerk.SecretKey.Reveal() != "sk_test_abc" {
		t.Errorf("got %v", err)
	}
}

// A wrong secret key is blamed on the key of the configuration that names it.
func TestWrongSecretKeyIsNamedByItsPlace(t *testing.T) {
	dir := t.TempDir()
	for place, want := range map[string]string{"secret_key_env: K": "clerk.secret_key_env: this is a publishable key", "secret_key_file: key": "clerk.secret_key_file: this is a publishable key"} {
		file := filepath.Join(dir, "rollcall.yaml")
		for name, content := range map[string]string{file: "clerk: {" + place + "}\n", filepath.Join(dir, "key"): "pk_test_x"} {
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load(file, environment("K", "pk_test_x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", place, err)
		}
	}
}

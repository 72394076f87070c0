package config

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var updateKeys = flag.Bool("update-keys", false, "add new keys of the configuration to testdata/keys.txt")

const keysFile = "testdata/keys.txt"

// keysOf are all keys of a type, as paths without indices. A map whose keys are names
// ends in *, and so does what may hold anything.
func keysOf(t reflect.Type, path string) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case decodesItself(reflect.New(t).Elem()):
		return []string{path}
	case t.Kind() == reflect.Slice:
		return keysOf(t.Elem(), path+"[]")
	case t.Kind() == reflect.Map:
		return keysOf(t.Elem(), path+".*")
	case t.Kind() != reflect.Struct:
		return []string{path}
	}
	keys := []string{}
	if path != "" && !strings.HasSuffix(path, "[]") {
		keys = append(keys, path)
	}
	for key, index := range fieldsByKey(t) {
		keys = append(keys, keysOf(t.FieldByIndex(index).Type, join(path, key))...)
	}
	slices.Sort(keys)
	return keys
}

// A key that somebody may have written down works on. One that is gone was deprecated
// first, and its line in keys.txt is removed with the release that forgets it; a new
// one is added with -update-keys.
func TestKeysAreForever(t *testing.T) {
	got := keysOf(reflect.TypeFor[Config](), "")
	if *updateKeys {
		if err := os.WriteFile(keysFile, []byte(strings.Join(got, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(keysFile)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(data))
	for _, key := range want {
		if !slices.Contains(got, key) {
			t.Errorf("%s was a key and is none any more: keep it, list it in deprecations for a release, and then remove its line from %s", key, keysFile)
		}
	}
	for _, key := range got {
		if !slices.Contains(want, key) {
			t.Errorf("%s is a new key: go test ./cmd/rollcall/internal/config -run KeysAreForever -update-keys", key)
		}
	}
	if len(got) < 150 || !slices.Contains(got, "sources[].csv.path") {
		t.Errorf("%d keys were found", len(got))
	}
	for _, d := range deprecations {
		if !slices.Contains(got, d.Key) || d.Instead == "" || d.Until == "" {
			t.Errorf("%+v: a deprecated key still works, and its entry says what to write and until when", d)
		}
	}
}

// A deprecated key works, and the warning has its place, what to write, and until when.
// A key that only ends alike is not meant.
func TestDeprecatedKeysAreNamed(t *testing.T) {
	list := []Deprecated{{"sources[].csv.path", "write file", "0.9"}, {"path", "write file", "0.9"}}
	dir := t.TempDir()
	write(t, dir, "rollcall.yaml", "clerk: {secret_key_env: KEY}\nsources:\n  - {name: a, csv: {path: a.csv, columns: {email: e, groups: g}}}\n  - name: b\n    csv: {path: b.csv, columns: {email: e, groups: g}}\n"+
		"rules: [{groups: [x], organization: acme, role: org:member}]\nsync: {removals: none}\n")
	old := deprecations
	deprecations = list
	t.Cleanup(func() { deprecations = old })
	cfg, err := Load(dir+"/rollcall.yaml", func(string) (string, bool) { return "sk_test_x", true })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		dir + "/rollcall.yaml:3:21: sources[0].csv.path is deprecated, and version 0.9 will not know it: write file",
		dir + "/rollcall.yaml:5:11: sources[1].csv.path is deprecated, and version 0.9 will not know it: write file",
	}
	if got := cfg.DeprecatedKeys(); !slices.Equal(got, want) || cfg.Sources[1].CSV.Path != dir+"/b.csv" {
		t.Errorf("got %q, want %q", got, want)
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/config"
)

const exampleFile = "../../config.example.yaml"

// The example is a configuration that works, and it knows every key.
func TestExampleConfigurationPlans(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	_, listening := serveClerk(t, sandbox.Generate(1, 3))
	dir := t.TempDir()
	example := strings.NewReplacer("# api_url: http://"+shown, "api_url: "+listening, "# settle: 5s ", "settle: 0s ",
		"organization: acme ", "organization: org-000001 ").Replace(string(text))
	example = strings.ReplaceAll(example, "organization: acme\n", "organization: org-000001\n")
	writeFiles(t, dir, map[string]string{"rollcall.yaml": example, "people.csv": `employee_no,work_email,teams,department
1,person000000001@corp.example,acme-admins,A
2,person000000002@corp.example,team-org-000001,B
`})
	t.Setenv("CLERK_SECRET_KEY", sandbox.DefaultSecretKey)
	t.Setenv("HOME", t.TempDir()) // another test's state is none of the example's
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"plan", "--config", filepath.Join(dir, "rollcall.yaml")}, nil, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, &stdout, &stderr)
	}
	if !strings.Contains(stdout.String(), "Checked 3 memberships of 1 organization against hr (2 people in 2 groups)") {
		t.Errorf("unexpected plan\n%s", &stdout)
	}
}

func TestExampleConfigurationNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	keys := yamlKeys(reflect.TypeFor[config.Config](), map[reflect.Type]bool{})
	if len(keys) < 60 {
		t.Errorf("found %d keys only", len(keys))
	}
	for _, key := range keys {
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(key) + `:`).Match(text) {
			t.Errorf("config.example.yaml does not name %q", key)
		}
	}
}

// yamlKeys lists the keys of a type and of those in it.
func yamlKeys(t reflect.Type, seen map[reflect.Type]bool) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	var keys []string
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		keys = append(append(keys, key), yamlKeys(f.Type, seen)...)
	}
	return keys
}

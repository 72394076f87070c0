package main

import (
	"bytes"
	"context"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/config"
)

const (
	readmeFile  = "../../README.md"
	exampleFile = "../../config.example.yaml"
	shown       = "127.0.0.1:4900" // where the README's sandbox listens
)

var (
	block     = regexp.MustCompile("(?ms)^```(\\w+)(?: (\\S+))?\n(.*?)^```$")
	exitNote  = regexp.MustCompile(`\s+# exit (\d+)$`)
	shownHash = regexp.MustCompile(`--approve ([0-9a-f]{64})`)
)

// The README is typed as an admin would type it: blocks with a file name are
// files, sh blocks are commands, "# exit N" is the code that is promised, and
// HASH is copied from the plan.
func TestREADMECommandsWork(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, dir: t.TempDir(), address: freeAddress(t)}
	for _, b := range block.FindAllStringSubmatch(string(text), -1) {
		language, file, content := b[1], b[2], strings.ReplaceAll(b[3], shown, r.address)
		switch {
		case file != "":
			writeFiles(t, r.dir, map[string]string{file: content})
		case language == "sh":
			for line := range strings.Lines(content) {
				r.do(strings.TrimSpace(line))
			}
		}
	}
	if r.commands < 10 {
		t.Errorf("the README has %d commands that were run", r.commands)
	}
}

// reader types what the README says.
type reader struct {
	t        *testing.T
	dir      string
	address  string
	exports  []string
	hash     string
	commands int
}

func (r *reader) do(line string) {
	r.t.Helper()
	want := 0
	if note := exitNote.FindStringSubmatch(line); note != nil {
		want, _ = strconv.Atoi(note[1]) // digits, by the pattern
		line = exitNote.ReplaceAllString(line, "")
	}
	switch {
	case strings.HasPrefix(line, "export "):
		r.exports = append(r.exports, strings.TrimPrefix(line, "export "))
		return
	case strings.HasPrefix(line, "go test"), strings.HasPrefix(line, "go run ./.ci/"), strings.HasPrefix(line, "golangci-lint"):
		return // .ci/run says these, but for the gate, which takes an hour
	case strings.HasPrefix(line, "go run ./cmd/rollcall "):
		line = strings.Replace(line, "go run ./cmd/rollcall", "rollcall", 1)
	}
	r.commands++
	line = strings.ReplaceAll(line, "HASH", r.hash)
	if background, ok := strings.CutSuffix(line, "&"); ok {
		r.start(background + " --listen " + r.address)
		return
	}
	cmd := r.command(r.t.Context(), line)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // the exit code is what is looked at
	if got := cmd.ProcessState.ExitCode(); got != want {
		r.t.Fatalf("%s: exit code %d, want %d\n%s", line, got, want, &out)
	}
	if found := shownHash.FindStringSubmatch(out.String()); found != nil {
		r.hash = found[1]
	}
}

// start runs a command until the test ends.
func (r *reader) start(line string) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := r.command(ctx, "exec "+line)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		cancel()
		if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != 0 {
			r.t.Errorf("%s: %v", line, err)
		}
	})
	for range 1000 {
		if c, err := net.Dial("tcp", r.address); err == nil {
			_ = c.Close()
			return
		}
	}
}

func (r *reader) command(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), append(r.exports, "HOME="+r.dir, "XDG_STATE_HOME=", "STATE_DIRECTORY=")...)
	return cmd
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// The example is a configuration that works, and it knows every key.
func TestExampleConfigurationPlans(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.New(sandbox.Options{Seed: sandbox.Generate(1, 3)})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	defer listening.Close()
	dir := t.TempDir()
	example := strings.NewReplacer("# api_url: http://"+shown, "api_url: "+listening.URL, "# settle: 5s ", "settle: 0s ",
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

var named = regexp.MustCompile("`(\\w+)` \\(\\[([^\\]]+\\.go)\\]\\(([^)]+)\\)\\)")

// Each function of the reading order is where the README says, and from
// RunOnce to a call there are ten at most.
func TestREADMEReadingOrder(t *testing.T) {
	text, err := os.ReadFile(readmeFile)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Reading the code")
	section, _, _ = strings.Cut(section, "\n## ")
	found, steps := 0, 0
	for line := range strings.Lines(section) {
		if regexp.MustCompile(`^\d+\. `).MatchString(line) {
			steps++
		}
		for _, m := range named.FindAllStringSubmatch(line, -1) {
			found++
			code, err := os.ReadFile("../../" + m[3])
			if err != nil || m[2] != m[3] || !regexp.MustCompile(`(?m)^func (\([^)]*\) )?`+m[1]+`\(`).Match(code) {
				t.Errorf("%s is not in %s (%v)", m[1], m[3], err)
			}
		}
	}
	if steps < 5 || steps > 10 || found < steps {
		t.Errorf("%d steps, %d functions", steps, found)
	}
}

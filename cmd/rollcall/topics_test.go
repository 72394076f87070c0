package main

import (
	"bytes"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/robfig/cron/v3"

	"rollcall/.ci/suite"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/help"
	"rollcall/sync/policy"
)

// newReadmeWorld is where the README's quick start ends: the sandbox runs, and the
// first apply is done.
func newReadmeWorld(t *testing.T) *reader {
	t.Helper()
	r := newReader(t)
	r.writeFiles(read(t, readmeFile))
	r.start("rollcall sandbox --seed clerk.json --limits none")
	r.exports = append(r.exports, "CLERK_SECRET_KEY="+r.key)
	r.run("rollcall apply", 0)
	r.commands = 0
	return r
}

// The commands of each topic work, in the world of the README.
func TestTopicCommandsWork(t *testing.T) {
	t.Parallel()
	typed := 0
	for _, topic := range help.Topics() {
		if !strings.Contains(topic.Text, "```sh\n") {
			continue
		}
		if typed++; !suite.Part(t, typed, 3) {
			continue
		}
		t.Run(topic.Name, func(t *testing.T) {
			t.Parallel()
			r := newReadmeWorld(t)
			// The contractor has an account here, the days never pass, and nobody is asked.
			r.run(`curl -fsS http://`+r.address+`/_sandbox/users -d '{"id": "user_max", "email": "max@agency.example"}'`, 0)
			r.commands = 0
			r.instead = append(r.instead, "--until 2026-", "--yes --until 2099-", "--end 3", "--end 1")
			r.typeBlocks(topic.Text)
			if r.commands == 0 {
				t.Error("no command was run")
			}
		})
	}
}

// The commands that the sandbox prints work, one after the other, whatever it
// holds.
func TestCommandsOfTheSandboxWork(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string]string{"company": "", "generated": " --generate 2x3", "empty": " --seed empty.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			writeFiles(t, r.dir, map[string]string{"empty.json": `{"version": 1}`})
			r.start("rollcall sandbox --limits none" + flags)
			_, commands, _ := strings.Cut(r.printed, "These commands")
			for line := range strings.Lines(commands) {
				if strings.HasPrefix(line, "curl ") || strings.HasPrefix(line, "export ") {
					r.do(strings.TrimSpace(line))
				}
			}
			if r.commands < 4 || !strings.Contains(commands, "$SANDBOX") {
				t.Errorf("%d commands were printed:\n%s", r.commands, r.printed)
			}
		})
	}
}

// Each part of a configuration loads, with what is left out taken from the
// README.
func TestSnippetsLoad(t *testing.T) {
	loaded := 0
	for name, text := range documents(t) {
		for _, b := range block.FindAllStringSubmatch(text, -1) {
			if b[1] != "yaml" || b[2] != "" {
				continue
			}
			loaded++
			if _, err := loadSnippet(t, b[3]); err != nil {
				t.Errorf("%s: %v\n%s", name, err, b[3])
			}
		}
	}
	if loaded < 20 {
		t.Errorf("%d parts of a configuration were found", loaded)
	}
	if _, err := loadSnippet(t, "sync: {removals: manged}"); err == nil {
		t.Error("a wrong part loads too")
	}
}

// secretNamed is a file of a secret, as documents name them.
var secretNamed = regexp.MustCompile(`/etc/rollcall/([\w.-]+)`)

// loadSnippet loads a part of a configuration. Files that it names exist.
func loadSnippet(t *testing.T, snippet string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"rollcall.yaml": ""}
	for _, m := range secretNamed.FindAllStringSubmatch(snippet, -1) {
		switch name := m[1]; {
		case strings.HasSuffix(name, "-url"):
			files[name] = "https://hooks.corp.example/1\n"
		case name == "webhook-secret":
			files[name] = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n"
		case strings.HasSuffix(name, ".pem"):
			server := httptest.NewTLSServer(nil)
			files[name] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
			server.Close()
		default:
			files[name] = "sk_test_of_a_document\n"
		}
	}
	text := strings.ReplaceAll(snippet, "/etc/rollcall/", dir+"/")
	for _, section := range []string{
		"clerk: {secret_key_env: CLERK_SECRET_KEY}",
		"sources: [{name: hr, csv: {path: people.csv, columns: {id: employee_no, email: email, groups: teams}}}]",
		"rules: [{groups: [acme-staff], organization: acme, role: org:member}]",
		"sync: {removals: managed}",
	} {
		if key, _, _ := strings.Cut(section, ":"); !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(text) {
			text += "\n" + section
		}
	}
	files["rollcall.yaml"] = text
	writeFiles(t, dir, files)
	return config.Load(filepath.Join(dir, "rollcall.yaml"), func(string) (string, bool) { return "sk_test_of_a_document", true })
}

// The limits that the topic shows as the defaults are the defaults.
func TestGuardsTopicHasTheDefaults(t *testing.T) {
	topic, _ := help.Find("guards")
	cfg, err := loadSnippet(t, block.FindStringSubmatch(topic.Text)[3])
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Guards != policy.DefaultGuards() {
		t.Errorf("the topic says %+v", cfg.Guards)
	}
}

// The line of /etc/cron.d names a user, and prints nothing unless somebody has to
// look.
func TestCronLineWorks(t *testing.T) {
	t.Parallel()
	topic, _ := help.Find("service")
	line := regexp.MustCompile("(?ms)^```cron\n.*^(\\S+ \\S+ \\S+ \\S+ \\S+) rollcall (/usr/bin/rollcall .*)$").FindStringSubmatch(topic.Text)
	if line == nil {
		t.Fatal("the topic has no such line")
	}
	command, _, _ := strings.Cut(line[2], "\n")
	if _, err := cron.ParseStandard(line[1]); err != nil {
		t.Error(err)
	}
	r := newReadmeWorld(t)
	command = strings.NewReplacer("/usr/bin/", "", "/etc/rollcall/", r.dir+"/").Replace(command)
	r.run(command, 0)
	if r.last != "" {
		t.Errorf("cron would mail\n%s", r.last)
	}
	r.run("sed -i '/ben/d; /cleo/d' people.csv", 0)
	r.run(command, 3)
	if !strings.Contains(r.last, "Waits for approval") {
		t.Errorf("cron would mail %q", r.last)
	}
}

// Drop-ins are ones that systemd takes.
func TestDropInsAreValid(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		suite.Skip(t, "systemd", "systemd-analyze is not installed")
	}
	found := 0
	for name, text := range documents(t) {
		for _, b := range block.FindAllStringSubmatch(text, -1) {
			if b[1] != "ini" {
				continue
			}
			found++
			if out := verifyDropIn(t, analyze, b[3]); out != "" {
				t.Errorf("%s: %s\n%s", name, b[3], out)
			}
		}
	}
	if found == 0 {
		t.Error("no document has a drop-in")
	}
	if verifyDropIn(t, analyze, "[Service]\nSuplementaryGroups=hr\n") == "" {
		t.Error("systemd-analyze takes a wrong one too")
	}
}

func verifyDropIn(t *testing.T, analyze, text string) string {
	t.Helper()
	dir := t.TempDir()
	unit := strings.ReplaceAll(read(t, "../../deploy/systemd/rollcall.service"), "/usr/bin/rollcall", "/bin/true")
	unit = regexp.MustCompile(`(?m)^Documentation=.*\n`).ReplaceAllString(unit, "")
	if err := os.Mkdir(filepath.Join(dir, "rollcall.service.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string]string{"rollcall.service": unit, "rollcall.service.d/override.conf": text})
	cmd := exec.CommandContext(t.Context(), analyze, "verify", "--recursive-errors=yes", "./rollcall.service")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		return string(out) + " "
	}
	return ""
}

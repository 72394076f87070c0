package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/source/ldap/ldaptest"
)

const (
	readmeFile       = "../../README.md"
	contributingFile = "../../.github/CONTRIBUTING.md"
	shown            = "127.0.0.1:4900" // where the README's sandbox listens
	mostREADMELines  = 150
)

// block is a code block of a document: its language, the file that it is, and
// its content. Blocks are marked so:
//
//	```sh             commands, which a test types one by one
//	```yaml NAME      a file, which a test writes; csv and json too
//	```yaml           a part of a configuration, which a test loads
//	```cron           a line of crontab, which a test runs
//	```ini            a drop-in of a unit, which systemd-analyze verifies
//	```text           commands of root, of which a test parses those of rollcall
var block = regexp.MustCompile("(?ms)^```(\\w+)(?: (\\S+))?\n(.*?)^```$")

// sections are the parts of a document below its headings of the second level.
func sections(text string) []string { return strings.Split("\n"+text, "\n## ") }

// The README is typed as an admin would type it. The quick start with a directory
// needs slapd.
func TestREADMECommandsWork(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	for _, section := range sections(read(t, readmeFile)) {
		if title, _, _ := strings.Cut(section, "\n"); !strings.Contains(title, "LDAP") {
			r.typeBlocks(section)
		}
	}
	if r.commands < 5 {
		t.Errorf("the README has %d commands that were run", r.commands)
	}
	if r.sandbox != nil {
		t.Error("the README does not say how to end the sandbox")
	}
	if strings.Contains(read(t, readmeFile), "=KEY") {
		t.Error("somebody pastes a block with a placeholder as it is")
	}
}

func TestREADMEDirectoryCommandsWork(t *testing.T) {
	t.Parallel()
	directory := newDirectory(t, readmeDirectory)
	r := newReader(t)
	r.instead = append(r.instead, "rollcall@corp.example", "'cn=rollcall,ou=services,dc=corp,dc=example'",
		"--ldap ldaps://dc1.corp.example", "--ldap-tls off --ldap "+directory.URL,
		"rollcall init", "rollcall init --ask --api-url http://"+r.address) // with nobody to answer: it asks nothing
	for _, section := range sections(read(t, readmeFile)) {
		switch title, _, _ := strings.Cut(section, "\n"); {
		case strings.Contains(title, "LDAP"):
			writeFiles(t, r.dir, map[string]string{"ldap-password": read(t, directory.PasswordFile()), "clerk-key": r.key})
			r.typeBlocks(section)
		case strings.Contains(title, "CSV"):
			r.writeFiles(section)
			r.start("rollcall sandbox --seed clerk.json")
		}
	}
	if !strings.Contains(r.last, "ben@corp.example") || r.commands != 3 {
		t.Errorf("%d commands were run, and the last printed\n%s", r.commands, r.last)
	}
	if text := read(t, filepath.Join(r.dir, "ldap.yaml")); !strings.Contains(text, "removals: none") {
		t.Errorf("unexpected configuration\n%s", text)
	}
}

// readmeDirectory are the people of the quick start, in a directory.
var readmeDirectory = func() string {
	var ldif strings.Builder
	for _, uid := range []string{"ada", "ben", "cleo", "dora"} {
		ldif.WriteString("dn: uid=" + uid + ",ou=people," + ldaptest.Suffix + "\nobjectClass: inetOrgPerson\nuid: " + uid +
			"\ncn: " + uid + "\nsn: " + uid + "\nmail: " + uid + "@corp.example\n\n")
	}
	group := func(name string, uids ...string) {
		ldif.WriteString("dn: cn=" + name + ",ou=groups," + ldaptest.Suffix + "\nobjectClass: groupOfNames\ncn: " + name + "\n")
		for _, uid := range uids {
			ldif.WriteString("member: uid=" + uid + ",ou=people," + ldaptest.Suffix + "\n")
		}
		ldif.WriteString("\n")
	}
	group("acme-admins", "ada")
	group("acme-staff", "ben", "cleo", "dora")
	return ldif.String()
}()

// installRow is a row of the README's table of installations: what somebody has, and what
// they type.
var installRow = regexp.MustCompile("(?m)^\\| (.*?) \\| `([^`]+)`(.*) \\|$")

// Each row of the README's installations works with what it names and nothing else. A
// package needs root: the command for it is typed where deploy/check.sh has a system to
// install it into.
func TestREADMEInstallations(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	_, section, _ := strings.Cut(read(t, readmeFile), "\n## Install\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := installRow.FindAllStringSubmatch(section, -1)
	if len(rows) < 4 || !strings.Contains(section, "export PATH=\"$PATH:$HOME/.local/bin:$HOME/go/bin\"") {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		have, command, where := row[1], row[2], row[3]
		words := strings.Fields(command)
		if fileName := strings.TrimPrefix(words[len(words)-1], "./"); words[0] == "sudo" {
			if !strings.HasPrefix(have, "`"+fileName+"`") || !strings.Contains(read(t, "../../deploy/"+packageTests[words[1]]), words[1]+" "+words[2]+" ") {
				t.Errorf("nothing types %q", command)
			}
			continue
		}
		home := t.TempDir()
		dir, bin := home, filepath.Join(home, ".local", "bin")
		if strings.Contains(have, "checkout") {
			if dir, bin = "../..", filepath.Join(home, "go", "bin"); where != ", in the checkout" {
				t.Errorf("%q does not say that it needs the checkout", command)
			}
			if suite.Short(t) {
				continue // it builds the program once more
			}
		} else {
			packProgram(t, home, strings.TrimPrefix(have, "`"))
		}
		inShell(t, home, dir, command, section)
		if out, err := exec.Command(filepath.Join(bin, "rollcall"), "version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "rollcall ") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}

// packProgram makes the archive that a row begins with, as deploy/package.sh does.
func packProgram(t *testing.T, dir, row string) {
	t.Helper()
	name, _, isArchive := strings.Cut(row, ".tar.gz`")
	if !isArchive {
		t.Fatalf("%q is no archive", row)
	}
	program, err := os.ReadFile(buildRollcall(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, filepath.Join(dir, name), map[string]string{"rollcall": string(program)})
	if err := os.Chmod(filepath.Join(dir, name, "rollcall"), 0o755); err != nil {
		t.Fatal(err)
	}
	fast := "--use-compress-program=gzip -1" // the program is large
	if out, err := exec.Command("tar", "-C", dir, fast, "-cf", filepath.Join(dir, name+".tar.gz"), name).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// packageTests are the scripts of deploy that install a package, by the tool.
var packageTests = map[string]string{"apt": "test-release.sh", "rpm": "check.sh"}

// inShell types a command that a document has, with a home directory of its own.
func inShell(t *testing.T, home, dir, command, document string) {
	t.Helper()
	if !strings.Contains(document, "`"+command+"`") {
		t.Errorf("the document does not say %q", command)
	}
	modules, err := exec.Command("go", "env", "GOMODCACHE", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	caches := strings.Fields(string(modules))
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+home, "GOPATH="+filepath.Join(home, "go"), "GOBIN=", "GOMODCACHE="+caches[0], "GOCACHE="+caches[1], "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func TestREADMEIsShort(t *testing.T) {
	if n := strings.Count(read(t, readmeFile), "\n"); n > mostREADMELines {
		t.Errorf("the README has %d lines, more than %d", n, mostREADMELines)
	}
}

var named = regexp.MustCompile("`(\\w+)` \\(\\[([^\\]]+\\.go)\\]\\(([^)]+)\\)\\)")

// Each function of the reading order is where CONTRIBUTING says, and from
// RunOnce to a call there are ten at most.
func TestReadingOrder(t *testing.T) {
	text, err := os.ReadFile(contributingFile)
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
			code, err := os.ReadFile("../../" + m[2])
			if err != nil || m[3] != "../"+m[2] || !regexp.MustCompile(`(?m)^func (\([^)]*\) )?`+m[1]+`\(`).Match(code) {
				t.Errorf("%s is not in %s (%v)", m[1], m[3], err)
			}
		}
	}
	if steps < 5 || steps > 10 || found < steps {
		t.Errorf("%d steps, %d functions", steps, found)
	}
}

// Each sandbox has a key of its own, so nobody talks to the sandbox of somebody
// else (S41).
func TestS41SandboxesHaveDifferentKeys(t *testing.T) {
	t.Parallel()
	mine, other := newReadmeWorld(t), newReadmeWorld(t)
	if mine.key == other.key || !strings.HasPrefix(mine.key, "sk_test_") {
		t.Errorf("the keys are %q and %q", mine.key, other.key)
	}
	mine.exports = append(mine.exports, "CLERK_SECRET_KEY="+other.key)
	mine.run("rollcall plan", 1)
	if !strings.Contains(mine.last, "401") {
		t.Errorf("unexpected refusal\n%s", mine.last)
	}
}

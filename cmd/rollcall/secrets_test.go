package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"
)

// What an argument holds, every user of the machine sees in the list of
// processes: no flag takes a secret. The sandbox's key opens nothing.
func TestNoFlagTakesASecret(t *testing.T) {
	words := []string{"secret", "password", "passphrase", "token", "credential", "key", "webhook"}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		check := func(f *pflag.Flag) {
			name := c.Name() + " --" + f.Name
			if strings.HasSuffix(name, "-file") || strings.HasSuffix(name, "-env") {
				return // says where the secret is
			}
			if name != "sandbox --secret-key" && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(f.Name, w) }) {
				t.Errorf("%s may take a secret", name)
			}
		}
		c.LocalFlags().VisitAll(check)
		c.InheritedFlags().VisitAll(check)
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(&app{log: zap.NewNop()}))
}

// silence is a Clerk that never answers and a directory that takes the
// password and never answers, so that both secrets are in use. Each says when
// it has been asked.
func silence(t *testing.T) (clerk, ldap string, asked, binding <-chan struct{}) {
	end, calls := make(chan struct{}), make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		calls <- struct{}{}
		<-end
	}))
	t.Cleanup(server.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { close(end); _ = l.Close() })
	bound := make(chan struct{}, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				if n, _ := c.Read(make([]byte, 1000)); n > 0 {
					bound <- struct{}{}
				}
				<-end
				_ = c.Close()
			}()
		}
	}()
	return server.URL, l.Addr().String(), calls, bound
}

// A crash shows every goroutine, and no secret: neither the key of a request
// that is under way nor the password of a bind. It leaves no core either: Go
// writes one only where GOTRACEBACK=crash asks for it, and whoever asks for it
// gets it, so the program does not forbid it; the systemd units do.
func TestCrashShowsNoSecret(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	other, ldap, _, bound := silence(t)
	clerk, _, asked, _ := silence(t) // of its own: the run with the directory asks Clerk too
	const word = "unseen"            // no part of a path or of a name
	const key, password = "sk_test_" + word + "0123456789", word + "-password"
	binary, dir := buildRollcall(t), t.TempDir()
	for name, text := range map[string]string{"key": key + "\n", "password": password + "\n", "people.csv": "id,email,org,role\n1,a@corp.example,acme,org:member\n",
		"ldap.yaml": fmt.Sprintf(`
clerk: {secret_key_file: key, api_url: %q}
sources: [{name: corp, ldap: {urls: ["ldap://%s"], tls: off, bind_dn: "cn=reader", bind_password_file: password, base_dn: "dc=corp", bind_timeout: 5m}}]
rules: [{groups: [all], organization: acme, role: org:member}]
sync: {removals: managed}
state: none
`, other, ldap),
		"csv.yaml": fmt.Sprintf(`
clerk: {secret_key_file: key, api_url: %q}
sources: [{name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, organization: org, role: role}}}]
sync: {removals: managed}
state: none
`, clerk)} {
		write(t, filepath.Join(dir, name), []byte(text))
	}
	for config, frame := range map[string]string{"ldap.yaml": "ldap/internal/wire.", "csv.yaml": "rollcall/clerkapi."} {
		var out bytes.Buffer
		cmd := exec.Command("sh", "-c", "ulimit -c unlimited; exec "+binary+" plan --config "+config)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOTRACEBACK=all")
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if config == "ldap.yaml" {
			<-bound
		} else {
			<-asked
		}
		if err := cmd.Process.Signal(syscall.SIGABRT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it crashes
		text := out.String()
		if !strings.Contains(text, "SIGABRT") || !strings.Contains(text, frame) {
			t.Errorf("%s: the crash does not show %s:\n%.3000s", config, frame, text)
		}
		for _, secret := range []string{key, password, word, fmt.Sprintf("%x", word)} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the crash shows %s", config, secret)
			}
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 5 {
		t.Errorf("after the crashes there are %v, %v", files, err)
	}
}

// Whatever the umask, what rollcall makes is its owner's alone.
func TestFilesAreTheOwnersWhateverTheUmask(t *testing.T) {
	t.Parallel()
	anotherProcess(t)
	server, _ := twoOrganizations(t)
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	binary := buildRollcall(t)
	for _, umask := range []string{"000", "022", "077"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "people.csv"), []byte("id,email,org,role\nhire-1,big-0@corp.example,small,org:member\n"))
		write(t, filepath.Join(dir, "rollcall.yaml"), fmt.Appendf(nil, `
clerk: {secret_key_env: ROLLCALL_SCENARIO_KEY, api_url: %q}
sources: [{name: hr, csv: {path: people.csv, settle: 0s, columns: {id: id, email: email, organization: org, role: role}}}]
sync: {removals: managed}
state: made/here
`, listening.URL))
		cmd := exec.Command("sh", "-c", "umask "+umask+"; exec "+binary+" apply --strict >out 2>&1")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "ROLLCALL_SCENARIO_KEY="+server.SecretKey())
		_ = cmd.Run() // what it finds is not the point
		var found []string
		err := filepath.WalkDir(filepath.Join(dir, "made"), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			found = append(found, d.Name())
			if want := map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()]; info.Mode().Perm() != want {
				t.Errorf("umask %s: %s has %s", umask, path, info.Mode())
			}
			return nil
		})
		if err != nil || !slices.Contains(found, "journal.db") || !slices.Contains(found, "lock") {
			out, _ := os.ReadFile(filepath.Join(dir, "out"))
			t.Errorf("umask %s: made %v, %v\n%s", umask, found, err, out)
		}
	}
}

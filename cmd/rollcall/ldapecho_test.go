package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/clerkapi/sandbox"
	"rollcall/source/ldap/ldaptest"
)

// A directory that repeats the password in its words, at the bind or later, shows
// it to nobody: not in the error, in no log, and nowhere in the state (S43). Words
// without it are shown.
func TestS43DirectoryThatRepeatsThePassword(t *testing.T) {
	const password = "Tr0ub4dor&3-bind"
	for name, form := range map[string]string{
		"as it is": password, "in capitals": strings.ToUpper(password),
		"in base64": base64.StdEncoding.EncodeToString([]byte(password)), "in digits": hex.EncodeToString([]byte(password)),
		"not at all": "",
	} {
		for _, at := range []string{"bind", "search"} {
			t.Run(name+" at the "+at, func(t *testing.T) {
				t.Parallel()
				f := &ldaptest.Fake{Root: ldaptest.Entry{Attrs: map[string][]string{"namingContexts": {ldaptest.Suffix}}}}
				f.Fault = func(op ldaptest.Op) ldaptest.Fault {
					if op.Kind != at {
						return ldaptest.Fault{}
					}
					return ldaptest.Fault{Code: 53, Says: "policy 17 refuses " + form}
				}
				ldaptest.StartFake(t, f)
				_, url := serveClerk(t, &sandbox.Seed{Version: sandbox.SeedVersion})
				dir := t.TempDir()
				writeFiles(t, dir, map[string]string{"key": sandbox.DefaultSecretKey + "\n", "password": password + "\n", "rollcall.yaml": fmt.Sprintf(`
clerk: {api_url: %q, secret_key_file: key}
sources: [{name: corp, ldap: {urls: [%q], tls: "off", bind_dn: "cn=rollcall,%s", bind_password_file: password, base_dn: %[3]q}}]
rules: [{groups: [staff], organization: acme, role: "org:member"}]
sync: {removals: managed}
`, url, f.URL, ldaptest.Suffix)})
				for _, verb := range []string{"apply", "check", "plan"} {
					var out bytes.Buffer
					args := []string{verb, "--log-level", "debug", "--config", filepath.Join(dir, "rollcall.yaml"), "--state", filepath.Join(dir, "state")}
					code := run(t.Context(), args, nil, &out, &out)
					files, _ := filepath.Glob(filepath.Join(dir, "state", "*")) // the pattern is good
					for _, file := range files {
						text, err := os.ReadFile(file)
						if err != nil {
							t.Fatal(err)
						}
						out.Write(text)
					}
					said := strings.ToLower(out.String())
					if code != 1 || !strings.Contains(said, "code 53") {
						t.Errorf("%s: exit %d\n%s", verb, code, said)
					}
					if shows := form != "" && strings.Contains(said, strings.ToLower(form)); shows || strings.Contains(said, "policy 17") != (form == "") {
						t.Errorf("%s: shows the password: %t\n%s", verb, shows, said)
					}
				}
			})
		}
	}
}

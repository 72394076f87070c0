package config

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rollcall/cmd/rollcall/internal/notify"
	"rollcall/cmd/rollcall/internal/sources"
	"rollcall/source/file"
	"rollcall/sync/policy"
)

// environment is a lookup over literal variables.
func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

var testEnvironment = environment("CLERK_SECRET_KEY", "sk_test_abc", "SANDBOX", "127.0.0.1:4900", "DATA", "/srv/hr")

func TestLoadGood(t *testing.T) {
	cfg, err := Load("testdata/config/good.yaml", testEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	limit := cfg.Clerk.Allowed()
	got := []any{
		cfg.Clerk.APIURL, cfg.Clerk.SecretKey.Reveal(), limit.Requests, limit.Window, cfg.Sync.Rate.Requests,
		cfg.Sources[0].CSV.Path, *cfg.Sources[0].CSV.Settle, cfg.Sources[0].CSV.MaxAge, cfg.Sources[0].CSV.Columns.Groups.Separator,
		cfg.Rules[0].Groups.Names, cfg.Rules[1].Groups.Match, cfg.Rules[0].Metadata.Public["department"],
		cfg.Sync.Removals, cfg.Sync.Owner, cfg.Sync.MissingUsers, cfg.Sync.Protect[1],
		cfg.Sync.Renamed["personnel"], cfg.Sync.IgnoreUnreadable["hr"], cfg.State,
	}
	want := []any{
		"http://127.0.0.1:4900", "sk_test_abc", 80, 10 * time.Second, 80,
		"/srv/hr/people.csv", time.Duration(0), 36 * time.Hour, ";",
		[]string{"acme-admins", "acme-owners"}, "clerk-(?P<org>[a-z]+)-member", "{department}",
		policy.RemovalsManaged, "rollcall", policy.MissingReport, "${not_expanded}",
		"hr", true, "none",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Guards merge key by key: naming one limit must not switch the others off.
func TestS17GuardsMergeOverDefaults(t *testing.T) {
	cfg, err := Load("testdata/config/good.yaml", testEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	want := policy.DefaultGuards()
	want.Removals.People = 9
	if diff := cmp.Diff(want, cfg.Sync.Guards); diff != "" {
		t.Error(diff)
	}
}

var wantLine = regexp.MustCompile(`(?m)^# want: (.*)$`)

// Each bad file says in its head which problems it must give, and where.
func TestLoadBad(t *testing.T) {
	files, err := filepath.Glob("testdata/config/bad-*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d bad files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load(file, testEnvironment)
			list, ok := errors.AsType[Problems](err)
			if !ok {
				t.Fatalf("got %v, want problems", err)
			}
			wants := wantLine.FindAllStringSubmatch(string(data), -1)
			if len(wants) == 0 {
				t.Fatal("the file says no # want:")
			}
			for _, want := range wants {
				if !strings.Contains(list.Error(), want[1]) {
					t.Errorf("no problem says %q in\n%s", want[1], list)
				}
			}
			if !strings.Contains(list[0].Error(), file+":") {
				t.Errorf("no place in %q", list[0])
			}
		})
	}
}

func TestProblemShowsTheLineWithAMark(t *testing.T) {
	_, err := Load("testdata/config/bad-rule-source.yaml", testEnvironment)
	want := `testdata/config/bad-rule-source.yaml:4:63: rules[0].source: no source is named "hrr": did you mean "hr"?
    4 | rules: [{groups: [staff], organization: acme, role: "org:x",  source: hrr}]
      |                                                               ^`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestS36ExpansionIsForPlacesOnly(t *testing.T) {
	e := expander{lookup: environment("A", "x/y", "EMPTY", ""), dir: "/etc/rollcall"}
	for _, c := range []struct{ key, value, want, problem string }{
		{"path", "${A}/f.csv", "/etc/rollcall/x/y/f.csv", ""},
		{"secret_key_file", "/run/${A}", "/run/x/y", ""},
		{"urls", "ldaps://${A}", "ldaps://x/y", ""},
		{"api_url", "https://${A}", "https://x/y", ""},
		{"path", "-", "-", ""},
		{"path", "$A", "/etc/rollcall/$A", ""},
		{"path", "${EMPTY}", "", ""},
		{"keytab", "${A}", "/etc/rollcall/x/y", ""},
		{"ccache", "/run/${A}", "/run/x/y", ""},
		{"krb5_conf", "krb5.conf", "/etc/rollcall/krb5.conf", ""},
		{"principal", "${A}", "${A}", ""},
		{"organization", "${A}", "${A}", ""},
		{"role", "{org}", "{org}", ""},
		{"path", "${MISSING}", "", "MISSING is not set"},
		{"path", "${A", "", "is not a reference to an environment variable"},
		{"path", "${}", "", "is not a reference to an environment variable"},
		{"path", "${A:-b}", "", "is not a reference to an environment variable"},
	} {
		got, err := e.expand(c.key, c.value)
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: %s: got error %v, want %q", c.key, c.value, err, c.problem)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %s: got %q, %v, want %q", c.key, c.value, got, err, c.want)
		}
	}
}

func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "key", "sk_test_fromfile\r\n")
	write(t, dir, "c.yaml", strings.ReplaceAll(minimal, "secret_key_env: CLERK_SECRET_KEY", "secret_key_file: key"))
	cfg, err := Load(filepath.Join(dir, "c.yaml"), environment())
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Clerk.SecretKey.Reveal(); got != "sk_test_fromfile" {
		t.Errorf("got key %q", got)
	}
	write(t, dir, "key", "sk_test_one\nsk_test_two\n")
	if _, err = Load(filepath.Join(dir, "c.yaml"), environment()); err == nil || strings.Contains(err.Error(), "sk_test") {
		t.Errorf("two keys in the file: got %v, want a refusal that shows no key", err)
	}
}

// All files that keys of the form *_file name are known, in every section, so
// that none of them is read as an export (S43).
func TestS43SecretFilesAreKnown(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "key", "sk_test_fromfile\n")
	write(t, dir, "c.yaml", strings.ReplaceAll(minimal, "secret_key_env: CLERK_SECRET_KEY", "secret_key_file: key")+`
notify: {name: lab, slack: {url_file: "`+dir+`/slack"}}
`)
	write(t, dir, "slack", "https://hooks.example/x\n")
	cfg, err := Load(filepath.Join(dir, "c.yaml"), environment())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"clerk.secret_key_file": filepath.Join(dir, "key"), "notify.slack.url_file": filepath.Join(dir, "slack")}
	if !maps.Equal(cfg.SecretFiles, want) {
		t.Errorf("got %v, want %v", cfg.SecretFiles, want)
	}
}

// The section notify of the example is a comment as a whole; it works too.
func TestExampleNotifySectionLoads(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n# notify:\n")
	var section strings.Builder
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "#   ") {
			break
		}
		section.WriteString(strings.TrimPrefix(line, "# "))
	}
	if !found || section.String() == "" {
		t.Fatal("no section notify")
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"smtp-password": "a password", "slack-url": "https://hooks.slack.com/services/T/B/x", "webhook-url": "https://ops.corp.example/hook",
		"heartbeat-url":  "https://hc-ping.com/x",
		"webhook-secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	} {
		write(t, dir, name, content+"\n")
	}
	write(t, dir, "c.yaml", minimal+"notify:\n"+section.String())
	cfg, err := Load(filepath.Join(dir, "c.yaml"), environment("CLERK_SECRET_KEY", "sk_test_abc", "CREDENTIALS_DIRECTORY", dir))
	if err != nil {
		t.Fatal(err)
	}
	n := cfg.Notify
	defaults := notify.DefaultConfig()
	if n.When != defaults.When || n.Repeat != defaults.Repeat || n.Name != "" || n.Email.Password.IsZero() || n.Slack.URL.IsZero() ||
		n.Webhook.Secret.IsZero() || n.Heartbeat.SuccessOnly {
		t.Errorf("got %+v", n)
	}
}

// The section invitations of the example shows the defaults.
func TestExampleInvitationsAreTheDefaults(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n  # invitations:\n")
	var section strings.Builder
	section.WriteString("  invitations:\n")
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "  #   ") {
			break
		}
		section.WriteString("  " + strings.TrimPrefix(line, "  # "))
	}
	dir := t.TempDir()
	write(t, dir, "c.yaml", strings.ReplaceAll(minimal, "sync: {removals: none}\n", "sync:\n  removals: none\n"+section.String()))
	cfg, err := Load(filepath.Join(dir, "c.yaml"), testEnvironment)
	if err != nil || !found || strings.Count(section.String(), "\n") != 9 {
		t.Fatalf("%v in\n%s", err, section.String())
	}
	if diff := cmp.Diff(policy.DefaultConfig().Invitations, cfg.Sync.Invitations); diff != "" {
		t.Error(diff)
	}
}

func TestStateStandsBesideTheConfiguration(t *testing.T) {
	for state, want := range map[string]string{"": "", "none": "none", "/var/lib/x": "/var/lib/x", "st": "/etc/rollcall/st"} {
		if got := relativeTo("/etc/rollcall/c.yaml", state); got != want {
			t.Errorf("%q: got %q, want %q", state, got, want)
		}
	}
}

func TestMembershipFormNeedsNoRules(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "c.yaml", `clerk: {secret_key_env: CLERK_SECRET_KEY}
sources: [{name: hr, csv: {path: m.csv, columns: {email: mail, organization: org, role: role}}}]
sync: {removals: none}
`)
	cfg, err := Load(filepath.Join(dir, "c.yaml"), testEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "m.csv"); cfg.Sources[0].CSV.Path != want {
		t.Errorf("got path %s, want it beside the configuration: %s", cfg.Sources[0].CSV.Path, want)
	}
}

const minimal = `clerk: {secret_key_env: CLERK_SECRET_KEY}
sources: [{name: hr, csv: {path: people.csv, columns: {email: mail, groups: team}}}]
rules: [{groups: [staff], organization: acme, role: "org:member"}]
sync: {removals: none}
`

// The keys of a remote file are comments in the example; they work too.
func TestRemoteKeysOfTheExample(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "\n      path: people.csv", "\n      # path:", 1)
	for url, keys := range map[string]string{
		"https":    "url username password_file ca_file cert_file server_name proxy checksum_url max_megabytes connect_timeout transfer_timeout",
		"sftp":     "url known_hosts_file key_file key_password_file max_megabytes connect_timeout transfer_timeout",
		"url_file": "url_file max_megabytes connect_timeout transfer_timeout",
	} {
		yaml := text
		for key := range strings.FieldsSeq(keys) {
			before := yaml
			if yaml = strings.Replace(yaml, "\n      # "+key+":", "\n      "+key+":", 1); yaml == before {
				t.Errorf("the example has no %s", key)
			}
		}
		if url == "sftp" {
			yaml = strings.Replace(yaml, "url: https://hr.corp.example/people.csv   # or ", "url: ", 1)
		}
		dir := t.TempDir()
		write(t, dir, "c.yaml", yaml)
		cfg, err := Load(filepath.Join(dir, "c.yaml"), environment("CLERK_SECRET_KEY", "sk_test_abc", "CREDENTIALS_DIRECTORY", "/run/credentials"))
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		got, defaults := cfg.Sources[0].CSV.Remote, file.Remote{MaxMegabytes: 64, ConnectTimeout: 10 * time.Second, TransferTimeout: 5 * time.Minute}
		if url == "url_file" {
			got.URL = file.SecretURL(strings.Replace(got.URLFile, "/etc/rollcall/credentials/hr-url", "url_file://", 1))
		}
		if !strings.HasPrefix(string(got.URL), url+"://") || got.MaxMegabytes != defaults.MaxMegabytes || got.ConnectTimeout != defaults.ConnectTimeout || got.TransferTimeout != defaults.TransferTimeout {
			t.Errorf("%s: %+v", url, got)
		}
		if url == "https" && got.PasswordFile != "/run/credentials/hr-password" {
			t.Errorf("%s: %+v", url, got)
		}
	}
}

// Sources that say of each other that they have the same ids lead to the first
// of them in the list, in whatever way they say it.
func TestSameIDs(t *testing.T) {
	for says, want := range map[string]map[string]string{
		"a b c d":                 {},
		"a b=a c d":               {"a": "a", "b": "a"},
		"a=b b c d":               {"a": "a", "b": "a"},
		"a b=a c=b d":             {"a": "a", "b": "a", "c": "a"},
		"a b c=d d=b":             {"b": "b", "c": "b", "d": "b"},
		"a=d b=c c d=c":           {"a": "a", "b": "a", "c": "a", "d": "a"},
		"a=b b=a c=d d=c":         {"a": "a", "b": "a", "c": "c", "d": "c"},
		"a=nobody b=b c=nobody d": {},
	} {
		var c Config
		for one := range strings.FieldsSeq(says) {
			name, other, _ := strings.Cut(one, "=")
			c.Sources = append(c.Sources, sources.Config{Name: name, SameIDsAs: other})
		}
		if diff := cmp.Diff(want, c.sameIDs()); diff != "" {
			t.Errorf("%s: %s", says, diff)
		}
	}
}

// A URL that a problem is about is not repeated where it may be a secret.
func TestExcerptsKeepSecrets(t *testing.T) {
	for line, want := range map[string]string{
		"url: https://rob:hidden@h.example/p?a=b c":      "url: https://**********@h.example/p?*** c",
		`{url: "https://h.example/p?sig=hidden", x`:      `{url: "https://h.example/p?**********", x`,
		"urls: [ldaps://dc1.corp.example]":               "urls: [ldaps://dc1.corp.example]",
		"match: 'a?b' # who?":                            "match: 'a?b' # who?",
		"clerk: {secret_key: sk_live_hidden, x: y}":      "clerk: {secret_key: *************** ** **",
		`"bind_password" : 'hid den'`:                    `"bind_password" : **** ****`,
		"bind_password: hidden,hidden":                   "bind_password: *************",
		"smtp: {apiKey: hidden}":                         "smtp: {apiKey: *******",
		"secret_key_file: sk_live_hidden.hidden":         "secret_key_file: sk_live_*************",
		"secret_key_env: sk_test_hidden":                 "secret_key_env: sk_test_******",
		"secret_key_file: /run/secrets/clerk":            "secret_key_file: /run/secrets/clerk",
		"secret_key_env: CLERK_SECRET_KEY":               "secret_key_env: CLERK_SECRET_KEY",
		"path: /services/T0/B0/hiddenHIDDEN0123456789xy": "path: /services/T0/B0/************************",
		"x: 0123456789abcdef0123456789abcdef":            "x: ********************************",
		"groups: [acme-administrators-of-everything]":    "groups: [acme-administrators-of-everything]",
		"base: ou=Groups,dc=corp,dc=example":             "base: ou=Groups,dc=corp,dc=example",
		"tokens:":                                        "tokens:",
	} {
		if got := withoutSecrets(line); got != want {
			t.Errorf("%q becomes %q, want %q", line, got, want)
		}
	}
}

// A secret that stands in the file by mistake is shown neither with its line nor
// in the problem (S43, F05); the place is named.
func TestS43ConfigurationShowsNoSecret(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":                "clerk: {secret_key: sk_live_hidden0}\n",
		"in place of its file":       "clerk: {secret_key_file: sk_live_hidden0}\n",
		"in place of its variable":   "clerk: {secret_key_env: sk_live_hidden0}\n",
		"of an unknown shape":        "clerk: {secret_key_env: K}\nsources: [{name: c, ldap: {bind_password: hidden0-hidden0}}]\n",
		"in a line of its own":       "clerk:\n  secret_key:\n    hidden0: [\n",
		"as a block":                 "clerk:\n  password: |\n    a\n    hidden0\n   x: [\n",
		"a number":                   "clerk: {secret_key_file: 1550123}\n",
		"as a key":                   "clerk: {sk_live_hidden0: x}\n",
		"in the list of a secret":    "clerk:\n  tokens:\n    - hidden0: [\n",
		"behind an error of its own": "clerk: {secret_key: hidden0, api_url: [}\n",
	} {
		dir := t.TempDir()
		write(t, dir, "c.yaml", text)
		_, err := Load(filepath.Join(dir, "c.yaml"), environment())
		list, ok := errors.AsType[Problems](err)
		if !ok {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for _, shown := range []string{list.Error(), list.Brief()} {
			if strings.Contains(shown, "hidden0") || name == "a number" && strings.Contains(list[0].Text, "1550123") {
				t.Errorf("%s is shown:\n%s", name, shown)
			}
			if !strings.Contains(shown, "c.yaml:") {
				t.Errorf("%s: no place in %s", name, shown)
			}
		}
	}
}

// Whatever the file holds, Load answers with a configuration or with problems
// that have a place.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("a: [b\n"))
	f.Add([]byte("clerk: !!binary x\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			t.Skip("longer files only slow the search")
		}
		dir := t.TempDir()
		write(t, dir, "c.yaml", string(data))
		cfg, err := Load(filepath.Join(dir, "c.yaml"), testEnvironment)
		if list, ok := errors.AsType[Problems](err); ok {
			for _, p := range list {
				if p.Line < 1 || p.Column < 1 {
					t.Errorf("no place: %v", p)
				}
			}
			return
		}
		if err != nil || cfg.Sync.Removals == "" {
			t.Errorf("got %v and removals %q", err, cfg.Sync.Removals)
		}
	})
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

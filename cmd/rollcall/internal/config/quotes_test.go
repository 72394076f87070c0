package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loadText loads a configuration whose rules are given.
func loadText(t *testing.T, rules string) (*Config, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rollcall.yaml")
	text := "clerk: {secret_key_env: CLERK_SECRET_KEY}\nsources: [{name: hr, csv: {path: x, columns: {email: e, groups: g}}}]\nrules: [" + rules + "]\nsync: {removals: none}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(file, testEnvironment)
}

// Quoted digits stay what they are, and a number that needs no quotes passes;
// bad-quotes.yaml is the other half.
func TestQuotedNumbersAreNames(t *testing.T) {
	cfg, err := loadText(t, `{groups: ["010", "12.50", "12:30", 1e3, 2026-01-01, yes], organization: "007", role: org:member, metadata: {public: {code: "007", level: 7, share: 12.5, on: true, "010": x}}},
  {groups: {glob: "0x1F*"}, organization: acme, role: org:member}`)
	if err != nil {
		t.Fatal(err)
	}
	got := []any{cfg.Rules[0].Groups.Names, cfg.Rules[0].Organization, cfg.Rules[0].Metadata.Public, cfg.Rules[1].Groups.Glob}
	want := []any{[]string{"010", "12.50", "12:30", "1e3", "2026-01-01", "yes"}, "007",
		map[string]any{"code": "007", "level": uint64(7), "share": 12.5, "on": true, "010": "x"}, "0x1F*"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTimeInAListOfGroupsNeedsQuotes(t *testing.T) {
	_, err := loadText(t, `{groups: [a, 12:30], organization: acme, role: r}`)
	if err == nil || !strings.Contains(err.Error(), "rules[0].groups[1]: must be text, not a mapping: write it in quotes") || strings.Contains(err.Error(), "sequence was used") {
		t.Errorf("got %v", err)
	}
}

// No number that YAML writes in several ways becomes the name of another group.
func TestUnquotedNumbersAreRefusedWhereverTextIsMeant(t *testing.T) {
	for _, number := range []string{"0", "010", "12.50", "0x1F", "1_000", "+5", "0b11", "0o17", ".5", "4711", ".inf", ".nan", "true", "False"} {
		for _, rule := range []string{
			"{groups: [N], organization: acme, role: r}", "{groups: [a, N], organization: acme, role: r}",
			"{groups: {glob: N}, organization: acme, role: r}", "{groups: {match: N}, organization: acme, role: r}",
			"{groups: {glob: x, base: N}, organization: acme, role: r}", "{groups: N, organization: acme, role: r}",
			"{groups: [a], organization: N, role: r}", "{groups: [a], organization: acme, role: N}",
			"{groups: [a], organization: acme, role: r, roles: [N]}", "{groups: [a], organization: acme, role: r, allow_empty: [N]}",
			"{groups: [a], organization: acme, role: r, source: N}",
			"{groups: [a], organization: acme, role: r, metadata: {public: {N: x}}}",
		} {
			_, err := loadText(t, strings.ReplaceAll(rule, "N", number))
			if err == nil || !strings.Contains(err.Error(), "must be ") {
				t.Errorf("%s in %s: got %v", number, rule, err)
			}
		}
	}
}

// The same in every other place of the file that holds text.
func TestUnquotedNumbersAreRefusedOutsideRules(t *testing.T) {
	const whole = `clerk: {secret_key_env: CLERK_SECRET_KEY}
sources: [{name: hr, csv: {path: x, columns: {email: e, groups: g}}}, {name: ldap, ldap: {urls: ["ldaps://a.example"], bind_dn: "cn=x", bind_password_file: p, base_dn: "dc=x"}}]
rules: [{groups: [a], organization: acme, role: "org:member"}]
sync: {removals: none}
`
	for _, x := range []struct{ old, with string }{
		{"name: hr,", "name: N,"}, {"path: x,", "path: N,"}, {"email: e", "email: N"}, {"groups: g", "groups: N"}, {"groups: g", "groups: {column: N}"},
		{"groups: g", "groups: {column: g, separator: N}"},
		{"groups: g", "groups: [g, N]"}, {"groups: g", "groups: [g, {column: N}]"}, {"groups: g", "groups: [{column: g, separator: N}]"},
		{"path: x,", "path: x, date_format: [N],"}, {"email: e", "email: e, id: N"}, {"email: e", "email: e, other_emails: N"}, {"path: x,", "path: x, where: {status: [N]},"}, {"path: x,", "path: x, where: {N: [x]},"},
		{"path: x,", "path: x, date_format: N,"}, {"path: x,", "path: x, end_marker: N,"}, {"path: x,", "path: x, comment: N,"},
		{"name: hr,", "name: hr, canaries: {groups: [N]},"}, {"name: hr,", "name: hr, canaries: {people: [N]},"}, {"path: x,", "command: [x, N],"},
		{"groups: [a]", "groups: [a], except_groups: [N]"}, {"groups: [a]", "groups: [a], all_groups: [N]"}, {"groups: [a]", "groups: [a], organizations: [N]"},
		{"sync: {", "sync: {protect: [N], "}, {"sync: {", "sync: {deny: [N], "}, {"sync: {", "sync: {retire: {N: keep}, "}, {"sync: {", "sync: {owner: N, "},
		{"sync: {", "sync: {email_domains: [N], "}, {"sync: {", "sync: {admin_roles: [N], "}, {"base_dn:", "id: N, base_dn:"}, {"base_dn:", "group_classes: [N], base_dn:"},
		{"base_dn:", "user_filter: N, base_dn:"}, {"base_dn:", "email: N, base_dn:"},
	} {
		for _, number := range []string{"010", "4711", "0x1F", "12.50"} {
			text := strings.Replace(whole, x.old, strings.ReplaceAll(x.with, "N", number), 1)
			file := filepath.Join(t.TempDir(), "rollcall.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(file, testEnvironment); err == nil || !strings.Contains(err.Error(), "in quotes") {
				t.Errorf("%s for %s: got %v", strings.ReplaceAll(x.with, "N", number), x.old, err)
			}
		}
	}
}

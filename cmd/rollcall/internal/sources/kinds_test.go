package sources

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rollcall/source"
	"rollcall/source/csvfile"
	"rollcall/source/file"
	"rollcall/source/ldap"
	"rollcall/source/ldap/ldaptest"
)

// example is a source of one kind with the group team, which holds Ann only.
// Ben is in it and in no group.
type example struct {
	config Config
	// end takes the server or the file away.
	end func()
}

// examples has one source of each kind.
var examples = map[string]func(t *testing.T) example{
	"ldap": func(t *testing.T) example {
		person := func(uid, mail string) ldaptest.Entry {
			return ldaptest.Entry{DN: "uid=" + uid + ",ou=people," + ldaptest.Suffix, Attrs: map[string][]string{
				"objectClass": {"person", "inetOrgPerson"}, "uid": {uid}, "mail": {mail}, "entryUUID": {"id-" + uid}}}
		}
		var down atomic.Bool
		f := ldaptest.StartFake(t, &ldaptest.Fake{
			Root: ldaptest.Entry{Attrs: map[string][]string{"namingContexts": {ldaptest.Suffix}, "objectClass": {"OpenLDAProotDSE"}}},
			Entries: []ldaptest.Entry{
				{DN: ldaptest.Suffix, Attrs: map[string][]string{"objectClass": {"domain"}}},
				person("ann", "ann@corp.example"), person("ben", "ben@corp.example"),
				{DN: "cn=team,ou=groups," + ldaptest.Suffix, Attrs: map[string][]string{
					"objectClass": {"groupOfNames"}, "cn": {"team"}, "member": {"uid=ann,ou=people," + ldaptest.Suffix}}},
			},
			Faults: ldaptest.Faults{Fault: func(ldaptest.Op) ldaptest.Fault { return ldaptest.Fault{Drop: down.Load()} }},
		})
		c := ldap.Config{URLs: []string{f.URL}, TLS: "off", Bind: "anonymous", BaseDN: ldaptest.Suffix, Connections: 1}
		return example{Config{LDAP: &c}, func() { down.Store(true) }}
	},
	"csv": func(t *testing.T) example {
		path := filepath.Join(t.TempDir(), "people.csv")
		text := "id,email,teams\nid-ann,ann@corp.example,team\nid-ben,ben@corp.example,\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := csvfile.Config{Path: path, Settle: new(time.Duration), Columns: csvfile.Columns{ID: "id", Email: "email", Groups: csvfile.Cells{Column: "teams"}}}
		return example{Config{CSV: &c}, func() { _ = os.Remove(path) }}
	},
}

// command is a CSV that a program writes, as an example beside that of its kind.
func command(t *testing.T) example {
	path := filepath.Join(t.TempDir(), "people.csv")
	text := "id,email,teams\nid-ann,ann@corp.example,team\nid-ben,ben@corp.example,\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := csvfile.Config{Program: file.Program{Command: []string{"/bin/cat", path}}, Columns: csvfile.Columns{ID: "id", Email: "email", Groups: csvfile.Cells{Column: "teams"}}}
	return example{Config{CSV: &c}, func() { _ = os.Remove(path) }}
}

// Every field of an entry that configures a kind has its row, and every kind
// what the list of kinds asks for.
func TestKindsAreComplete(t *testing.T) {
	rows := map[string]kind{}
	for _, k := range kinds {
		rows[k.key] = k
		if k.part == nil || k.open == nil {
			t.Errorf("%s: a function is missing", k.key)
		}
	}
	fields := 0
	for field := range reflect.TypeFor[Config]().Fields() {
		if field.Type.Kind() != reflect.Pointer {
			continue
		}
		fields++
		key := field.Tag.Get("yaml")
		if _, ok := rows[key]; !ok {
			t.Errorf("the field %s of Config has no row in kinds", field.Name)
			continue
		}
		if !field.Type.Implements(reflect.TypeFor[settings]()) {
			t.Errorf("%s: %s is no settings", key, field.Type)
		}
		home := field.Type.Elem().PkgPath()
		for name, text := range map[string]string{
			"config.example.yaml": key + ":", "README.md": strings.ToUpper(key),
			".golangci.yml": home + ",", "cmd/rollcall/deps_test.go": `"` + home + `"`,
		} {
			content, err := os.ReadFile(filepath.Join("../../../..", name))
			if err != nil || !strings.Contains(string(content), text) {
				t.Errorf("%s: %s lacks %q (%v)", key, name, text, err)
			}
		}
		if examples[key] == nil {
			t.Errorf("%s: no example in kinds_test.go", key)
		}
	}
	if fields != len(kinds) || fields < 2 {
		t.Errorf("%d fields and %d kinds", fields, len(kinds))
	}
}

// Every kind keeps the contract of source.Source.
func TestEveryKindKeepsTheContract(t *testing.T) {
	want := source.Request{Groups: []source.Selector{{Name: "team"}, {Name: "none"}}}
	all := maps.Clone(examples)
	all["command"] = command
	for key, start := range all {
		t.Run(key, func(t *testing.T) {
			e := start(t)
			e.config.Name, e.config.SameIDsAs, e.config.Lends = "corp", "hr", []string{"department"}
			e.config.Canaries = source.Canaries{People: []string{"ben@corp.example", "zoe@corp.example"}}
			s, err := Open(e.config, file.Options{})
			if err != nil {
				t.Fatal(err)
			}
			snap, err := s.Read(t.Context(), want)
			if err != nil {
				t.Fatal(err)
			}
			checkWhole(t, s, snap)
			also := want
			also.Also = []string{"id-ben", "zoe@corp.example"}
			if snap, err := s.Read(t.Context(), also); err != nil || len(snap.People) != 2 {
				t.Errorf("S25: somebody who is asked for is not read: %v, %+v", err, snap)
			}
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			if snap, err := s.Read(ended, want); snap != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("after a cancellation: %v, %v", snap, err)
			}
			e.end()
			if snap, err := s.Read(t.Context(), want); snap != nil || err == nil {
				t.Errorf("S09: there is nothing to read, and the answer is %v, %v", snap, err)
			}
		})
	}
}

func checkWhole(t *testing.T, s source.Source, snap *source.Snapshot) {
	t.Helper()
	if s.Name() != "corp" || snap.Source != "corp" || (len(snap.Files) == 0 && snap.Path != file.Stdin) == (snap.Server == "") {
		t.Errorf("read %q of %q: files %q, server %q", snap.Source, s.Name(), snap.Files, snap.Server)
	}
	if len(snap.People) != 1 || snap.People[0].ID != "id-ann" || snap.People[0].Email != "ann@corp.example" || !snap.StableIDs {
		t.Errorf("people %+v, stable ids %t", snap.People, snap.StableIDs)
	}
	if len(snap.Groups) != 1 || snap.Groups[0].Name != "team" || len(snap.Groups[0].Members) != 1 || len(snap.Missing) != 1 || snap.Missing[0] != 1 {
		t.Errorf("groups %+v, missing %v", snap.Groups, snap.Missing)
	}
	if len(snap.MissingCanaries) != 1 || snap.MissingCanaries[0] != "person zoe@corp.example" {
		t.Errorf("S13: missing canaries %q", snap.MissingCanaries)
	}
	if at := snap.People[0].Origin; at.Source != "corp" || at.String() == "corp" {
		t.Errorf("Ann is at %+v", at)
	}
}

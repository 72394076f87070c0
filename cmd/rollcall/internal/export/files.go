package export

import (
	"cmp"
	_ "embed" // the configuration's text
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"text/template"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/cases"
	"rollcall/cmd/rollcall/internal/escape"
)

// The files of an export.
const (
	MembersFile = "members.csv"
	ConfigFile  = "rollcall.yaml"
	CasesFile   = cases.FirstFile
)

var (
	//go:embed skeleton.yaml
	skeletonText string
	skeleton     = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("skeleton").Funcs(template.FuncMap{"quote": escape.Quote}).Parse(skeletonText))
	})
)

// Write writes the files into a directory, which it makes; none may be there yet.
func (x *Export) Write(dir string, clerk clerkapi.Config) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create the directory: %w", err)
	}
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{MembersFile, x.csv},
		{CasesFile, func(w io.Writer) error { return cases.WriteFirst(w, x.cases()) }},
		{ConfigFile, func(w io.Writer) error { return x.config(w, clerk) }},
	} {
		if err := create(filepath.Join(dir, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

// cases are what the members have today, by their addresses: the rules of a directory
// have to give the same.
func (x *Export) cases() []cases.First {
	var list []cases.First
	at := map[string]int{}
	for i := range x.rows {
		r := &x.rows[i]
		if _, known := at[r.email]; !known {
			at[r.email] = len(list)
			list = append(list, cases.First{Who: r.email})
		}
		first := &list[at[r.email]]
		first.Has = append(first.Has, cases.Given{Organization: r.organization, Role: r.role})
	}
	return list
}

// create writes a new file; what is there already is somebody's work.
func create(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create %s: %w; use another directory, or move the file away", name, err)
	}
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (x *Export) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	header := []string{"organization", "email", "role", "user_id", "name"}
	for _, key := range x.public {
		header = append(header, column("public", key))
	}
	for _, key := range x.private {
		header = append(header, column("private", key))
	}
	_ = out.Write(header) // kept by the csv.Writer
	for i := range x.rows {
		r := &x.rows[i]
		record := []string{r.organization, r.email, r.role, r.userID, escape.Cell(r.name)}
		for _, key := range x.public {
			record = append(record, text(r.public[key]))
		}
		for _, key := range x.private {
			record = append(record, text(r.private[key]))
		}
		_ = out.Write(record)
	}
	out.Flush()
	return out.Error()
}

// text is a chosen value: a string, or absent.
func text(v any) string {
	s, _ := v.(string)
	return s
}

func column(kind, key string) string { return kind + "." + key }

func (x *Export) config(w io.Writer, clerk clerkapi.Config) error {
	return skeleton().Execute(w, map[string]any{
		"APIURL": clerk.APIURL, "KeyFile": clerk.SecretKeyFile, "KeyEnv": cmp.Or(clerk.SecretKeyEnv, KeyVariable),
		"Members": MembersFile, "Cases": CasesFile, "Public": columns("public", x.public), "Private": columns("private", x.private), "Marked": x.marked,
	})
}

// KeyVariable is where the key is when no configuration says so.
const KeyVariable = "CLERK_SECRET_KEY"

// columns is a mapping of keys to columns in YAML's flow form; empty without any.
func columns(kind string, keys []string) string {
	var pairs []string
	for _, key := range keys {
		pairs = append(pairs, escape.Quote(key)+": "+escape.Quote(column(kind, key)))
	}
	if len(pairs) == 0 {
		return ""
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

package cases

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/source"
	"rollcall/sync/policy"
)

// FirstFile is what a first file of cases is called.
const FirstFile = "cases.yaml"

// First is somebody with what they have today.
type First struct {
	// Who is an id or an address, Name what people call them.
	Who, Name string
	Has       []Given
}

// enough is how many people of each role in each organization a first file has. More
// would have to be changed by hand with every change of the directory.
const enough = 2

// WriteFirst writes a first file of cases, of a few of these people: so many that each
// role in each organization has its own.
func WriteFirst(w io.Writer, all []First) error {
	b := bufio.NewWriter(w)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(b, format+"\n", args...) } // kept by the writer
	line("# Cases for rollcall test: who gets what. This is a part of what was true when the")
	line("# file was written. Add cases of your own, before you change a rule: rollcall help testing")
	line("cases:")
	for _, f := range sample(all) {
		line("  - who: %s", escape.Quote(f.Who))
		if f.Name != "" && f.Name != f.Who {
			line("    name: %s", escape.Quote(f.Name))
		}
		line("    expect:")
		for _, g := range f.Has {
			line("      - {organization: %s, role: %s}", escape.Quote(g.Organization), escape.Quote(g.Role))
		}
	}
	return b.Flush()
}

// sample takes the people who are among the first of a role in an organization.
func sample(all []First) (few []First) {
	taken := map[[2]string]int{}
	for _, f := range all {
		wanted := slices.ContainsFunc(f.Has, func(g Given) bool { return taken[[2]string{g.Organization, g.Role}] < enough })
		if !wanted {
			continue
		}
		for _, g := range f.Has {
			taken[[2]string{g.Organization, g.Role}]++
		}
		few = append(few, f)
	}
	return few
}

// WriteToday writes a first file beside a configuration, of what its rules give today,
// and says so in one line. The configuration is good without it, so a problem is a line
// too.
func WriteToday(ctx context.Context, configFile string, lookup func(string) (string, bool), open func() ([]source.Source, error)) string {
	name := filepath.Join(filepath.Dir(configFile), FirstFile)
	if _, err := os.Lstat(name); err == nil {
		return name + " exists already, and was left as it is."
	}
	all, err := today(ctx, configFile, lookup, open)
	if err == nil && len(all) == 0 {
		err = errors.New("the rules give nobody anything yet")
	}
	if err == nil {
		err = createFirst(name, all)
	}
	if err != nil {
		return fmt.Sprintf("%s was not written: %v", name, err)
	}
	return "Wrote " + name + ". It says who gets what today; test a change of the rules with rollcall test."
}

func createFirst(name string, all []First) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fs.ErrExist
	}
	if err != nil {
		return err
	}
	return errors.Join(WriteFirst(file, all), file.Close())
}

// today is what the rules give the people of the sources.
func today(ctx context.Context, configFile string, lookup func(string) (string, bool), open func() ([]source.Source, error)) ([]First, error) {
	cfg, err := config.LoadSources(configFile, lookup)
	if err != nil {
		return nil, err
	}
	set, problems := policy.CompileRules(cfg.Rules)
	from, err := open()
	if err = errors.Join(append(problems, err)...); err != nil {
		return nil, err
	}
	t := &tester{config: cfg, set: set, now: time.Now()}
	failures, err := t.readReal(ctx, from, &File{})
	if len(failures) > 0 {
		err = fmt.Errorf("read source %s: %s", failures[0].Source, failures[0].Text)
	}
	if err != nil {
		return nil, err
	}
	return t.firsts(), nil
}

// firsts are the people who get something, each by a name that means nobody else.
func (t *tester) firsts() []First {
	var all []First
	for p, given := range t.real.given {
		f := First{Name: p.Email, Has: slices.DeleteFunc(slices.Clone(given), func(g Given) bool { return g.Refused != "" })}
		for _, name := range []string{p.ID, p.Email, p.Origin.DN} {
			if f.Who == "" && name != "" && len(t.people[nameKey(name)]) == 1 {
				f.Who = name
			}
		}
		if f.Who != "" && len(f.Has) > 0 {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b First) int { return cmp.Or(cmp.Compare(len(b.Has), len(a.Has)), cmp.Compare(a.Who, b.Who)) })
	return all
}

package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// order lists the packages of sync with all that each of them may import of
// ours, by names below sync: the lowest first. Types of clerkapi and source may
// be named everywhere in sync. A package that is missing here, or an arrow that
// is, fails: the order is changed here, on purpose, or not at all.
var order = []struct {
	name string
	may  []string
}{
	{"exception", nil},
	{"journal/internal/wallog", nil},
	{"journal/internal/disk", nil},
	{"journal/internal/exceptions", []string{"exception"}},
	{"journal/internal/texts", nil},
	{"journal", []string{"exception", "journal/internal/disk", "journal/internal/exceptions", "journal/internal/texts", "journal/internal/wallog"}},
	{"writers", nil},
	{"plan", []string{"writers"}},
	{"policy", []string{"plan"}},
	{"directory", []string{"plan", "policy"}},
	{"roster", []string{"plan", "policy"}},
	{"memory", []string{"exception", "journal", "plan", "policy", "writers"}},
	{"assign", []string{"directory", "exception", "memory", "plan", "policy"}},
	{"hints", []string{"assign", "directory", "memory", "plan", "policy", "roster"}},
	{"identity", []string{"assign", "directory", "exception", "memory", "plan", "policy", "roster"}},
	{"diff", []string{"assign", "directory", "hints", "identity", "memory", "plan", "policy", "roster"}},
	{"leavers", []string{"diff", "directory", "exception", "memory", "plan", "policy", "roster"}},
	{"guard", []string{"assign", "diff", "directory", "exception", "identity", "journal", "memory", "plan", "policy", "roster", "writers"}},
	{"apply", []string{"journal", "memory", "plan", "policy", "roster"}},
	{"explain", []string{"assign", "diff", "directory", "guard", "identity", "journal", "memory", "plan", "policy", "roster"}},
	{"forget", []string{"exception", "journal", "memory", "plan"}},
	{"undo", []string{"assign", "diff", "directory", "identity", "journal", "memory", "plan", "policy", "roster"}},
	{"recent", []string{"apply", "directory", "identity", "memory", "plan", "policy", "roster", "writers"}},
}

// helpers of tests are no part of the story.
var helpers = []string{"rollcall/sync/journal/powercut", "rollcall/sync/journal/journaltest", "rollcall/sync/internal/fake"}

// disorder lists what breaks the order of sync.
func disorder(all []listed) []string {
	var problems []string
	known := map[string]bool{}
	for _, p := range all {
		name, below := strings.CutPrefix(p.ImportPath, "rollcall/sync/")
		if !below || slices.Contains(helpers, p.ImportPath) {
			continue
		}
		i := slices.IndexFunc(order, func(o struct {
			name string
			may  []string
		}) bool {
			return o.name == name
		})
		if i < 0 {
			problems = append(problems, fmt.Sprintf("%s has no place in the order of sync", p.ImportPath))
			continue
		}
		known[name] = true
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, "rollcall/sync")
			if to = strings.TrimPrefix(to, "/"); ours && !slices.Contains(order[i].may, to) {
				problems = append(problems, fmt.Sprintf("%s imports rollcall/sync/%s, which stands no lower", p.ImportPath, to))
			}
		}
	}
	for _, o := range order {
		if !known[o.name] {
			problems = append(problems, fmt.Sprintf("sync/%s stands in the order and is no package", o.name))
		}
	}
	return problems
}

func TestSyncIsImportedInOrder(t *testing.T) {
	t.Parallel()
	for _, p := range disorder(packages(t)) {
		t.Error(p)
	}
	for i, o := range order { // the list itself leads down
		for _, to := range o.may {
			if !slices.ContainsFunc(order[:i], func(lower struct {
				name string
				may  []string
			}) bool {
				return lower.name == to
			}) {
				t.Errorf("%s may import %s, which stands above it", o.name, to)
			}
		}
	}
}

// Each arrow that is turned round, and a package that nobody placed, is noticed.
func TestAnArrowTurnedRoundIsNoticed(t *testing.T) {
	t.Parallel()
	whole := packages(t)
	turned := 0
	for _, o := range order {
		for _, to := range append(slices.Clone(o.may), "") { // "" is the root, which knows Reconciler
			all := slices.Clone(whole)
			from := to
			back := "rollcall/sync/" + o.name
			if to == "" {
				from, back = o.name, "rollcall/sync"
			}
			i := slices.IndexFunc(all, func(p listed) bool { return p.ImportPath == "rollcall/sync/"+from })
			all[i].Imports = append(slices.Clone(all[i].Imports), back)
			if len(disorder(all)) != 1 {
				t.Errorf("nobody notices that sync/%s imports %s", from, back)
			}
			turned++
		}
	}
	if turned < 60 {
		t.Errorf("%d arrows were turned round", turned)
	}
	if len(disorder(append(slices.Clone(whole), listed{ImportPath: "rollcall/sync/util"}))) != 1 {
		t.Error("nobody notices a package that stands nowhere")
	}
}

// The limits of size. A package that outgrows them is cut where its parts meet,
// not where the line is reached.
const (
	maxPackage  = 2600 // lines without tests
	maxMethods  = 25   // of a type
	maxFunction = 60   // lines
)

// mayBeLarge are packages over the limit, and why.
var mayBeLarge = map[string]string{
	"clerkapi/sandbox": "it answers as Clerk does, route by route",
}

// sizes are what was measured of one package.
type sizes struct {
	lines     int
	methods   map[string]int
	functions map[string]int
}

// measure reads all Go files below dir that are no tests.
func measure(t *testing.T, dir string) map[string]*sizes {
	t.Helper()
	all, files := map[string]*sizes{}, token.NewFileSet()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != dir && (strings.HasPrefix(name, ".") || name == "testdata" || name == "deploy") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		where, err := filepath.Rel(dir, filepath.Dir(path))
		if err != nil {
			return err
		}
		if all[where] == nil {
			all[where] = &sizes{methods: map[string]int{}, functions: map[string]int{}}
		}
		all[where].add(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (s *sizes) add(files *token.FileSet, f *ast.File) {
	s.lines += files.File(f.Pos()).LineCount()
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := fn.Name.Name
		if fn.Recv != nil {
			on := receiverName(fn.Recv.List[0].Type)
			s.methods[on]++
			name = on + "." + name
		}
		s.functions[name] = files.Position(fn.End()).Line - files.Position(fn.Pos()).Line + 1
	}
}

// receiverName is the name of the type that a method belongs to.
func receiverName(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.StarExpr:
		return receiverName(x.X)
	case *ast.IndexExpr:
		return receiverName(x.X)
	case *ast.IndexListExpr:
		return receiverName(x.X)
	case *ast.Ident:
		return x.Name
	}
	return ""
}

// tooLarge lists what is over a limit.
func tooLarge(all map[string]*sizes) []string {
	var problems []string
	for where, s := range all {
		if s.lines > maxPackage && mayBeLarge[where] == "" {
			problems = append(problems, fmt.Sprintf("package %s has %d lines without its tests, more than %d", where, s.lines, maxPackage))
		}
		for name, n := range s.methods {
			if n > maxMethods {
				problems = append(problems, fmt.Sprintf("type %s of %s has %d methods, more than %d", name, where, n, maxMethods))
			}
		}
		for name, n := range s.functions {
			if n > maxFunction {
				problems = append(problems, fmt.Sprintf("function %s of %s has %d lines, more than %d", name, where, n, maxFunction))
			}
		}
	}
	slices.SortFunc(problems, cmp.Compare[string])
	return problems
}

func TestNothingOutgrowsItsWalls(t *testing.T) {
	t.Parallel()
	all := measure(t, filepath.Join("..", ".."))
	if len(all) < 20 || all["sync"] == nil || all["cmd/rollcall"] == nil {
		t.Fatalf("%d packages were measured", len(all))
	}
	for _, p := range tooLarge(all) {
		t.Error(p)
	}
	for where := range mayBeLarge {
		if s := all[where]; s == nil || s.lines <= maxPackage {
			t.Errorf("%s is no exception any more: strike it from the list", where)
		}
	}
}

// What is over a limit is named, with the figure.
func TestWhatOutgrowsItsWallsIsNamed(t *testing.T) {
	large := &sizes{lines: maxPackage + 1, methods: map[string]int{"hub": maxMethods + 1, "fine": maxMethods}, functions: map[string]int{"story": maxFunction + 1, "short": maxFunction}}
	got := tooLarge(map[string]*sizes{"sync": large, "source": {lines: maxPackage}, "clerkapi/sandbox": {lines: 9 * maxPackage}})
	want := []string{"function story of sync has 61 lines, more than 60", "package sync has 2601 lines without its tests, more than 2600", "type hub of sync has 26 methods, more than 25"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// program has the packages of all files that are mutated.
type program struct {
	root     string
	packages []*pkg
	mutants  []*mutant
}

// pkg is one package with the files that are mutated.
type pkg struct {
	dir    string
	name   string
	files  []string
	fset   *token.FileSet
	syntax map[string]*ast.File
	source map[string][]byte
	info   *types.Info
	types  *types.Package
	// instrumented has the text with the mutants, by file.
	instrumented map[string][]byte
	// count is how often a mutant of this key was found.
	count map[string]int
}

// listing is what go list prints of a package.
type listing struct {
	ImportPath, Dir, Export, Name string
	GoFiles                       []string
	DepOnly                       bool
}

// load parses and checks the packages of the files.
func load(ctx context.Context, root string, files []string) (*program, error) {
	p := &program{root: root}
	var patterns []string
	for _, path := range files {
		dir := filepath.Dir(path)
		at := p.find(dir)
		if at == nil {
			at = newPackage(dir)
			p.packages = append(p.packages, at)
			patterns = append(patterns, "./"+dir)
		}
		at.files = append(at.files, path)
	}
	listings, err := list(ctx, root, patterns)
	if err != nil {
		return nil, err
	}
	return p, p.check(listings)
}

func newPackage(dir string) *pkg {
	return &pkg{dir: dir, fset: token.NewFileSet(), syntax: map[string]*ast.File{}, source: map[string][]byte{},
		instrumented: map[string][]byte{}, count: map[string]int{}}
}

func (p *program) find(dir string) *pkg {
	for _, one := range p.packages {
		if one.dir == dir {
			return one
		}
	}
	return nil
}

// list asks the go command for the packages and for all that they import.
func list(ctx context.Context, root string, patterns []string) ([]listing, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,Name,GoFiles,DepOnly"}, patterns...)...)
	cmd.Dir = root
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, errs.Bytes())
	}
	var all []listing
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listing
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
}

// check parses and type-checks each package. Imports come as export data.
func (p *program) check(listings []listing) error {
	exports := map[string]string{}
	for _, one := range listings {
		exports[one.ImportPath] = one.Export
	}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	for _, one := range listings {
		dir, err := filepath.Rel(p.root, one.Dir)
		if one.DepOnly || err != nil {
			continue
		}
		at := p.find(dir)
		if at == nil {
			return fmt.Errorf("go list names the package %s, which nobody asked for", dir)
		}
		if err := at.check(p.root, one, lookup); err != nil {
			return err
		}
	}
	return nil
}

func (p *pkg) check(root string, from listing, lookup importer.Lookup) error {
	p.name = from.Name
	var all []*ast.File
	for _, name := range from.GoFiles {
		path := filepath.Join(p.dir, name)
		b, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(p.fset, path, b, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p.syntax[path], p.source[path] = f, b
		all = append(all, f)
	}
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: importer.ForCompiler(p.fset, "gc", lookup)}
	var err error
	p.types, err = conf.Check(from.ImportPath, p.fset, all, p.info)
	return err
}

// mutate finds the mutants of all files and writes the instrumented texts.
func (p *program) mutate() error {
	for _, one := range p.packages {
		for _, path := range one.files {
			before := len(p.mutants)
			if err := p.mutateFile(one, path); err != nil {
				return err
			}
			if len(p.mutants) == before {
				return fmt.Errorf("%s has nothing that can be changed, so nothing is checked", path)
			}
		}
	}
	return nil
}

func (p *program) mutateFile(one *pkg, path string) error {
	syntax := one.syntax[path]
	if syntax == nil {
		return fmt.Errorf("%s is not a file of the package", path)
	}
	w := &walker{program: p, p: one, file: path, src: one.source[path]}
	w.names = w.imports()
	for _, d := range syntax.Decls {
		w.declaration(d)
	}
	one.instrumented[path] = w.text()
	return nil
}

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

// pkg is one package with the files that are to be mutated.
type pkg struct {
	dir     string
	name    string
	files   []string
	fset    *token.FileSet
	syntax  map[string]*ast.File
	source  map[string][]byte
	info    *types.Info
	types   *types.Package
	mutants []*mutant
	// written are the instrumented texts by file.
	written map[string][]byte
	seen    map[string]int
}

// load parses and checks the package; imports come as export data.
func load(ctx context.Context, dir string, files []string) (*pkg, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Export,GoFiles,Name", "./"+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	exports := map[string]string{}
	type listed struct {
		ImportPath, Export, Name string
		GoFiles                  []string
	}
	var last listed // the package itself comes after what it imports
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[one.ImportPath], last = one.Export, one
	}
	p := &pkg{dir: dir, name: last.Name, files: files, fset: token.NewFileSet(), syntax: map[string]*ast.File{}, source: map[string][]byte{},
		written: map[string][]byte{}, seen: map[string]int{}}
	var all []*ast.File
	for _, name := range last.GoFiles {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(p.fset, path, b, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.syntax[path], p.source[path] = f, b
		all = append(all, f)
	}
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	lookup := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	conf := types.Config{Importer: importer.ForCompiler(p.fset, "gc", lookup)}
	p.types, err = conf.Check(last.ImportPath, p.fset, all, p.info)
	return p, err
}

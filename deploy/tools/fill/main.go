// Command fill writes a template of a release with the version, the addresses and the
// checksums of that release. The functions of a template are:
//
//	{{version}}                      0.1.0
//	{{downloads}}                    where all versions are
//	{{url "linux_amd64.tar.gz"}}     the address of rollcall_0.1.0_linux_amd64.tar.gz
//	{{sha256 "linux_amd64.tar.gz"}}  its checksum, as SHA256SUMS has it
//
// A file without a checksum is an error.
//
//	fill -version VERSION -downloads URL -sums SHA256SUMS TEMPLATE >FILE
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"text/template"
)

var sumLine = regexp.MustCompile(`(?m)^([0-9a-f]{64})  (\S+)$`)

// release is what a template can name.
type release struct {
	version, downloads string
	sums               map[string]string // SHA-256 in hexadecimal by file name
}

func main() {
	var r release
	flag.StringVar(&r.version, "version", "", "the version, without a v")
	flag.StringVar(&r.downloads, "downloads", "", "the address of the directory with all versions")
	sums := flag.String("sums", "", "the SHA256SUMS of the release")
	flag.Parse()
	if err := r.run(os.Stdout, *sums, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func (r *release) run(w io.Writer, sums string, args []string) error {
	if r.version == "" || r.downloads == "" || len(args) != 1 {
		return errors.New("usage: fill -version VERSION -downloads URL -sums SHA256SUMS TEMPLATE")
	}
	text, err := os.ReadFile(sums)
	if err != nil {
		return err
	}
	r.sums = map[string]string{}
	for _, m := range sumLine.FindAllStringSubmatch(string(text), -1) {
		r.sums[m[2]] = m[1]
	}
	functions := template.FuncMap{
		"version":   func() string { return r.version },
		"downloads": func() string { return r.downloads },
		"url":       r.url,
		"sha256":    r.sha256,
	}
	t, err := template.New(filepath.Base(args[0])).Funcs(functions).ParseFiles(args[0])
	if err != nil {
		return err
	}
	return t.Execute(w, nil)
}

func (r *release) name(part string) string { return "rollcall_" + r.version + "_" + part }

func (r *release) url(part string) string {
	return r.downloads + "/v" + r.version + "/" + r.name(part)
}

func (r *release) sha256(part string) (string, error) {
	sum, found := r.sums[r.name(part)]
	if !found {
		return "", fmt.Errorf("SHA256SUMS has no %s", r.name(part))
	}
	return sum, nil
}

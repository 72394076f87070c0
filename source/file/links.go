package file

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rollcall/source"
	"rollcall/source/platform"
)

// Whoever may write into the directory of an export could put a link there, and
// have the run read, and show in its messages, a file that they cannot read
// themselves (S34, S43). So a file is found without following such links, opened
// once, and judged by its descriptor.

// localFiles are the files of this machine that a path or glob names.
type localFiles struct {
	// fence is the directory that the matches of a glob must lie in; empty for a
	// path without a glob.
	fence string
	// secrets and credentials are those of the [Options].
	secrets     map[string]string
	credentials string
}

// newLocalFiles are those that a pattern names.
func newLocalFiles(pattern string, o Options) localFiles {
	l := localFiles{secrets: o.Secrets, credentials: o.Credentials}
	if _, err := os.Lstat(pattern); err != nil && platform.HasGlob(pattern) {
		l.fence = fixedDirectory(pattern)
	}
	return l
}

// fixedDirectory is the part of a glob before the first step that may match
// several names.
func fixedDirectory(pattern string) string {
	dir := filepath.Clean(pattern)
	for platform.HasGlob(dir) {
		dir = filepath.Dir(dir)
	}
	return dir
}

func (l localFiles) stat(path string) (fs.FileInfo, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	var info fs.FileInfo
	err := l.in(path, func(dir *os.Root, name string) (err error) {
		info, err = dir.Stat(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return info, l.checkSecret(path, info)
}

// open opens a file for reading. A named pipe that took the file's place would
// block the run for good without NonBlock.
func (l localFiles) open(path string) (io.ReadCloser, fs.FileInfo, error) {
	var f *os.File
	err := l.in(path, func(dir *os.Root, name string) (err error) {
		f, err = dir.OpenFile(name, os.O_RDONLY|platform.NonBlock, 0)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = l.checkSecret(path, info)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

// in calls use with the directory that the file may not leave, and its name in
// there. [os.Root] keeps to that directory whatever is put into it meanwhile.
func (l localFiles) in(path string, use func(dir *os.Root, name string) error) error {
	target, err := resolve(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(target)
	if l.fence != "" {
		if dir, err = resolve(l.fence); err != nil {
			return err
		}
		if !within(dir, target) {
			return linkOut(path, l.fence)
		}
	}
	if err := l.checkCredential(path, target); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // nothing was written through it
	name, err := filepath.Rel(dir, target)
	if err != nil {
		return err
	}
	return use(root, name)
}

// checkSecret refuses a file whose content the configuration calls a secret, by
// whatever name it is reached.
func (l localFiles) checkSecret(path string, info fs.FileInfo) error {
	for _, key := range slices.Sorted(maps.Keys(l.secrets)) {
		if secret, err := os.Stat(l.secrets[key]); err == nil && os.SameFile(info, secret) {
			return source.Damaged(path, "is the file that "+key+" names, not an export: find out who put it there")
		}
	}
	return nil
}

// checkCredential refuses what systemd hands to the service as a secret.
func (l localFiles) checkCredential(path, target string) error {
	if l.credentials == "" {
		return nil
	}
	dir, err := filepath.EvalSymlinks(l.credentials)
	if err == nil && within(dir, target) {
		return source.Damaged(path, "is one of the service's credentials ($CREDENTIALS_DIRECTORY), not an export: find out who put it there")
	}
	return nil
}

func linkOut(path, dir string) error {
	return source.Damaged(path, "is a link to a file outside "+dir+": put the file itself there, or set path to it")
}

// maxLinks is how many links a path may lead through, as for the kernel.
const maxLinks = 40

// resolver follows a path to the file itself.
type resolver struct {
	path  string
	links int
}

// resolve is the path without links. A link of root's, or of the user of this
// process, is followed wherever it leads. A link of anybody else's may not leave
// the directory that it lies in; a ConfigMap's does not.
func resolve(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	r := &resolver{path: path}
	return r.followAll(abs)
}

// followAll follows an absolute path from its root.
func (r *resolver) followAll(abs string) (string, error) {
	root, names := platform.Split(abs)
	return r.follow(root, names)
}

func (r *resolver) follow(dir string, names []string) (string, error) {
	for _, step := range names {
		switch step {
		case "", ".":
			continue
		case "..":
			dir = filepath.Dir(dir)
			continue
		}
		next := filepath.Join(dir, step)
		info, err := os.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			if next, err = r.followLink(dir, next, info); err != nil {
				return "", err
			}
		}
		dir = next
	}
	return dir, nil
}

func (r *resolver) followLink(dir, link string, info fs.FileInfo) (string, error) {
	if r.links++; r.links > maxLinks {
		return "", fmt.Errorf("follow %s: too many links", r.path)
	}
	target, err := os.Readlink(link)
	if err != nil {
		return "", err
	}
	var to string
	if filepath.IsAbs(target) {
		to, err = r.followAll(target)
	} else {
		to, err = r.follow(dir, strings.Split(target, string(filepath.Separator)))
	}
	if err == nil && !trusted(info) && !within(dir, to) {
		return "", linkOut(link, dir)
	}
	return to, err
}

// trusted reports whether a link is root's or one's own.
func trusted(info fs.FileInfo) bool {
	uid, _, known := platform.Owner(info)
	return known && (uid == 0 || uid == os.Geteuid())
}

// within reports whether a path lies below a directory, or is it. Both are
// without links.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// same reports whether two looks saw one file.
func (localFiles) same(a, b fs.FileInfo) bool { return os.SameFile(a, b) }

package powercut

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Disk is a model of a disk with a cache, for one directory. What a file holds
// lasts from its sync on, what a name means from the sync of the directory on.
type Disk struct {
	dir          string
	names, saved map[string]*inode
}

type inode struct {
	saved   []byte
	pending []Event
}

// NewDisk is the disk with a directory that is still empty.
func NewDisk(dir string) *Disk {
	return &Disk{dir: dir, names: map[string]*inode{}, saved: map[string]*inode{}}
}

// Keep puts a file on the disk that was there, and synced, before the trace.
func (d *Disk) Keep(name string, content []byte) {
	file := &inode{saved: content}
	d.names[name], d.saved[name] = file, file
}

// Do applies one system call.
func (d *Disk) Do(t *testing.T, e Event) {
	t.Helper()
	if e.Path == d.dir {
		if e.Call == "fsync" || e.Call == "fdatasync" {
			d.saved = maps.Clone(d.names)
		}
		return
	}
	name := filepath.Base(e.Path)
	if strings.HasSuffix(name, "-shm") {
		return // it is made anew after a power cut
	}
	file := d.names[name]
	switch e.Call {
	case "open", "openat":
		if file == nil {
			d.names[name] = &inode{}
		}
	case "write":
		t.Fatalf("the test's disk knows no position: %s", e.Line)
	case "pwrite64", "ftruncate":
		file.pending = append(file.pending, e)
	case "fsync", "fdatasync":
		for _, p := range file.pending {
			file.saved = p.apply(file.saved, nil)
		}
		file.pending = nil
	case "unlink", "unlinkat":
		delete(d.names, name)
	case "rename", "renameat", "renameat2":
		delete(d.names, name)
		d.names[filepath.Base(e.To)] = file
	}
}

// apply changes content as the call does; with a chance, each sector of a write
// and each truncation may be missing.
func (e Event) apply(content []byte, chance *rand.Rand) []byte {
	if e.Call == "ftruncate" {
		if chance != nil && chance.IntN(2) == 0 {
			return content
		}
		return resize(content, int(e.Offset))
	}
	const sector = 512
	for at := 0; at < len(e.Data); at += sector {
		if chance != nil && chance.IntN(2) == 0 {
			continue
		}
		part := e.Data[at:min(at+sector, len(e.Data))]
		content = resize(content, max(len(content), int(e.Offset)+at+len(part)))
		copy(content[int(e.Offset)+at:], part)
	}
	return content
}

func resize(content []byte, size int) []byte {
	if size <= len(content) {
		return content[:size]
	}
	return append(bytes.Clone(content), make([]byte, size-len(content))...)
}

// Cut writes what a power cut leaves into a directory: only what was synced, or
// with a chance some of the rest too.
func (d *Disk) Cut(t *testing.T, dir string, chance *rand.Rand) {
	t.Helper()
	names := d.saved
	if chance != nil && chance.IntN(2) == 0 {
		names = d.names
	}
	for name, file := range names {
		content := bytes.Clone(file.saved)
		if chance != nil {
			for _, p := range file.pending {
				content = p.apply(content, chance)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

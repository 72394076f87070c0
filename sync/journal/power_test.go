package journal

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// disk is a model of a disk with a cache, for one directory. What a file holds
// lasts from its sync on, what a name means from the sync of the directory on.
type disk struct {
	dir          string
	names, saved map[string]*inode
}

type inode struct {
	saved   []byte
	pending []event
}

func newDisk(dir string) *disk {
	return &disk{dir: dir, names: map[string]*inode{}, saved: map[string]*inode{}}
}

// do applies one system call.
func (d *disk) do(t *testing.T, e event) {
	t.Helper()
	if e.path == d.dir {
		if e.call == "fsync" || e.call == "fdatasync" {
			d.saved = maps.Clone(d.names)
		}
		return
	}
	name := filepath.Base(e.path)
	if strings.HasSuffix(name, "-shm") {
		return // it is made anew after a power cut
	}
	file := d.names[name]
	switch e.call {
	case "open", "openat":
		if file == nil {
			d.names[name] = &inode{}
		}
	case "write":
		t.Fatalf("the test's disk knows no position: %s", e.line)
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
		d.names[filepath.Base(e.to)] = file
	}
}

// apply changes content as the call does; with a chance, each sector of a write
// and each truncation may be missing.
func (e event) apply(content []byte, chance *rand.Rand) []byte {
	if e.call == "ftruncate" {
		if chance != nil && chance.IntN(2) == 0 {
			return content
		}
		return resize(content, int(e.offset))
	}
	const sector = 512
	for at := 0; at < len(e.data); at += sector {
		if chance != nil && chance.IntN(2) == 0 {
			continue
		}
		part := e.data[at:min(at+sector, len(e.data))]
		content = resize(content, max(len(content), int(e.offset)+at+len(part)))
		copy(content[int(e.offset)+at:], part)
	}
	return content
}

func resize(content []byte, size int) []byte {
	if size <= len(content) {
		return content[:size]
	}
	return append(bytes.Clone(content), make([]byte, size-len(content))...)
}

// cut writes what a power cut leaves into a directory: only what was synced, or
// with a chance some of the rest too.
func (d *disk) cut(t *testing.T, dir string, chance *rand.Rand) {
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
		write(t, filepath.Join(dir, name), content)
	}
}

// The power is cut after each system call of a child in turn, once so that all
// is lost that was not synced and once so that some of it, by sectors,
// is there: nothing acknowledged is lost, and the journal is whole.
func TestS32NothingAcknowledgedIsLostToAPowerCut(t *testing.T) {
	for _, network := range []string{"", "NFS"} {
		t.Run(network, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state-"+network)
			d, told := newDisk(dir), acknowledged{map[int64]bool{}, map[int64]bool{}}
			cuts := 0
			for i, e := range trace(t, dir) {
				if strings.HasPrefix(string(e.data), "ack ") {
					told.read(t, bytes.NewReader(e.data))
					continue
				}
				d.do(t, e)
				for try := range 2 {
					var chance *rand.Rand
					if try > 0 {
						chance = rand.New(rand.NewPCG(uint64(i), uint64(try)))
					}
					after := filepath.Join(t.TempDir(), fmt.Sprintf("cut-%d", try))
					must(t, os.Mkdir(after, 0o700))
					d.cut(t, after, chance)
					told.verify(t, after, on(network))
					must(t, os.RemoveAll(after))
					cuts++
				}
				if t.Failed() {
					t.Fatalf("after call %d: %s", i, e.line)
				}
			}
			t.Logf("%d power cuts, %d intents and %d outcomes acknowledged at the end", cuts, len(told.intended), len(told.recorded))
			if len(told.intended) != 60 || len(told.recorded) != 24 {
				t.Error("not all was acknowledged")
			}
		})
	}
}

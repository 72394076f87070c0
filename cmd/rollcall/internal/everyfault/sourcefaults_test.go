package everyfault

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rollcall/.ci/suite"
)

// sourceFault is what is wrong with the file of a source during one run.
type sourceFault struct {
	name string
	file string
	// spoil makes the content of the run from that of the step; nil is a missing file.
	spoil func(content []byte) []byte
	// written has somebody write the file again while the run waits for it to settle, so
	// often.
	written int
}

// concern is everything in the organizations that the file feeds (S14).
func (f *sourceFault) concern(w *world) concern {
	return concern{organization: w.fed[f.file], effects: []effect{gain, loss, change}}
}

// fileFaults are the faults of a file that its end marker, its last line or its rows show.
func fileFaults(file string) []sourceFault {
	cut := func(at func(content []byte) int) func([]byte) []byte {
		return func(content []byte) []byte { return content[:at(content)] }
	}
	marker := func(content []byte) int { return bytes.LastIndex(content, []byte("#end")) }
	list := []sourceFault{
		{name: "missing"},
		{name: "empty", spoil: cut(func([]byte) int { return 0 })},
		{name: "only its header", spoil: cut(func(content []byte) int { return bytes.IndexByte(content, '\n') + 1 })},
		{name: "short after a row", spoil: cut(func(content []byte) int { return bytes.LastIndexByte(content[:marker(content)-1], '\n') + 1 })},
		{name: "short in a row", spoil: cut(func(content []byte) int { return marker(content) - 3 })},
		{name: "without its marker", spoil: cut(marker)},
		{name: "short in its marker", spoil: cut(func(content []byte) int { return len(content) - 2 })},
		{name: "without its last newline", spoil: cut(func(content []byte) int { return len(content) - 1 })},
		{name: "with a row less than its marker says", spoil: func(content []byte) []byte {
			from := bytes.IndexByte(content, '\n') + 1
			to := from + bytes.IndexByte(content[from:], '\n') + 1
			return append(slices.Clone(content[:from]), content[to:]...)
		}},
		{name: "with a marker in its middle", spoil: func(content []byte) []byte {
			return append(slices.Clone(content), "99,late@corp.example,staff,law\n"...)
		}},
		{name: "with a row that is damaged", spoil: func(content []byte) []byte {
			return bytes.Replace(content, []byte("@corp.example"), []byte("\x00"), 1)
		}},
		{name: "a page of a proxy", spoil: func([]byte) []byte { return []byte("<html><body>Sign in</body></html>\n") }},
		{name: "written again while it settles", spoil: bytes.Clone, written: 1},
		{name: "written without end", spoil: bytes.Clone, written: 1 << 30},
	}
	for i := range list {
		list[i].file = file
	}
	return list
}

// strike spoils the file, until healFiles.
func (f *sourceFault) strike(s *story) {
	s.t.Helper()
	path := filepath.Join(s.dir, f.file)
	content, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.restore = append(s.restore, func() { s.write(path, content) })
	if len(s.past) == 1 {
		s.mask("fact state ") // a first run that could not read all leaves a doubt for good (S31)
	}
	s.spoiled++
	if f.spoil == nil {
		if err := os.Remove(path); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	s.write(path, f.spoil(content))
	if f.written == 0 {
		return
	}
	s.touch(path)
	left := f.written
	s.settles = func(file string) {
		if left--; left >= 0 && filepath.Base(file) == f.file {
			s.touch(path)
		}
	}
}

// healFiles ends the faults of files.
func (s *story) healFiles() {
	for _, restore := range s.restore {
		restore()
	}
	s.restore, s.settles = nil, func(string) {}
}

// write writes a file that settled long ago.
func (s *story) write(path string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Chtimes(path, s.began, s.began); err != nil {
		s.t.Fatal(err)
	}
}

// touch makes a file one that was written in a second from now, while rollcall waits.
func (s *story) touch(path string) {
	s.t.Helper()
	now := time.Now().Add(time.Second)
	if err := os.Chtimes(path, now, now); err != nil {
		s.t.Fatal(err)
	}
}

// markedSources are two files with a marker at their ends, which must settle.
const markedSources = `[{name: hr, csv: {path: people.csv, settle: 5s, end_marker: "#end {rows}", columns: {id: id, email: email, groups: {column: teams, separator: ";"}}}},
  {name: crm, csv: {path: others.csv, settle: 5s, end_marker: "#end {rows}", columns: {id: id, email: email, groups: {column: teams, separator: ";"}}}}]`

// sourceWorlds are those whose files have faults.
var sourceWorlds = []*world{
	{name: "two files", users: "ada ben cy dee eve fay", marked: true, sources: markedSources, fed: map[string]string{"people.csv": "acme", "others.csv": "beta"}, rules: `
  - {groups: [chiefs], source: hr, organization: acme, role: "org:admin", allow_empty: [chiefs]}
  - {groups: [staff], source: hr, organization: acme, role: "org:member", allow_empty: [staff]}
  - {groups: [sales], source: crm, organization: beta, role: "org:member", allow_empty: [sales], metadata: {public: {dept: "{dept}"}}}`, from: 1, steps: []step{
		{people: "1 ada staff law\n2 ben staff law\n3 cy chiefs law", others: "4 dee sales law\n5 eve sales law"},
		// ben leaves acme, cy is no chief any more, ada is one; eve leaves beta, fay joins it, dee
		// gets another department.
		{people: "1 ada chiefs law\n3 cy staff law", others: "4 dee sales tax\n6 fay sales law"},
		{},
	}},
	{name: "a file and its grace", users: "ada ben cy dee eve", marked: true, sync: ", grace: 24h", every: 24*time.Hour + time.Minute, sources: markedSources,
		fed: map[string]string{"people.csv": "acme", "others.csv": "beta"}, rules: `
  - {groups: [staff], source: hr, organization: acme, role: "org:member", allow_empty: [staff]}
  - {groups: [sales], source: crm, organization: beta, role: "org:member", allow_empty: [sales]}`, steps: []step{
			{people: "1 ada staff law\n2 ben staff law", others: "4 dee sales law\n5 eve sales law"},
			{people: "1 ada staff law", others: "4 dee sales law", waits: true},
			{},
		}},
}

// inLong is how many cells of a world the long tests try.
const inLong = 20

// Each fault of each file of a source heals as those of Clerk do: nobody loses anything by
// it (S09, S11), the organizations of the other source are finished in the same run
// (S14), and two runs later nothing is left of it.
func TestS14EveryFaultOfAFile(t *testing.T) {
	t.Parallel()
	found, short := newTally(), suite.Short(t) || suite.Race
	t.Run("worlds", func(t *testing.T) {
		for _, w := range sourceWorlds {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				c := recorded(t, w)
				var cells []*cell
				for step := w.firstStep(); step < len(w.steps); step++ {
					for _, file := range []string{"people.csv", "others.csv"} {
						for _, f := range fileFaults(file) {
							cells = append(cells, c.with(fault{step: step, source: &f}))
						}
					}
				}
				switch {
				case os.Getenv(Every) == "all" || os.Getenv(Cell) != "":
				case short:
					cells = spread(cells, inShort)
				default:
					cells = spread(cells, inLong)
				}
				for _, c := range cells {
					if c.matches() {
						c.attempt(t, found, len(cells))
					}
				}
			})
		}
	})
	found.report(t)
}

func (f *sourceFault) String() string { return fmt.Sprintf("%s is %s", f.file, f.name) }

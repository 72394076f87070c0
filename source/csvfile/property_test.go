package csvfile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rollcall/source"
	"rollcall/source/file"
)

// drawRow draws a row of the people form from so few values that rows repeat,
// merge and contradict each other.
func drawRow(t *rapid.T) string {
	who := rapid.IntRange(1, 6).Draw(t, "who")
	id, email := fmt.Sprint(who), fmt.Sprintf("p%d@corp.example", who)
	switch rapid.IntRange(0, 20).Draw(t, "kind") {
	case 0:
		id = ""
	case 1:
		email = ""
	case 2:
		email = "p1@corp.example"
	case 3:
		email = "nobody"
	}
	groups := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", ""}), 0, 3).Draw(t, "groups")
	return id + "," + email + "," + strings.Join(groups, ";") + "\n"
}

// readString reads a text through standard input.
func readString(t *rapid.T, text string, columns Columns, want source.Request) (*source.Snapshot, error) {
	s := Open("hr", Config{Path: "-", Columns: columns}, source.Canaries{}, file.Options{Stdin: strings.NewReader(text)})
	return s.Read(t.Context(), want)
}

// unplaced drops what names places: only that may depend on the order of rows.
func unplaced(s *source.Snapshot) *source.Snapshot {
	if s == nil {
		return nil
	}
	s.Notes = nil
	for i := range s.People {
		s.People[i].Origin = source.Origin{}
	}
	for i := range s.Groups {
		s.Groups[i].Origin = source.Origin{}
	}
	for i := range s.Rows {
		s.Rows[i].Origin = source.Origin{}
	}
	return s
}

// TestRowOrderIsIrrelevant reads the same rows in two orders.
func TestRowOrderIsIrrelevant(t *testing.T) {
	want := source.Request{Groups: []source.Selector{{Name: "a"}, {Glob: "[ac]"}}}
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawRow), 1, 12).Draw(t, "rows")
		other := rapid.Permutation(rows).Draw(t, "other")
		one, oneErr := readString(t, "id,email,groups\n"+strings.Join(rows, ""), peopleForm(), want)
		two, twoErr := readString(t, "id,email,groups\n"+strings.Join(other, ""), peopleForm(), want)
		if isDamage(oneErr) != isDamage(twoErr) || (one == nil) != (two == nil) {
			t.Fatalf("one order gives %v, the other %v", oneErr, twoErr)
		}
		if d := cmp.Diff(unplaced(one), unplaced(two)); d != "" {
			t.Fatalf("the order of rows matters:\n%s", d)
		}
	})
}

// TestMembershipOrderIsIrrelevant does the same for the membership form.
func TestMembershipOrderIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.Custom(func(t *rapid.T) string {
			who := rapid.IntRange(1, 5).Draw(t, "who")
			role := "org:member"
			if rapid.IntRange(0, 15).Draw(t, "role") == 0 {
				role = "org:admin"
			}
			return fmt.Sprintf("%d,p%d@corp.example,%s,%s\n", who, who, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "org"), role)
		})
		rows := rapid.SliceOfN(row, 1, 10).Draw(t, "rows")
		other := rapid.Permutation(rows).Draw(t, "other")
		one, oneErr := readString(t, "id,email,org,role\n"+strings.Join(rows, ""), membershipForm(), source.Request{})
		two, twoErr := readString(t, "id,email,org,role\n"+strings.Join(other, ""), membershipForm(), source.Request{})
		if isDamage(oneErr) != isDamage(twoErr) {
			t.Fatalf("one order gives %v, the other %v", oneErr, twoErr)
		}
		if d := cmp.Diff(unplaced(one), unplaced(two)); d != "" {
			t.Fatalf("the order of rows matters:\n%s", d)
		}
	})
}

// TestPermute moves every element to where the order says.
func TestPermute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		want := make([]int32, n)
		for i := range want {
			want[i] = int32(i)
		}
		want = rapid.Permutation(want).Draw(t, "order")
		got := make([]int32, n)
		for i := range got {
			got[i] = int32(i)
		}
		permute(got, append([]int32{}, want...))
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// FuzzCSV reads any bytes: the answer is a whole snapshot or an error, and
// damage always says where.
func FuzzCSV(f *testing.F) {
	for _, c := range append(append(cellDamage(), rowDamage()...), membershipDamage()...) {
		if len(c.text) < 1000 {
			f.Add([]byte(c.text), uint8(0))
		}
	}
	f.Add([]byte(utf16LE("\ufeffid,email,groups\n1,ann@corp.example,a\n")), uint8(1))
	f.Add([]byte("email,org,role,id\nann@corp.example,acme,org:admin,7\nEND"), uint8(6))
	f.Add([]byte("sep=;\nid;email;groups;status\n#\n1;ann@corp.example;a;active\nEND\n"), uint8(8))
	f.Add([]byte("x\nid,email,groups,status\n1,ann@corp.example,a,active\n2,ben@corp.example,a,left\n"), uint8(16))
	encodings := []string{"utf-8", "utf-16", "utf-16be", "windows-1252"}
	f.Fuzz(func(t *testing.T, text []byte, mode uint8) {
		c := Config{Path: "-", Columns: peopleForm(), Encoding: encodings[mode&3], EndMarker: "END"}
		if mode&4 != 0 {
			c.Columns = membershipForm()
		}
		if mode&24 != 0 {
			c.Where, c.Comment, c.HeaderLine = map[string][]string{"status": {"active", ""}}, "#", int(mode&16>>3)
		}
		s, err := openCSV(t, c, file.Options{Stdin: strings.NewReader(string(text))}).Read(t.Context(), source.Request{})
		if err != nil {
			checkDamage(t, s, err)
			return
		}
		checkSnapshot(t, s)
	})
}

func checkDamage(t *testing.T, s *source.Snapshot, err error) {
	d, ok := errors.AsType[*source.DamageError](err)
	if s != nil || !ok || len(d.Rows) == 0 {
		t.Fatalf("got %v with %v", s, err)
	}
	for _, r := range d.Rows {
		if r.Line < 1 || r.Column < 1 || r.Problem == "" {
			t.Fatalf("no place: %+v", r)
		}
	}
}

func checkSnapshot(t *testing.T, s *source.Snapshot) {
	if len(s.People) == 0 {
		t.Fatal("nobody in a whole snapshot")
	}
	for _, p := range s.People {
		if p.Email == "" && p.ID == "" || source.HasInvisible(p.ID) {
			t.Fatalf("nobody: %+v", p)
		}
		if again, err := source.FoldEmail(p.Email); p.Email != "" && (err != nil || again != p.Email) {
			t.Fatalf("address is not folded: %+v", p)
		}
	}
	for _, g := range s.Groups {
		for _, m := range g.Members {
			_ = s.People[m.Person]
		}
	}
	for _, r := range s.Rows {
		if _ = s.People[r.Person]; r.Role == "" || r.Organization == "" {
			t.Fatalf("no membership: %+v", r)
		}
	}
}

// BenchmarkMillion reads a million rows of either form and tells how fast, and
// how much of the heap was in use at most.
func BenchmarkMillion(b *testing.B) {
	const rows = 1_000_000
	forms := map[string]struct {
		head    string
		columns Columns
	}{"people": {"id,email,groups\n", peopleForm()}, "memberships": {"id,email,org,role\n", membershipForm()}}
	for name, form := range forms {
		b.Run(name, func(b *testing.B) {
			var text strings.Builder
			text.WriteString(form.head)
			for i := range rows {
				last := fmt.Sprintf("team-%d;all", i%500)
				if name == "memberships" {
					last = fmt.Sprintf("org-%d,org:member", i%500)
				}
				fmt.Fprintf(&text, "E%07d,person.%d@corp.example,%s\n", rand.IntN(1<<40)<<20|i, i, last)
			}
			path := writeFile(b, b.TempDir()+"/people.csv", text.String())
			text.Reset()
			runtime.GC()
			s := openCSV(b, Config{Path: path, Columns: form.columns})
			stop, peak := watchHeap()
			for b.Loop() {
				if got, err := s.Read(b.Context(), source.Request{}); err != nil || len(got.People) != rows {
					b.Fatal(err)
				}
			}
			close(stop)
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(<-peak)/(1<<20), "peak-MB")
		})
	}
}

func watchHeap() (stop chan struct{}, peak chan uint64) {
	stop, peak = make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return stop, peak
}

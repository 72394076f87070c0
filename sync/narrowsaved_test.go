package sync

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"rollcall/sync/internal/fake"
	"rollcall/sync/journal"
	"rollcall/sync/recent"
)

// processes has each run of a chronicle made by a process of its own, which reads what the
// last one has saved.
type processes struct {
	*chronicle
	t    *testing.T
	file bytes.Buffer
}

// next makes the lists of the next process.
func (p *processes) next() *recent.Listing {
	p.t.Helper()
	lists := recent.ToSave()
	if p.file.Len() > 0 {
		if err := lists.Load(&p.file); err != nil {
			p.t.Fatal(err)
		}
	}
	p.options = []Option{WithRecent(lists)}
	return lists
}

// save leaves the lists of a process to the next one.
func (p *processes) save(lists *recent.Listing) {
	p.t.Helper()
	p.file.Reset()
	if err := lists.Save(&p.file); err != nil {
		p.t.Fatal(err)
	}
}

// forOne makes the run for one person in the next process.
func (p *processes) forOne(who string) *Report {
	p.t.Helper()
	lists := p.next()
	report := p.chronicle.forOne(who)
	p.save(lists)
	return report
}

// atWork is a company whose first run was made by a process that has ended. Dan is about
// to join.
func atWork(t *testing.T) (*processes, *fake.Clerk) {
	s, f := company(t)
	f.User("user_dan", "dan@corp.example")
	p := &processes{chronicle: begin(t, s), t: t}
	lists := p.next()
	p.apply()
	p.save(lists)
	p.sources[0] = fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example").Group("staff", 0, 1, 2, 3)
	return p, f
}

// A command reads one person by the lists that the last process has saved, and so does the
// one after it.
func TestACommandReadsOnePersonNarrowly(t *testing.T) {
	t.Parallel()
	p, f := atWork(t)
	wantScope(t, p.forOne("dan@corp.example"), 1, "")
	if m := f.Find("org_acme", "user_dan"); m == nil || string(m.Private) != fake.Ours("4") {
		t.Errorf("dan has %+v", m)
	}
	if n := p.sent(); f.Reads["memberships"] != 0 || n > 10 {
		t.Errorf("%d requests: %v", n, f.Reads)
	}
	wantScope(t, p.forOne("ben@corp.example"), 1, "")
}

// What is saved serves nobody once it may be wrong (S09, S16).
func TestS09SavedListsThatServeNobody(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		because recent.Reason
		change  func(p *processes, f *fake.Clerk)
	}{
		{recent.NoListing, func(p *processes, _ *fake.Clerk) { p.file.Reset() }},
		{recent.OldListing, func(p *processes, _ *fake.Clerk) { p.now = p.now.Add(time.Hour) }},
		{recent.ChangedListing, func(_ *processes, f *fake.Clerk) {
			f.User("user_eve", "eve@else.example")
			f.Member("acme", "user_eve", "org:member", "")
		}},
		{recent.OtherRun, func(p *processes, _ *fake.Clerk) { // one that was killed, or could not save
			id, err := p.db.Begin(t.Context(), journal.Run{Verb: "apply"})
			if err != nil {
				t.Fatal(err)
			}
			_ = p.db.Finish(t.Context(), id, p.finish)
		}},
		{recent.OldListing, func(p *processes, _ *fake.Clerk) { p.now = p.now.Add(-24 * time.Hour) }}, // the clock was set back
		{recent.Loss, func(p *processes, _ *fake.Clerk) {
			p.sources[0] = fake.HR("1 ann@corp.example", "2 ben@corp.example", "3 cy@corp.example", "4 dan@corp.example").Group("staff", 0, 1, 2)
		}},
	} {
		t.Run(string(x.because), func(t *testing.T) {
			p, f := atWork(t)
			if x.because == recent.Loss {
				p.forOne("dan@corp.example")
			}
			x.change(p, f)
			wantScope(t, p.forOne("dan@corp.example"), 0, x.because)
			if is, want := f.Find("org_acme", "user_dan") != nil, x.because != recent.Loss; is != want || f.Reads["memberships"] == 0 {
				t.Errorf("dan is a member: %v; %v", is, f.Reads)
			}
		})
	}
}

// A file that was cut off or altered, or that another version has written, is refused
// whole.
func TestS32DamagedListsAreRefused(t *testing.T) {
	t.Parallel()
	p, _ := atWork(t)
	whole := p.file.String()
	damaged := map[string]string{"empty": "", "no gzip": "{}", "a bit": whole[:len(whole)/2] + string(whole[len(whole)/2]^1) + whole[len(whole)/2+1:]}
	for n := range len(whole) {
		damaged["cut at "+string(rune('0'+n%10))+strings.Repeat("0", n/10)] = whole[:n]
	}
	for name, text := range damaged {
		lists := recent.ToSave()
		if err := lists.Load(strings.NewReader(text)); err == nil {
			t.Errorf("%s is accepted", name)
		}
		p.options = []Option{WithRecent(lists)}
	}
	wantScope(t, p.chronicle.forOne("dan@corp.example"), 0, recent.NoListing)
}

package progress

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hinshun/vt10x"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync/plan"
)

var budget = clerkapi.Rate{Requests: 90, Window: 10 * time.Second}

// shown is a terminal of 80 columns with a run on it.
type shown struct {
	t      *testing.T
	raw    strings.Builder
	vt     vt10x.Terminal
	screen *Screen
	Display
}

// Write translates line ends as a terminal does.
func (s *shown) Write(p []byte) (int, error) {
	s.raw.Write(p)
	_, err := s.vt.Write([]byte(strings.ReplaceAll(string(p), "\n", "\r\n")))
	return len(p), err
}

func show(t *testing.T, style terminal.Style, columns int) *shown {
	s := &shown{t: t, vt: vt10x.New(vt10x.WithSize(columns, 24))}
	s.screen = newScreen(s, func() int { return columns })
	s.Display = NewLive(s.screen, style, budget)
	return s
}

// text is what stands on the terminal.
func (s *shown) text() string {
	lines := strings.Split(s.vt.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func (s *shown) wants(when, want string) {
	s.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), s.text()); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s\n%s", when, diff, s.text())
	}
}

// The screens of a long run, at 80 columns.
func TestScreensOfALongRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, terminal.Style{}, 80)
		s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 2})
		time.Sleep(400 * time.Millisecond)
		s.wants("before half a second", "")
		s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Done: 1, Total: 2, Source: "people", People: 48590})
		time.Sleep(3*time.Second + 50*time.Millisecond)
		s.wants("one source of two", `
Read     people: 48,590 people                                            0.4 s
Read     █████████████████░░░░░░░░░░░░░░░░░  1 of 2 sources  3 s`)
		s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Done: 2, Total: 2, Source: "corp", Failed: true})
		s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Organizations})
		time.Sleep(time.Second)
		s.wants("organizations", `
Read     people: 48,590 people                                            0.4 s
Read     corp: could not be read                                          3.5 s
Read     Clerk: organizations … 1 s`)
		s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Organizations, Done: 60, Total: 60})
		s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Memberships, Total: 48922})
		time.Sleep(2 * time.Second)
		s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Memberships, Done: 12000, Total: 48922})
		s.Wait(Wait{For: 9 * time.Second, Limit: budget})
		time.Sleep(2 * time.Second)
		s.wants("memberships, and a wait", `
Read     people: 48,590 people                                            0.4 s
Read     corp: could not be read                                          3.5 s
Read     ███████░░░░░░░░░░░░░░░░░░░░░░░░  12,000 of 48,922 memberships  3,037/s
         waiting 7 s for Clerk's limit of 90 requests in 10 s`)
		time.Sleep(7 * time.Second)
		s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Memberships, Done: 48922, Total: 48922})
		s.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Total: 1862})
		time.Sleep(92 * time.Second)
		s.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Done: 1012, Total: 1862, Tally: plan.Tally{Joined: 523, Changed: 480, Left: 7, Failed: 2}})
		time.Sleep(200 * time.Millisecond)
		s.wants("changes", `
Read     people: 48,590 people                                            0.4 s
Read     corp: could not be read                                          3.5 s
Read     Clerk: 60 organizations, 48,922 memberships                       12 s
Apply    ██████████████░░░░░░░░░░░░░  1,012 of 1,862 changes  10/s  1m 34s left
         523 memberships added, 480 changed, 7 removed, 2 failed
         Ctrl-C stops after the calls in flight; nothing is lost.`)
		s.Stopping()
		time.Sleep(200 * time.Millisecond)
		if !strings.Contains(s.text(), "\n         Stopping: the calls in flight finish first.") || strings.Contains(s.text(), "Ctrl-C") {
			t.Errorf("stopping:\n%s", s.text())
		}
		s.Close()
		_, _ = fmt.Fprintln(s, "Applied: 1010 changes.")
		s.wants("the report is last", `
Read     people: 48,590 people                                            0.4 s
Read     corp: could not be read                                          3.5 s
Read     Clerk: 60 organizations, 48,922 memberships                       12 s
Apply    1,012 of 1,862: 523 added, 480 changed, 7 removed, 2 failed     1m 32s
Applied: 1010 changes.`)
	})
}

// The same moment at other widths: first the speed is left out, then the time, then
// the bar.
func TestScreenAtOtherWidths(t *testing.T) {
	for columns, want := range map[int]string{
		120: `
Read     people: 48,590 people                                                                 1.0 s
Read     Clerk: 60 organizations, 48,922 memberships, 4,892 users                              2.0 s
Apply    ██████████████████░░░░░░░░░░░░░░░░  1,012 of 1,862 changes  10/s  1m 34s left
         523 memberships added, 480 changed, 7 removed, 2 failed
         waiting 9 s for Clerk's limit of 90 requests in 10 s
         Ctrl-C stops after the calls in flight; nothing is lost.`,
		60: `
Read     people: 48,590 people                        1.0 s
Read     Clerk: 60 organizations, 48,922 memberships  2.0 s
Apply    ███████░░░░░░  1,012 of 1,862 changes  1m 34s left
523 memberships added, 480 changed, 7 removed, 2 failed
waiting 9 s for Clerk's limit of 90 requests in 10 s
Ctrl-C stops after the calls in flight; nothing is lost.`,
		40: `
Read     people: 48,590 people    1.0 s
Read     Clerk: 60 organizations  2.0 s
Apply    1,012 of 1,862 changes
523 added, 480 changed, 7 removed, 2 f…
waiting 9 s for Clerk's limit of 90 re…
Ctrl-C stops after the calls in flight…`,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := show(t, terminal.Style{}, columns)
			s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 1})
			time.Sleep(time.Second)
			s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Done: 1, Total: 1, Source: "people", People: 48590})
			s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Organizations, Done: 60, Total: 60})
			s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Memberships, Done: 48922, Total: 48922})
			time.Sleep(2 * time.Second)
			s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Users, Done: 4892, Total: 4892})
			s.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Total: 1862})
			time.Sleep(92 * time.Second)
			s.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Done: 1012, Total: 1862, Tally: plan.Tally{Joined: 523, Changed: 480, Left: 7, Failed: 2}})
			s.Wait(Wait{For: 9 * time.Second, Limit: budget})
			time.Sleep(200 * time.Millisecond)
			s.wants(fmt.Sprint(columns, " columns"), want)
			s.Close()
		})
	}
}

// A run that ends soon leaves nothing on the screen but its report.
func TestShortRunShowsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, terminal.Style{On: true}, 80)
		s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 1})
		time.Sleep(490 * time.Millisecond)
		s.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Done: 3, Total: 3})
		s.Close()
		time.Sleep(time.Second)
		if s.raw.Len() > 0 {
			t.Errorf("it wrote %q", s.raw.String())
		}
	})
}

// A display shows the next run as it showed the first.
func TestDisplayShowsASecondRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, terminal.Style{}, 80)
		for range 2 {
			s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 1})
			time.Sleep(time.Second)
			s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Done: 1, Total: 1, Source: "hr", People: 1})
			s.Close()
		}
		s.wants("two runs", `
Read     hr: 1 person                                                     1.0 s
Read     hr: 1 person                                                     1.0 s`)
	})
}

// Lines of the log and lines that change do not overwrite each other.
func TestLogStandsAboveTheProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, terminal.Style{}, 80)
		s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 1})
		_, _ = fmt.Fprintln(s.screen, "WARN early")
		time.Sleep(time.Second)
		for i := range 3 {
			_, _ = fmt.Fprintln(s.screen, "WARN", i, strings.Repeat("long ", 20))
			time.Sleep(time.Second)
		}
		s.wants("in the middle", `
WARN early
WARN 0 long long long long long long long long long long long long long long
│ long long long long long long
WARN 1 long long long long long long long long long long long long long long
│ long long long long long long
WARN 2 long long long long long long long long long long long long long long
│ long long long long long long
Read     ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0 of 1 source  4 s`)
		s.Close()
		_, _ = fmt.Fprintln(s.screen, "WARN late")
		if text := s.text(); !strings.HasSuffix(text, "g long long long long long\nWARN late") {
			t.Errorf("after the end:\n%s", text)
		}
	})
}

// Outside of a run a wait is one line, which stays; in a run it ends.
func TestWaitIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, terminal.Style{}, 80)
		s.Wait(Wait{For: 9 * time.Second, Limit: budget})
		s.wants("outside", "waiting 9 s for Clerk's limit of 90 requests in 10 s")
		s.Watch(plan.Progress{Stage: plan.ReadSources, Unit: plan.Sources, Total: 1})
		s.Wait(Wait{For: 5 * time.Second, File: "people\x1b[2J.csv"})
		for _, want := range []string{"4 s", "3 s"} { // it counts down
			time.Sleep(time.Second)
			if text := s.text(); !strings.Contains(text, "waiting "+want+` for people\u001b[2J.csv to settle`) {
				t.Errorf("settling:\n%s", text)
			}
		}
		time.Sleep(3 * time.Second)
		s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Memberships, Total: 10000})
		time.Sleep(time.Second)
		if text := s.text(); strings.Contains(text, "settle") {
			t.Errorf("the wait is over:\n%s", text)
		}
		s.Close()
	})
}

// At every width no line is longer than the screen: one that wraps would not be
// overwritten. Without colours there are no codes of colours.
func TestLinesFitEveryWidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, columns := range []int{20, 40, 60, 80, 120, 200} {
			for _, on := range []bool{true, false} {
				s := show(t, terminal.Style{On: on}, columns)
				s.Watch(plan.Progress{Stage: plan.ReadClerk, Unit: plan.Memberships, Done: 123456, Total: 1234567})
				time.Sleep(time.Second)
				s.Wait(Wait{For: 9 * time.Second, Limit: budget})
				s.Watch(plan.Progress{Stage: plan.Applying, Unit: plan.Changes, Done: 1234, Total: 123456, Tally: plan.Tally{Joined: 1, Invited: 2, Changed: 3, Left: 4, Skipped: 5, Failed: 6}})
				time.Sleep(time.Second)
				s.Close()
				if coloured := regexp.MustCompile(`\x1b\[\d+m`).MatchString(s.raw.String()); coloured != on {
					t.Errorf("%d columns, colours %v: coloured %v", columns, on, coloured)
				}
				plain := regexp.MustCompile(`\x1b\[\d*[A-Za-z]`).ReplaceAllString(s.raw.String(), "")
				for line := range strings.Lines(plain) {
					if n := len([]rune(strings.Trim(line, "\r\n"))); n >= columns {
						t.Errorf("%d columns: %d characters: %q", columns, n, line)
					}
				}
			}
		}
	})
}

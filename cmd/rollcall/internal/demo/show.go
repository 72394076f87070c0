package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/sync"
)

// Stage is where the show takes place: how a verb is run, as a shell would, and
// what it reads and writes.
type Stage struct {
	Run            func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	LogLevel       string
	// Width is how many columns the lines of the show may have.
	Width int
}

// Show serves the company's Clerk on loopback for as long as the show lasts.
func (s *Stage) Show(ctx context.Context, dir string) error {
	company := New()
	server, err := sandbox.New(sandbox.Options{Seed: company.Seed(), Latency: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the demo: %w", err)
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- server.Serve(serving, listener) }()
	if err = writeCompany(dir, company, "http://"+listener.Addr().String()); err == nil {
		err = s.showVerbs(ctx, dir, company)
	}
	stop()
	if served := <-served; err == nil {
		err = served
	}
	return err
}

func writeCompany(dir string, company *Company, url string) error {
	err := os.WriteFile(filepath.Join(dir, "rollcall.yaml"), company.Config(url), 0o600)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "clerk-secret-key"), []byte(sandbox.DefaultSecretKey+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the demo's files: %w", err)
	}
	return nil
}

// writeDirectory replaces the file that the company's people stand in.
func writeDirectory(dir string, people []byte, err error) error {
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), people, 0o600); err != nil {
		return fmt.Errorf("write the demo's directory: %w", err)
	}
	return nil
}

// showVerbs runs the real verbs, one after the other.
func (s *Stage) showVerbs(ctx context.Context, dir string, company *Company) error {
	file := filepath.Join(dir, "rollcall.yaml")
	yesterday, err := company.Yesterday()
	if err := writeDirectory(dir, yesterday, err); err != nil {
		return err
	}
	if err := s.runYesterday(ctx, file); err != nil {
		return err
	}
	today, err := company.Today()
	if err := writeDirectory(dir, today, err); err != nil {
		return err
	}
	s.say("A company of 300 people in 8 organizations. Its directory is a CSV file, Clerk is an in-memory sandbox, and both agreed after yesterday's run. Since then people have joined, left and moved. First a dry run: what would be done, and why.")
	if err := s.showVerb(ctx, 3, "plan", "--config", file); err != nil {
		return err
	}
	s.say("Many people of Customer Support and two of Engineering are missing from the file. That is more than the guards allow, so these removals wait for approval. Apply does everything else.")
	if err := s.showVerb(ctx, 3, "apply", "--config", file); err != nil {
		return err
	}
	return s.showApproval(ctx, file)
}

// runYesterday fills Clerk from the directory of yesterday. The first admins that
// a pattern makes wait for approval (S21).
func (s *Stage) runYesterday(ctx context.Context, file string) error {
	hashes, err := s.heldHashes(ctx, file)
	if err != nil {
		return err
	}
	apply := []string{"apply", "--config", file, "--log-level", "error", "--progress", "none"}
	for _, hash := range hashes {
		apply = append(apply, "--approve", hash)
	}
	if code := s.Run(ctx, apply, nil, io.Discard, s.Stderr); code != 0 {
		return fmt.Errorf("the run of yesterday ended with exit code %d, not 0", code)
	}
	return nil
}

// showApproval ends the show: what was held is approved, and nothing is left.
func (s *Stage) showApproval(ctx context.Context, file string) error {
	s.say("The night shift was really closed, and the two engineers have left. So the admin checks the names and approves exactly these removals.")
	hashes, err := s.heldHashes(ctx, file)
	if err != nil {
		return err
	}
	approve := []string{"apply", "--config", file}
	for _, hash := range hashes {
		approve = append(approve, "--approve", hash)
	}
	if err := s.showVerb(ctx, 0, approve...); err != nil {
		return err
	}
	s.say("A last plan: Clerk and the directory agree, so there is nothing to do.")
	return s.showVerb(ctx, 0, "plan", "--config", file, "--exit-code")
}

func (s *Stage) say(text string) {
	_, _ = fmt.Fprintf(s.Stdout, "\n%s\n", terminal.Paragraph(text, s.Width)) // a lost line of the show harms nobody
}

// showVerb runs a verb as a shell would and expects the exit code that the show announces.
func (s *Stage) showVerb(ctx context.Context, want int, args ...string) error {
	const prompt = "$ "
	command := terminal.WrapCommand("rollcall "+strings.Join(args, " "), s.Width, len(prompt))
	_, _ = fmt.Fprintf(s.Stdout, "\n%s%s\n\n", prompt, command)
	args = append(slices.Clone(args), "--log-level", s.logLevel(), "--no-pager")
	if got := s.Run(ctx, args, s.Stdin, s.Stdout, s.Stderr); got != want {
		return fmt.Errorf("show %s: it ended with exit code %d, not %d", args[0], got, want)
	}
	_, _ = fmt.Fprintf(s.Stdout, "(exit code %d)\n", want)
	return nil
}

// logLevel keeps the log out of the show unless it was asked for.
func (s *Stage) logLevel() string {
	if s.LogLevel == "info" {
		return "error"
	}
	return s.LogLevel
}

// heldHashes are what the admin would copy from the plan.
func (s *Stage) heldHashes(ctx context.Context, file string) ([]string, error) {
	var out bytes.Buffer
	s.Run(ctx, []string{"plan", "--config", file, "--output", "json", "--log-level", "error"}, nil, &out, io.Discard)
	var r sync.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Plan == nil {
		return nil, fmt.Errorf("read the plan of the demo: %w", err)
	}
	var hashes []string
	for _, h := range r.Plan.Holds {
		if h.Approval != "" && !slices.Contains(hashes, h.Approval) {
			hashes = append(hashes, h.Approval)
		}
	}
	return hashes, nil
}

package main

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
	"time"

	"github.com/spf13/cobra"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/demo"
	"rollcall/sync"
)

func newDemo(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show rollcall at work on an invented company; needs no account and no files",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "rollcall-demo-")
			if err != nil {
				return fmt.Errorf("make a directory for the demo: %w", err)
			}
			defer func() { _ = os.RemoveAll(dir) }() // nothing depends on it
			return e.demo(c.Context(), dir)
		},
	}
}

// demo serves the company's Clerk on loopback for as long as the show lasts.
func (e *env) demo(ctx context.Context, dir string) error {
	company := demo.New()
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
		err = e.show(ctx, dir, company)
	}
	stop()
	if served := <-served; err == nil {
		err = served
	}
	return err
}

func writeCompany(dir string, company *demo.Company, url string) error {
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

// show runs the real verbs, one after the other.
func (e *env) show(ctx context.Context, dir string, company *demo.Company) error {
	file := filepath.Join(dir, "rollcall.yaml")
	yesterday, err := company.Yesterday()
	if err := writeDirectory(dir, yesterday, err); err != nil {
		return err
	}
	if code := run(ctx, []string{"apply", "--config", file, "--log-level", "error"}, nil, io.Discard, e.stderr); code != 0 {
		return fmt.Errorf("the run of yesterday ended with exit code %d, not 0", code)
	}
	today, err := company.Today()
	if err := writeDirectory(dir, today, err); err != nil {
		return err
	}
	e.say("A company of 300 people in 8 organizations. Its directory is a CSV file, Clerk is an in-memory sandbox,\nand yesterday's run left the two in step. Since then people came, left and moved. First a dry run:\nwhat would be done, and why.")
	if err := e.act(ctx, 3, "plan", "--config", file); err != nil {
		return err
	}
	e.say("A third of Customer Support is missing from the file. That is more than the guard for removals lets pass,\nso these removals wait, while everything else can go on. Apply does just that.")
	if err := e.act(ctx, 3, "apply", "--config", file); err != nil {
		return err
	}
	return e.showApproval(ctx, file)
}

// showApproval ends the show: what was held is approved, and nothing is left.
func (e *env) showApproval(ctx context.Context, file string) error {
	e.say("The night shift was really closed: the admin looks at the names and approves exactly this set of removals.")
	hashes, err := heldHashes(ctx, file)
	if err != nil {
		return err
	}
	approve := []string{"apply", "--config", file}
	for _, hash := range hashes {
		approve = append(approve, "--approve", hash)
	}
	if err := e.act(ctx, 0, approve...); err != nil {
		return err
	}
	e.say("A last plan: Clerk and the directory agree, and there is nothing left to do.")
	return e.act(ctx, 0, "plan", "--config", file, "--exit-code")
}

func (e *env) say(text string) {
	_, _ = fmt.Fprintf(e.stdout, "\n%s\n", text) // a lost line of the show harms nobody
}

// act runs a verb as a shell would and expects the exit code that the show announces.
func (e *env) act(ctx context.Context, want int, args ...string) error {
	_, _ = fmt.Fprintf(e.stdout, "\n$ rollcall")
	for _, a := range args {
		_, _ = fmt.Fprintf(e.stdout, " %s", a)
	}
	_, _ = fmt.Fprintf(e.stdout, "\n\n")
	args = append(slices.Clone(args), "--log-level", e.quietLevel())
	if got := run(ctx, args, e.stdin, e.stdout, e.stderr); got != want {
		return fmt.Errorf("show %s: it ended with exit code %d, not %d", args[0], got, want)
	}
	_, _ = fmt.Fprintf(e.stdout, "(exit code %d)\n", want)
	return nil
}

// quietLevel keeps the log out of the show unless it was asked for.
func (e *env) quietLevel() string {
	if e.flags.logLevel == "info" {
		return "error"
	}
	return e.flags.logLevel
}

// heldHashes are what the admin would copy from the plan.
func heldHashes(ctx context.Context, file string) ([]string, error) {
	var out bytes.Buffer
	run(ctx, []string{"plan", "--config", file, "--output", "json", "--log-level", "error"}, nil, &out, io.Discard)
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

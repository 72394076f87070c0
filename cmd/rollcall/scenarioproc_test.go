package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rollcall/clerkapi/sandbox"
)

// clerkProcess is a sandbox in a process of its own.
type clerkProcess struct {
	t   testing.TB
	url string
	key string
}

var listens = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

func startSandbox(t testing.TB, binary, dir, key string, flags ...string) *clerkProcess {
	t.Helper()
	args := append([]string{"sandbox", "--listen", "127.0.0.1:0", "--secret-key", key}, flags...)
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // the Wait tells when it was gone already
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url := listens.FindString(lines.Text()); url != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return &clerkProcess{t, url, key}
		}
	}
	t.Fatalf("the sandbox did not start: %v", lines.Err())
	return nil
}

func (p *clerkProcess) control(method, path string, out any) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+"/_sandbox/"+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil || resp.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: %s, %v", method, path, resp.Status, err)
	}
}

func (p *clerkProcess) stats() (s sandbox.Stats) {
	p.t.Helper()
	p.control(http.MethodGet, "stats", &s)
	return s
}

func (p *clerkProcess) state() *sandbox.Seed {
	p.t.Helper()
	var s sandbox.Seed
	p.control(http.MethodGet, "state", &s)
	return &s
}

// website is other traffic on the same key, at an even rate; it answers what
// it sent and how often it was refused.
func (p *clerkProcess) website(ctx context.Context, perSecond int) (sent, refused int) {
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return sent, refused
		case <-tick.C:
		}
		req, err := http.NewRequest(http.MethodGet, p.url+"/v1/organization_roles?limit=1", nil)
		if err != nil {
			p.t.Error(err)
			return sent, refused
		}
		req.Header.Set("Authorization", "Bearer "+p.key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			p.t.Error(err)
			return sent, refused
		}
		_, _ = io.Copy(io.Discard, resp.Body) // only the status counts
		_ = resp.Body.Close()
		sent++
		if resp.StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
}

// child is what became of one run of the program.
type child struct {
	code      int
	took, cpu time.Duration
	peak      int64 // bytes
	stdout    []byte
	stderr    []byte
}

// runRollcall runs the program to its end.
func runRollcall(t testing.TB, binary, dir, key string, args ...string) child {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "ROLLCALL_SCENARIO_KEY="+key)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	started := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	high := make(chan int64)
	go func() { high <- watchMemory(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	c := child{took: time.Since(started)}
	close(done)
	watched := <-high
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	} else if ok {
		c.code = exit.ExitCode()
	}
	c.stdout, c.stderr = stdout.Bytes(), stderr.Bytes()
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	c.peak = peakMemory(cmd.ProcessState, watched)
	return c
}

// peakMemory is the child's largest resident size. Linux lets a child begin
// with the size of its parent, so that figure is good only when it is above
// ours; else what was watched while it ran is taken.
func peakMemory(s *os.ProcessState, watched int64) int64 {
	if peak := mostMemory(s); peak > residentHigh(os.Getpid()) || watched == 0 {
		return peak
	}
	return watched
}

func watchMemory(pid int, done <-chan struct{}) int64 {
	high := int64(0)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return high
		case <-tick.C:
			high = max(high, residentHigh(pid))
		}
	}
}

// residentHigh reads VmHWM; 0 where there is no /proc.
func residentHigh(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

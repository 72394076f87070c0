package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/google/renameio/v2"
	"go.uber.org/zap"

	"rollcall/sync/journal"
)

// sendsFile lies in the state directory and lists when requests were answered
// that may still count against Clerk's rate limit, a line each, in nanoseconds
// since 1970: a plan followed at once by an apply is one run for the limit.
const sendsFile = "sends"

// maxSends bounds what is kept, at 20 bytes each. It is twenty times what
// Clerk allows in a window.
const maxSends = 20_000

// readSends reads what earlier runs sent. The file spares us a 429 and nothing
// more, so whatever is wrong with it counts as nothing sent.
func readSends(dir string) []time.Time {
	if dir == "" {
		return nil
	}
	name := filepath.Join(dir, sendsFile)
	if notRegular(name) != nil {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }() // nothing was written
	var sends []time.Time
	lines := bufio.NewScanner(io.LimitReader(file, 20*maxSends))
	for lines.Scan() && len(sends) < maxSends {
		if at, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
			sends = append(sends, time.Unix(0, at))
		}
	}
	return sends
}

// keepSends writes down what the session sent, for the next process. A run
// that went on at the same time has its sends kept too. A directory that
// cannot be written costs the next run a 429 at worst: plan works without it.
func (e *env) keepSends(s *session) {
	sends := s.clerk.Sends()
	if s.state == "" || len(sends) == 0 {
		return
	}
	known := map[int64]bool{}
	for _, at := range sends {
		known[at.UnixNano()] = true
	}
	now := time.Now()
	for _, at := range readSends(s.state) {
		age := now.Sub(at)
		if age >= 0 && age < s.config.Clerk.Allowed().Window && !known[at.UnixNano()] {
			sends = append(sends, at)
		}
	}
	if err := writeSends(s.state, sends); err != nil {
		e.log.Debug("cannot note what was sent", zap.Error(err))
	}
}

func writeSends(dir string, sends []time.Time) error {
	slices.SortFunc(sends, time.Time.Compare)
	var text bytes.Buffer
	for _, at := range sends[max(0, len(sends)-maxSends):] {
		_, _ = fmt.Fprintln(&text, at.UnixNano()) // a buffer takes everything
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	if err := renameio.WriteFile(filepath.Join(dir, sendsFile), text.Bytes(), 0o600); err != nil {
		return err
	}
	return journal.AsOwner(dir, sendsFile) // S34
}

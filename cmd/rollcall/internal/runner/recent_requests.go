package runner

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

	"go.uber.org/zap"
)

// requestsFile lies in the state directory. It lists when requests were answered
// that may still count against Clerk's rate limit, a line each, in nanoseconds
// since 1970: a plan followed at once by an apply is one run for the limit.
const requestsFile = "sends"

// maxRequests bounds the file, at 20 bytes a line. It is twenty times what Clerk
// allows in a window.
const maxRequests = 20_000

// readRequests reads when earlier runs sent requests. The file spares the run a
// 429 and nothing more, so a file that cannot be read counts as empty.
func readRequests(dir string) []time.Time {
	if dir == "" {
		return nil
	}
	file, err := openPlain(filepath.Join(dir, requestsFile), os.O_RDONLY)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }() // nothing was written
	var sends []time.Time
	lines := bufio.NewScanner(io.LimitReader(file, 20*maxRequests))
	for lines.Scan() && len(sends) < maxRequests {
		if at, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
			sends = append(sends, time.Unix(0, at))
		}
	}
	return sends
}

// keepRequests writes down when the session sent requests, for the next process.
// Those of a run that went on at the same time are kept too. A directory that
// cannot be written costs the next run a 429 at worst: plan works without it.
func (s *Session) keepRequests() {
	sends := s.Clerk.Sends()
	if s.state == "" || len(sends) == 0 {
		return
	}
	known := map[int64]bool{}
	for _, at := range sends {
		known[at.UnixNano()] = true
	}
	now := time.Now()
	for _, at := range readRequests(s.state) {
		age := now.Sub(at)
		if age >= 0 && age < s.Config.Clerk.Allowed().Window && !known[at.UnixNano()] {
			sends = append(sends, at)
		}
	}
	if err := writeRequests(s.state, sends); err != nil {
		s.log.Debug("cannot record the requests that were sent", zap.Error(err))
	}
}

func writeRequests(dir string, sends []time.Time) error {
	slices.SortFunc(sends, time.Time.Compare)
	var text bytes.Buffer
	for _, at := range sends[max(0, len(sends)-maxRequests):] {
		_, _ = fmt.Fprintln(&text, at.UnixNano()) // a buffer takes everything
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, requestsFile), text.Bytes())
}

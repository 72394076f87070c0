package csvfile

import (
	"errors"
	"io"
)

// The bounds of what is read at once. An unclosed quote makes the rest of a
// file one cell; without a bound that would be held in memory whole.
const (
	maxRecord = 1 << 20
	maxCell   = 256 << 10
)

// errRecordTooLong ends a read whose record passes maxRecord.
var errRecordTooLong = errors.New("record is too long")

// recordReader hands text on to the CSV parser, bounds how much of it one
// record may take, and remembers how the text ended. It ends a last line that
// lacks its newline, so that the parser asks for more than there is only when
// a quote is left open. An error stays: the parser may object to a quote first
// and would read on behind the hole.
type recordReader struct {
	r    io.Reader
	left int
	last byte // of the text; 0 while there is none
	done bool // the text has ended, and its newline was given
	err  error
}

func (r *recordReader) Read(p []byte) (int, error) {
	if r.err == nil && r.left <= 0 {
		r.err = errRecordTooLong
	}
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	if n > 0 {
		r.last = p[n-1]
		return n, nil // an error comes again with the next call
	}
	if errors.Is(err, io.EOF) && r.last != 0 && r.last != '\n' && !r.done {
		r.done = true
		p[0] = '\n'
		return 1, nil
	}
	r.err = err
	return 0, err
}

// next allows the next record its share.
func (r *recordReader) next() { r.left = maxRecord }

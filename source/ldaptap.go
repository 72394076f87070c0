package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Bounds of one message of the server in bytes (S37): of an entry, in which a
// group of a million members fits, and of any other, which go-ldap takes apart;
// and of all others of one search, which it keeps: references to elsewhere.
const (
	maxMessage = 256 << 20
	maxOther   = 1 << 20
	maxOthers  = 16 << 20
)

// entryTap stands between the network and go-ldap and takes the found entries
// out of the stream, as bytes; everything else passes. go-ldap would build a
// tree of a dozen allocations for each value, which costs more than the
// directory needs to answer, and would keep a whole page of them.
//
// One connection runs one search at a time, so entries belong to the page that
// is set. The end of the search reaches go-ldap through the same stream behind
// its entries: when Search returns, the page is filled.
type entryTap struct {
	net.Conn
	in      *bufio.Reader
	pending []byte

	mu     sync.Mutex
	page   *rawPage
	others int // bytes beside entries since the page was set
	err    error
}

// rawPage holds entries as the server sent them, end to end.
type rawPage struct {
	buf  []byte
	ends []int
}

func (p *rawPage) reset() { p.buf, p.ends = p.buf[:0], p.ends[:0] }

// each decodes the entries in order.
func (p *rawPage) each(do func(*entry) error) error {
	from := 0
	for _, to := range p.ends {
		e, err := decodeEntry(p.buf[from:to])
		if err != nil {
			return err
		}
		if err := do(e); err != nil {
			return err
		}
		from = to
	}
	return nil
}

func newEntryTap(conn net.Conn) *entryTap {
	return &entryTap{Conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
}

// collect sets where entries go; nil while no search runs.
func (t *entryTap) collect(p *rawPage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.page, t.others = p, 0
}

// failure is the first error of the stream; go-ldap hands on its text only.
func (t *entryTap) failure() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Read gives go-ldap the messages that are no entries.
func (t *entryTap) Read(p []byte) (int, error) {
	for len(t.pending) == 0 {
		if err := t.next(); err != nil {
			t.mu.Lock()
			t.err = err
			t.mu.Unlock()
			return 0, err
		}
	}
	n := copy(p, t.pending)
	t.pending = t.pending[n:]
	return n, nil
}

// next reads one message to its page or to pending.
func (t *entryTap) next() error {
	// The shortest message of the protocol is longer than ten bytes but one:
	// an unbind, which only clients send.
	head, err := t.in.Peek(2)
	if err != nil && len(head) == 0 {
		return err
	}
	if err != nil {
		return cutShort(err)
	}
	size, err := t.messageSize(head)
	if err != nil {
		return err
	}
	// An entry shows behind the message's header and id: at most six bytes each.
	head, err = t.in.Peek(min(size, 14))
	if err != nil {
		return cutShort(err)
	}
	if isEntry(head) {
		return t.readEntry(size)
	}
	if size > maxOther {
		return fmt.Errorf("%w: message of %d bytes is over the bound of %d", errMalformed, size, maxOther)
	}
	if err := t.count(size); err != nil {
		return err
	}
	t.pending = make([]byte, size)
	_, err = io.ReadFull(t.in, t.pending)
	return cutShort(err)
}

// count bounds what is no entry. A search that never ends would fill memory
// with references, each of them small.
func (t *entryTap) count(size int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.others += size; t.others > maxOthers {
		return fmt.Errorf("%w: more than %d bytes beside entries in one answer", errMalformed, maxOthers)
	}
	return nil
}

// cutShort tells the end inside a message from the end between two.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (t *entryTap) messageSize(head []byte) (int, error) {
	if head[0] != tagSequence {
		return 0, fmt.Errorf("%w: message begins with byte %#x", errMalformed, head[0])
	}
	if head[1] >= 0x80 {
		var err error
		if head, err = t.in.Peek(2 + int(head[1]&0x7f)); err != nil {
			return 0, cutShort(err)
		}
	}
	length, used, ok := berLength(head[1:])
	if !ok || length > maxMessage {
		return 0, fmt.Errorf("%w: message of %d bytes is over the bound of %d", errMalformed, length, maxMessage)
	}
	return 1 + used + length, nil
}

func isEntry(head []byte) bool {
	_, used, ok := berLength(head[1:])
	if !ok || 1+used+2 > len(head) {
		return false
	}
	rest := head[1+used:]
	if rest[0] != tagInteger || int(rest[1]) > 4 || 2+int(rest[1]) >= len(rest) {
		return false
	}
	return rest[2+int(rest[1])] == tagSearchEntry
}

func (t *entryTap) readEntry(size int) error {
	t.mu.Lock()
	p := t.page
	t.mu.Unlock()
	if p == nil {
		return fmt.Errorf("%w: entry without a search", errMalformed)
	}
	from := len(p.buf)
	if len(p.buf)+size > 2*maxMessage {
		return fmt.Errorf("%w: page over the bound of %d bytes", errMalformed, 2*maxMessage)
	}
	p.buf = grow(p.buf, size)
	if _, err := io.ReadFull(t.in, p.buf[from:]); err != nil {
		return cutShort(err)
	}
	p.ends = append(p.ends, len(p.buf))
	return nil
}

func grow(b []byte, n int) []byte {
	if len(b)+n <= cap(b) {
		return b[:len(b)+n]
	}
	bigger := make([]byte, len(b)+n, max(2*cap(b), len(b)+n))
	copy(bigger, b)
	return bigger
}

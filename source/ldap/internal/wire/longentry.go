package wire

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"rollcall/source"
)

// maxValue bounds one value, and all values of one attribute together, but for
// those that list members: people may write some attributes of their own, and what
// is longer is no address, no name and no metadata that Clerk would take (S37).
const maxValue = 64 << 10

// longEntry is from which size on an entry is shortened while it arrives: it
// would be in memory as a whole first, values of megabytes and all.
const longEntry = 1 << 20

// budget is what may be kept of one attribute.
type budget struct {
	left  int
	lists bool
}

// budgetOf is that of an attribute; lists are the names of those that list members.
// Values that come in ranges are counted elsewhere (S09).
func budgetOf(attribute string, lists []string) budget {
	base, option, _ := strings.Cut(attribute, ";")
	same := func(name string) bool { return source.SameName(name, base) }
	return budget{left: maxValue, lists: isRange(option) || slices.ContainsFunc(lists, same)}
}

// take says how many bytes of a value are kept, and whether the value is.
func (b *budget) take(n int) (kept int, keep bool) {
	if b.lists {
		return min(n, maxValue), true
	}
	kept = min(n, b.left)
	b.left -= kept
	return kept, kept > 0 || n == 0
}

// entryCopier copies one message with an entry, and keeps of each attribute what
// decodeEntry would. It checks no more than it needs: decodeEntry reads the copy.
type entryCopier struct {
	in   *bufio.Reader
	left int // bytes of the message
	page *rawPage
}

// copyLong adds a message of that size to the page.
func (p *rawPage) copyLong(in *bufio.Reader, size int) error {
	c := &entryCopier{in: in, left: size, page: p}
	return c.container(tagSequence, func() error {
		if err := c.whole(tagInteger); err != nil {
			return err
		}
		err := c.container(tagSearchEntry, func() error {
			if err := c.whole(tagOctets); err != nil {
				return err
			}
			return c.container(tagSequence, func() error { return c.attribute() })
		})
		if err != nil {
			return err
		}
		return c.skip(c.left) // controls, which nobody looks at
	})
}

// attribute copies the next attribute.
func (c *entryCopier) attribute() error {
	return c.container(tagSequence, func() error {
		from := len(c.page.buf)
		if err := c.whole(tagOctets); err != nil {
			return err
		}
		name, _, err := take(c.page.buf[from:], tagOctets)
		if err != nil {
			return err
		}
		b := budgetOf(string(name), c.page.lists)
		return c.container(tagSet, func() error {
			n, err := c.head(tagOctets)
			if err != nil {
				return err
			}
			kept, keep := b.take(n)
			if keep {
				err = c.copy(tagOctets, kept)
			} else {
				kept = 0
			}
			if err != nil {
				return err
			}
			return c.skip(n - kept)
		})
	})
}

// container copies an element that holds others: each calls for the next of them
// until its end. The copy has its length in four bytes, written when it is known.
func (c *entryCopier) container(tag byte, each func() error) error {
	n, err := c.head(tag)
	if err != nil {
		return err
	}
	from := len(c.page.buf)
	c.page.buf = append(c.page.buf, tag, 0x84, 0, 0, 0, 0)
	for end := c.left - n; c.left > end; {
		if err := each(); err != nil {
			return err
		}
		if c.left < end {
			return fmt.Errorf("%w: invalid length in an entry", ErrMalformed)
		}
	}
	binary.BigEndian.PutUint32(c.page.buf[from+2:], uint32(len(c.page.buf)-from-6)) //nolint:gosec // bounded by copy
	return nil
}

// whole copies the next element, which must be short.
func (c *entryCopier) whole(tag byte) error {
	n, err := c.head(tag)
	if err == nil && n > maxValue {
		err = fmt.Errorf("%w: invalid length in an entry", ErrMalformed)
	}
	if err != nil {
		return err
	}
	return c.copy(tag, n)
}

// head reads the tag and the length of the next element.
func (c *entryCopier) head(tag byte) (int, error) {
	b, err := c.in.Peek(min(c.left, 6))
	if err != nil {
		return 0, cutShort(err)
	}
	if len(b) < 2 || b[0] != tag {
		return 0, fmt.Errorf("%w: no tag %#x in an entry", ErrMalformed, tag)
	}
	n, used, ok := berLength(b[1:])
	if !ok || n > c.left-1-used {
		return 0, fmt.Errorf("%w: invalid length in an entry", ErrMalformed)
	}
	return n, c.skip(1 + used)
}

// copy copies n bytes as an element.
func (c *entryCopier) copy(tag byte, n int) error {
	if len(c.page.buf)+n > c.page.most {
		return fmt.Errorf("%w; the limit is %d", errPageTooLarge, c.page.most)
	}
	c.page.buf = append(c.page.buf, tag, 0x84)
	c.page.buf = binary.BigEndian.AppendUint32(c.page.buf, uint32(n)) //nolint:gosec // no longer than maxValue
	from := len(c.page.buf)
	c.page.buf = slices.Grow(c.page.buf, n)[:from+n]
	c.left -= n
	_, err := io.ReadFull(c.in, c.page.buf[from:])
	return cutShort(err)
}

func (c *entryCopier) skip(n int) error {
	c.left -= n
	_, err := c.in.Discard(n)
	return cutShort(err)
}

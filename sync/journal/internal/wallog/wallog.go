// Package wallog reads SQLite's write-ahead log. Its format is at
// https://www.sqlite.org/fileformat2.html, section 4. All numbers are big-endian; the
// checksums take their words in the byte order that the magic number's last bit gives.
//
// It imports nothing of ours. Package journal opens the files, and compares the result
// with SQLite's own in its tests.
package wallog

import "encoding/binary"

// HeaderSize is the length of the log's header, FrameHeaderSize that of a frame's.
const (
	HeaderSize      = 32
	FrameHeaderSize = 24
)

const (
	magic  = 0x377f0682
	format = 3007000
)

// Is reports whether that is a log's header, or one that was never written.
func Is(header []byte) bool {
	found := binary.BigEndian.Uint32(header)
	return found == 0 || found&^1 == magic && binary.BigEndian.Uint32(header[4:]) == format
}

// Apply writes the log's committed pages into the database's image, as a checkpoint
// does. The log has a header.
func Apply(image, log []byte) []byte { return newReader(log).apply(image) }

// Checksum is that of a log's frames.
type Checksum struct {
	Order binary.ByteOrder
	Sum   [2]uint32
}

// NewChecksum is the checksum of nothing, in the byte order that a log's magic number
// gives.
func NewChecksum(log []byte) Checksum {
	if log[3]&1 != 0 {
		return Checksum{Order: binary.BigEndian}
	}
	return Checksum{Order: binary.LittleEndian}
}

// Add takes bytes, a multiple of eight, into the checksum.
func (c *Checksum) Add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		c.Sum[0] += c.Order.Uint32(b) + c.Sum[1]
		c.Sum[1] += c.Order.Uint32(b[4:]) + c.Sum[0]
	}
}

func (c *Checksum) matches(b []byte) bool {
	return binary.BigEndian.Uint32(b) == c.Sum[0] && binary.BigEndian.Uint32(b[4:]) == c.Sum[1]
}

// reader walks the frames that are whole: each carries the salts of the log's header,
// and a checksum over all that came before.
type reader struct {
	log  []byte
	page int
	sum  Checksum
}

func newReader(log []byte) *reader {
	r := &reader{log: log, page: int(binary.BigEndian.Uint32(log[8:])), sum: NewChecksum(log)}
	r.sum.Add(log[:24])
	if !r.sum.matches(log[24:]) || r.page < 512 || r.page > 65536 || r.page&(r.page-1) != 0 {
		r.page = 0
	}
	return r
}

// apply copies the pages of each transaction once its commit frame is met. What
// follows the last one never became true.
func (r *reader) apply(image []byte) []byte {
	if r.page == 0 {
		return image
	}
	pages := map[uint32][]byte{}
	for rest := r.log[HeaderSize:]; len(rest) >= FrameHeaderSize+r.page; rest = rest[FrameHeaderSize+r.page:] {
		header, data := rest[:FrameHeaderSize], rest[FrameHeaderSize:FrameHeaderSize+r.page]
		number, size := binary.BigEndian.Uint32(header), binary.BigEndian.Uint32(header[4:])
		r.sum.Add(header[:8])
		r.sum.Add(data)
		if number == 0 || string(header[8:16]) != string(r.log[16:24]) || !r.sum.matches(header[16:]) {
			break
		}
		pages[number] = data
		if size == 0 {
			continue
		}
		// Pages that the file has not are in the log.
		if int(size) > (len(image)+len(r.log))/r.page {
			break
		}
		image = r.commit(image, pages, size)
		clear(pages)
	}
	return image
}

// commit makes the image as long as the commit frame says, in pages, and copies
// the transaction's.
func (r *reader) commit(image []byte, pages map[uint32][]byte, size uint32) []byte {
	length := int(size) * r.page
	if grow := length - len(image); grow > 0 {
		image = append(image, make([]byte, grow)...)
	}
	image = image[:length]
	for number, data := range pages {
		if number <= size {
			copy(image[int(number-1)*r.page:], data)
		}
	}
	return image
}

package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The write-ahead log's format is at https://www.sqlite.org/fileformat2.html,
// section 4. All numbers are big-endian; the checksums take their words in the
// byte order that the magic number's last bit gives.
const (
	walHeaderSize   = 32
	frameHeaderSize = 24
	walMagic        = 0x377f0682
	walFormat       = 3007000
)

// checkLog refuses a log that is none. SQLite would take it for an empty one,
// and what it held would be forgotten in silence. A header of zeros is what a
// power cut leaves of a log that held nothing yet.
func (p place) checkLog() error {
	f, err := p.openPlain(p.file + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the write-ahead log of the history: %w", err)
	}
	header := make([]byte, walHeaderSize)
	_, err = io.ReadFull(f, header)
	err = errors.Join(err, f.Close())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	if err == nil && !isLog(header) {
		return &DamagedError{p.file, fmt.Errorf("%s-wal is not a write-ahead log", fileName)}
	}
	return err
}

// openPlain opens a file for reading, once, and judges it by its descriptor (S34):
// a named pipe would block for good, and a link leads to somebody else's file.
func (p place) openPlain(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() && !info.IsDir() { // a directory is an error of reading
		return nil, errors.Join(err, &DamagedError{p.file, fmt.Errorf("%s is not a regular file", filepath.Base(name))}, f.Close())
	}
	return f, nil
}

func (p place) readPlain(name string) ([]byte, error) {
	f, err := p.openPlain(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// isLog reports whether that is a log's header, or one that was never written.
func isLog(header []byte) bool {
	magic := binary.BigEndian.Uint32(header)
	return magic == 0 || magic&^1 == walMagic && binary.BigEndian.Uint32(header[4:]) == walFormat
}

// applyLog writes the log's committed pages into the database's image, as a
// checkpoint does, and marks the image as one without a log.
func applyLog(image, log []byte) ([]byte, error) {
	if len(image) < 100 {
		return nil, errors.New("the file is shorter than its header")
	}
	if len(log) >= walHeaderSize {
		if !isLog(log) {
			return nil, fmt.Errorf("%s-wal is not a write-ahead log", fileName)
		}
		image = newLogReader(log).apply(image)
	}
	// Bytes 18 and 19 say which journal a writer and a reader need (section 1.3.3).
	image[18], image[19] = 1, 1
	return image, nil
}

// logReader walks the frames that are whole: each carries the salts of the log's
// header, and a checksum over all that came before.
type logReader struct {
	log   []byte
	page  int
	order binary.ByteOrder
	sum   [2]uint32
}

func newLogReader(log []byte) *logReader {
	r := &logReader{log: log, page: int(binary.BigEndian.Uint32(log[8:])), order: binary.LittleEndian}
	if log[3]&1 != 0 {
		r.order = binary.BigEndian
	}
	r.add(log[:24])
	if !r.matches(log[24:]) || r.page < 512 || r.page > 65536 || r.page&(r.page-1) != 0 {
		r.page = 0
	}
	return r
}

// add takes bytes, a multiple of eight, into the checksum.
func (r *logReader) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		r.sum[0] += r.order.Uint32(b) + r.sum[1]
		r.sum[1] += r.order.Uint32(b[4:]) + r.sum[0]
	}
}

func (r *logReader) matches(b []byte) bool {
	return binary.BigEndian.Uint32(b) == r.sum[0] && binary.BigEndian.Uint32(b[4:]) == r.sum[1]
}

// apply copies the pages of each transaction once its commit frame is met. What
// follows the last one never became true.
func (r *logReader) apply(image []byte) []byte {
	if r.page == 0 {
		return image
	}
	pages := map[uint32][]byte{}
	for rest := r.log[walHeaderSize:]; len(rest) >= frameHeaderSize+r.page; rest = rest[frameHeaderSize+r.page:] {
		header, data := rest[:frameHeaderSize], rest[frameHeaderSize:frameHeaderSize+r.page]
		number, size := binary.BigEndian.Uint32(header), binary.BigEndian.Uint32(header[4:])
		r.add(header[:8])
		r.add(data)
		if number == 0 || string(header[8:16]) != string(r.log[16:24]) || !r.matches(header[16:]) {
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
func (r *logReader) commit(image []byte, pages map[uint32][]byte, size uint32) []byte {
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

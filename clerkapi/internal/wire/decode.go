package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Limits of the bytes that are read of an answer, after decompression. A full
// page of 500 memberships with all metadata at its limit is about 17 MB.
const (
	MaxBody = 64 << 20
	maxKept = 4 << 20 // larger buffers are left to the garbage collector
)

// buffers holds page buffers for reuse. A page is decoded before its buffer is
// used again.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// The errors of [Decode] that do not come from the content.
var (
	ErrTooLarge = errors.New("the answer is too large")
	// ErrBody is the error of an answer that broke off.
	ErrBody = errors.New("read the body")
)

// checker is a decoded answer that can check its own required fields.
type checker interface{ Check() error }

// Decode reads the whole body into out. It tries fast, if there is one, before
// encoding/json.
func Decode(body io.Reader, out any, fast func([]byte) bool) error {
	buf, _ := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer func() {
		if buf.Cap() <= maxKept {
			buffers.Put(buf)
		}
	}()
	n, err := buf.ReadFrom(io.LimitReader(body, MaxBody+1))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBody, err)
	}
	if n > MaxBody {
		return ErrTooLarge
	}
	if fast == nil || !fast(buf.Bytes()) {
		if err := json.Unmarshal(buf.Bytes(), out); err != nil {
			return shapeError(err)
		}
	}
	if c, ok := out.(checker); ok {
		return c.Check()
	}
	return nil
}

// shapeError says what is wrong with the JSON and shows nothing of its content.
func shapeError(err error) error {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("the field %s has the wrong type", t.Field)
	}
	return errors.New("the body is not valid JSON, or was cut short")
}

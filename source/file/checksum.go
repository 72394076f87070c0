package file

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxChecksumFile bounds a file of checksums.
const maxChecksumFile = 1 << 20

// compareChecksum compares what came with what it has to be.
func (r *remote) compareChecksum(got, want []byte) error {
	if string(got) == string(want) {
		return nil
	}
	return &FetchError{URL: r.name, Err: ErrChecksum, retry: true, Problem: "the file does not match the checksum from checksum_url",
		Hint: "nothing from it was used; the export must write the file first, then its checksum"}
}

// findChecksum finds the checksum of the file in what checksum_url holds.
func (r *remote) findChecksum(text string) ([]byte, error) {
	sum, ok := sumOf(text, r.url.Path)
	if !ok {
		return nil, &FetchError{URL: shownURL(r.sums), Problem: "has no SHA-256 checksum of the file", Hint: "write it in the format of sha256sum"}
	}
	return sum, nil
}

// sumOf finds the SHA-256 of a file in what sha256sum writes ("HEX  NAME",
// "HEX *NAME", or "SHA256 (NAME) = HEX"), or in a file with nothing but it.
func sumOf(text, path string) ([]byte, bool) {
	name := path[strings.LastIndex(path, "/")+1:]
	var found []byte
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSpace(line)
		of, sum := "", line
		if inner, ok := strings.CutPrefix(line, "SHA256 ("); ok {
			of, sum, _ = strings.Cut(inner, ") = ")
		} else if first, rest, ok := strings.Cut(line, " "); ok {
			sum, of = first, strings.TrimLeft(rest, " *")
		}
		bytes, err := hex.DecodeString(sum)
		if err != nil || len(bytes) != sha256.Size || of != "" && of[strings.LastIndex(of, "/")+1:] != name {
			continue
		}
		if found != nil && string(found) != string(bytes) {
			return nil, false // two checksums: it is unknown which one counts
		}
		found = bytes
	}
	return found, found != nil
}

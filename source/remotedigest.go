package source

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"net/http"
	"strings"

	"github.com/dunglas/httpsfv"
)

// digestKinds are the sums that a header may have, the stronger first.
var digestKinds = []struct {
	name string
	make func() hash.Hash
}{
	{"sha-512", sha512.New},
	{"sha-256", sha256.New},
}

var errDigest = errors.New("digest cannot be read")

// addDigests takes the digests that came with an answer: Repr-Digest and
// Content-Digest (RFC 9530), and the older Digest (RFC 3230). They are of the
// bytes as they were sent, packed; a server that has them of the file instead
// means no harm.
func (p *proof) addDigests(header http.Header) error {
	for _, key := range []string{"Repr-Digest", "Content-Digest"} {
		values := header.Values(key)
		if len(values) == 0 {
			continue
		}
		list, err := httpsfv.UnmarshalDictionary(values)
		if err != nil {
			return errDigest
		}
		for _, kind := range digestKinds {
			member, ok := list.Get(kind.name)
			if !ok {
				continue
			}
			item, isItem := member.(httpsfv.Item)
			sum, isBytes := item.Value.([]byte)
			if !isItem || !isBytes {
				return errDigest
			}
			p.add(key, sum, kind.make())
		}
	}
	return p.addOldDigest(header.Values("Digest"))
}

func (p *proof) addOldDigest(values []string) error {
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		for _, kind := range digestKinds {
			if lowerASCII(name) != kind.name {
				continue
			}
			sum, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				return errDigest
			}
			p.add("Digest", sum, kind.make())
		}
	}
	return nil
}

func (p *proof) add(from string, sum []byte, h hash.Hash) {
	fits := []hash.Hash{h}
	if h.Size() == p.text.Size() {
		fits = append(fits, p.text)
	}
	p.sent = append(p.sent, h)
	p.want = append(p.want, checksum{from, sum, fits})
}

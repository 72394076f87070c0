package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// sectionsHash names what the sections rules and sources say, however they are
// laid out: the first plan under another one is looked at twice (S20). It is
// made of the text, so a newer program gives the same file the same hash.
func sectionsHash(root *node) string {
	h := sha256.New()
	for _, section := range []string{"rules", "sources"} {
		for _, e := range root.entries {
			if e.key == section {
				_, _ = fmt.Fprintf(h, "%s=", section) // a hash takes everything
				e.value.write(h)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write spells a node out, the keys of mappings sorted.
func (n *node) write(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%d%q(", n.kind, n.value()) // a hash takes everything
	entries := slices.Clone(n.entries)
	slices.SortStableFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	for _, e := range entries {
		_, _ = fmt.Fprintf(w, "%q:", e.key)
		e.value.write(w)
	}
	for _, item := range n.items {
		item.write(w)
	}
	_, _ = io.WriteString(w, ")")
}

// value is the text of a leaf.
func (n *node) value() string {
	if n.kind == mapping || n.kind == sequence {
		return ""
	}
	return n.text
}

//go:build man

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// withMan adds a verb that writes the man pages. It is built for packaging
// only, so that the program itself carries no renderer of roff.
func withMan(root *cobra.Command) *cobra.Command {
	root.AddCommand(&cobra.Command{
		Use:    "man DIR",
		Short:  "Write the man pages into a directory",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error {
			date, err := manDate()
			if err != nil {
				return usageError{err}
			}
			verbatim(root)
			header := &doc.GenManHeader{Section: "1", Source: "rollcall", Manual: "User Commands", Date: &date}
			return doc.GenManTree(root, header, args[0])
		},
	})
	return root
}

// manDate is SOURCE_DATE_EPOCH, in seconds: the same source gives the same bytes.
func manDate() (time.Time, error) {
	epoch, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read SOURCE_DATE_EPOCH: %w; set it to the commit's time in seconds", err)
	}
	return time.Unix(epoch, 0).UTC(), nil
}

// verbatim keeps the lines of tables apart: what is indented in --help becomes
// a literal block of the page, which Markdown would otherwise run together.
func verbatim(c *cobra.Command) {
	c.DisableAutoGenTag = true
	var b strings.Builder
	before := false
	for line := range strings.Lines(c.Long) {
		indented := strings.HasPrefix(line, "  ")
		if indented != before {
			b.WriteString("\n")
		}
		if indented {
			b.WriteString("    ")
		}
		b.WriteString(line)
		before = indented
	}
	c.Long = b.String()
	for _, below := range c.Commands() {
		verbatim(below)
	}
}

//go:build man

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"rollcall/cmd/rollcall/internal/help"
)

// withMan adds a verb that writes the man pages. It is built for packaging
// only, so that the program itself carries no renderer of roff.
func withMan(root *cobra.Command) *cobra.Command {
	root.AddCommand(&cobra.Command{
		Use:    "man DIR",
		Short:  "Write the man pages into man1 and man7 of a directory",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(_ *cobra.Command, args []string) error {
			date, err := manDate()
			if err != nil {
				return usage(err)
			}
			if err := writeTopics(filepath.Join(args[0], "man7"), date); err != nil {
				return err
			}
			withoutTag(root)
			root.Long += "\n\nTopics: " + topicPages() + "."
			header := &doc.GenManHeader{Section: "1", Source: "rollcall", Manual: "User Commands", Date: &date}
			return doc.GenManTree(root, header, filepath.Join(args[0], "man1"))
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

// writeTopics writes a page of section 7 for each topic of help.
func writeTopics(dir string, date time.Time) error {
	for _, t := range help.Topics() {
		head := fmt.Sprintf("%% %q %q %q %q %q\n", strings.ToUpper(help.ManName(t.Name)), "7", date.Format("Jan 2006"), "rollcall", "Topics of rollcall help")
		page := md2man.Render([]byte(head + help.Man(t)))
		if err := os.WriteFile(filepath.Join(dir, help.ManName(t.Name)+".7"), page, 0o644); err != nil {
			return fmt.Errorf("write the man page of %s: %w", t.Name, err)
		}
	}
	return nil
}

// topicPages are the names of the pages of section 7.
func topicPages() string {
	var pages []string
	for _, t := range help.Topics() {
		pages = append(pages, "**"+help.ManName(t.Name)+"(7)**")
	}
	return strings.Join(pages, ", ")
}

// withoutTag leaves the date of generation out, so that the same source gives the
// same bytes.
func withoutTag(c *cobra.Command) {
	c.DisableAutoGenTag = true
	for _, below := range c.Commands() {
		withoutTag(below)
	}
}

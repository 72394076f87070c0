package report

import (
	"bufio"
	_ "embed" // the page
	"fmt"
	"io"

	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/cmd/rollcall/internal/webpage"
	"rollcall/sync"
)

var (
	//go:embed report.html
	pageText string

	reportPage = webpage.Parse("report", pageText)
)

// htmlPage is a document with what makes it a page of its own.
type htmlPage struct {
	*document
	webpage.Parts
}

// QuietText counts the organizations that are not shown.
func (p htmlPage) QuietText() string { return facts.Count(p.Quiet, "organization") }

// HTML writes a report as one page that needs nothing else: it can be kept,
// mailed, searched without a network, and printed.
func HTML(w io.Writer, r *sync.Report, o facts.Options) error {
	buffered := bufio.NewWriter(w)
	if err := reportPage().Execute(buffered, htmlPage{newDocument(r, o), webpage.NewParts()}); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"rollcall/sync"
)

var (
	//go:embed page/report.html
	pageText string
	//go:embed page/report.css
	pageStyle string
	//go:embed page/report.js
	pageScript string

	page = template.Must(template.New("report").Parse(pageText))
)

// htmlPage is a document with what makes it a page of its own.
type htmlPage struct {
	*document
	pageParts
}

// pageParts are what each page carries in itself.
type pageParts struct {
	Style, Script template.HTML
	// Policy allows the page its own style and script, by their hashes, and
	// nothing else: whatever got into it could load nothing (S35).
	Policy string
}

func newPageParts() pageParts {
	return pageParts{
		Style:  template.HTML("<style>" + pageStyle + "</style>"),    // our own file
		Script: template.HTML("<script>" + pageScript + "</script>"), // our own file
		Policy: "default-src 'none'; style-src " + SourceHash(pageStyle) + "; script-src " + SourceHash(pageScript) + "; base-uri 'none'; form-action 'none'",
	}
}

// Waiting is everything that is held, where a reader looks first.
func (p htmlPage) Waiting() []section {
	waiting := p.Elsewhere
	for i := range p.Organizations {
		if s := &p.Organizations[i]; len(s.Holds) > 0 {
			waiting = append(waiting, *s)
		}
	}
	return waiting
}

// QuietText counts the organizations that are not shown.
func (p htmlPage) QuietText() string { return Count(p.Quiet, "organization") }

// HTML writes a report as one page that needs nothing else: it can be kept,
// mailed, searched without a network, and printed.
func HTML(w io.Writer, r *sync.Report, o Options) error {
	buffered := bufio.NewWriter(w)
	if err := page.Execute(buffered, htmlPage{newDocument(r, o), newPageParts()}); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// Style is the style of the page, for other pages of the program that are to look
// like it.
func Style() string { return pageStyle }

// SourceHash is how a content security policy names a style or script.
func SourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

package webpage

import (
	"crypto/sha256"
	_ "embed" // what the pages share
	"encoding/base64"
	"html/template"
	"strings"
	"sync"

	"rollcall/cmd/rollcall/internal/report/facts"
)

var (
	//go:embed report.css
	style string
	//go:embed report.js
	script string
	//go:embed shared.html
	sharedText string

	shared = sync.OnceValue(func() *template.Template {
		return template.Must(template.New("shared").Funcs(template.FuncMap{"number": facts.Number}).Parse(sharedText))
	})
)

// Parse makes the template of a page, which may use those of shared.html. The text
// is a file of ours. It is parsed at the first use, as each template of the program:
// most commands show no page, and to parse all pages takes as long as the rest of the start.
func Parse(name, text string) func() *template.Template {
	return sync.OnceValue(func() *template.Template {
		return template.Must(template.Must(shared().Clone()).New(name).Parse(text))
	})
}

// Parts are what each page carries in itself.
type Parts struct {
	Style, Script template.HTML
	// Policy allows the page its own style and script, by their hashes, and
	// nothing else: whatever got into it could load nothing (S35).
	Policy string
}

// NewParts are those of the pages of a report. A page may have a script besides the
// one that all share.
func NewParts(more ...string) Parts {
	script := script + strings.Join(more, "")
	return Parts{
		Style:  template.HTML("<style>" + style + "</style>"),    // our own file
		Script: template.HTML("<script>" + script + "</script>"), // our own file
		Policy: "default-src 'none'; style-src " + SourceHash(style) + "; script-src " + SourceHash(script) + "; base-uri 'none'; form-action 'none'",
	}
}

// Style is the style of the page, for other pages of the program that are to look
// like it.
func Style() string { return style }

// SourceHash is how a content security policy names a style or script.
func SourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

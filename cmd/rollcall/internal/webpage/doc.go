// Package webpage has what the HTML pages of the program share: style, script, the
// policy that allows them, the templates of lists, and the parts of long lists.
//
// Read page.go first. parts.go cuts lists and makes ids; report.js searches, filters
// and copies. The package imports facts for the figures, and the standard library.
package webpage

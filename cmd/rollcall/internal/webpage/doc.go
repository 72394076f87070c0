// Package webpage has what the HTML pages of the program share: style, script, the
// policy that allows them, the templates of lists, and the parts of long lists.
//
// Read page.go first. list.go has the lists of changes, parts.go cuts lists and makes
// ids; report.js searches, filters and copies. The package imports plan for the changes,
// facts for their words, and escape for values.
package webpage

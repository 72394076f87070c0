// Package help has the topics of rollcall help: Markdown files that are built
// into the program. The same files are the man pages of section 7, and the
// documents that the README links to, so each fact is written once.
//
// The texts of commands are Markdown files too, in commands: a line of summary,
// some paragraphs, and examples. Flags are said where they are declared.
//
// topics.go finds topics and the safety rules S01 to S43, which are the sections
// of topics/safety.md. render.go writes Markdown as plain text for a terminal:
// it knows headings, paragraphs, lists, tables, code blocks, code, bold text and
// links, and a test refuses a topic that uses anything else. commands.go has what the help of
// a command says. inline.go has what
// stands within a line, table.go the tables, and man.go the Markdown of a man
// page.
//
// The package imports terminal for colours, version for the version of a release where a
// topic says VERSION, and nothing else of ours.
package help

// Package policy holds what the admin decided in the configuration: settings,
// limits, lists and rules. It checks them and compiles the rules.
//
// Of our own packages it imports source, for the selectors and requests that
// rules become, and plan, for the marker and for values of metadata.
//
// Read the files in this order:
//
//   - config.go: the sync section, its values and defaults, and the rules as written
//   - limits.go: the limits of the guards (S17)
//   - validate.go: Compile, which checks all of it and compiles the rules
//   - rules.go: compiled rules, and what they ask of the sources
//   - template.go, expression.go: templates and their placeholders, parsed (S36)
//   - object.go, render.go: metadata objects of templates, and their values for
//     one person
//   - vocabulary.go: names in templates that no source knows
//   - lists.go: protect, deny and the domains of email_domains
//   - markers.go: former names of sources in markers, and sources with the same
//     ids (S01)
package policy

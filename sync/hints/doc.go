// Package hints says which name was most likely meant where the configuration or a
// source has one that nothing answers to. It decides nothing: its sentences end a hold
// or are notes.
//
// Of our own packages it imports assign, for the groups that lead to an organization;
// directory and roster, for the names that exist; memory, for those of earlier runs;
// policy, for the configuration; plan, for notes; and source, which compares names.
//
// Read organizations.go for names of organizations, people.go for the lists of people,
// canaries.go for those of a source, and groups.go for groups that only look like one of a rule.
package hints

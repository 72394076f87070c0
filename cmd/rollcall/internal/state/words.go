package state

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/sync/journal"
	"rollcall/sync/plan"
)

// word is a word for a shell, with what it stands for behind a tab. Both come from
// Clerk and from files, and a shell prints them (S35).
func word(name, meaning string) string {
	if name = escape.Brief(name); meaning == "" {
		return name
	}
	return name + "\t" + escape.Brief(meaning)
}

// most bounds the words of a list: a shell shows them all.
const most = 50

// RunWords are the numbers of the newest runs.
func RunWords(ctx context.Context, db *journal.DB) ([]string, error) {
	runs, err := db.Runs(ctx, most)
	var words []string
	for i := range runs {
		r := &runs[i]
		done := 0
		for _, n := range r.Changes {
			done += n
		}
		words = append(words, word(fmt.Sprint(r.ID), fmt.Sprintf("%s, %s, %d done", r.Verb, r.Started.UTC().Format("2006-01-02 15:04Z"), done)))
	}
	return words, err
}

// HashWords are the hashes that approve takes: of the sets that wait, the newest
// first.
func HashWords(ctx context.Context, db *journal.DB) ([]string, error) {
	sets, err := db.HeldSets(ctx)
	if err != nil {
		return nil, err
	}
	known, err := Read(ctx, db)
	var words []string
	for i := range sets {
		s := &sets[i]
		place := "all organizations"
		if s.Organization != "" {
			place = known.Label(s.Organization)
		}
		words = append(words, word(plan.ShortHash(s.Hash), fmt.Sprintf("%s: %d waiting, shown %s", place, len(s.Keys), s.At.UTC().Format(time.DateTime+"Z"))))
	}
	return words, err
}

// OrganizationWords are the names of the organizations.
func OrganizationWords(ctx context.Context, db *journal.DB) ([]string, error) {
	known, err := Read(ctx, db)
	var words []string
	for _, name := range known.names() {
		if !strings.ContainsAny(name, "\t\n") {
			words = append(words, word(name, ""))
		}
	}
	return words, err
}

// PausedWords are the names of the organizations that are paused.
func PausedWords(ctx context.Context, db *journal.DB) ([]string, error) {
	pauses, err := db.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	known, err := Read(ctx, db)
	var words []string
	for _, p := range pauses {
		if p.Organization != "" {
			words = append(words, word(known.Label(p.Organization), p.Reason))
		}
	}
	return words, err
}

// ExceptionWords are the numbers of the exceptions in force.
func ExceptionWords(ctx context.Context, db *journal.DB) ([]string, error) {
	list, err := db.Exceptions(ctx)
	var words []string
	for i := range list {
		if e := &list[i]; e.InForce() {
			words = append(words, word(fmt.Sprint(e.ID), fmt.Sprintf("%s: %s", e.Address, e.Text())))
		}
	}
	return words, err
}

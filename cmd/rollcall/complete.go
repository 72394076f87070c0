package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"rollcall/cmd/rollcall/internal/state"
	"rollcall/sync/journal"
)

// wordList lists words of the state directory.
type wordList func(ctx context.Context, db *journal.DB) ([]string, error)

// completeWords has shells complete what the state directory knows.
func completeWords(a *app, root *cobra.Command) {
	for name, list := range map[string]wordList{"show": state.RunWords, "undo": state.RunWords, "approve": state.HashWords,
		"pause": state.OrganizationWords, "resume": state.PausedWords} {
		if c, _, err := root.Find([]string{name}); err == nil {
			c.ValidArgsFunction = complete(a, list)
		}
	}
	if c, _, err := root.Find([]string{"exceptions"}); err == nil {
		_ = c.RegisterFlagCompletionFunc("end", complete(a, state.ExceptionWords)) // the flag is there
	}
	for _, c := range root.Commands() {
		if c.Flags().Lookup("organization") != nil {
			_ = c.RegisterFlagCompletionFunc("organization", complete(a, state.OrganizationWords)) // the flag is there
		}
	}
}

// complete lists words for a shell. Without a state directory there are none: an
// error would stand in the middle of what somebody types.
func complete(a *app, list wordList) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		chooseConfig(a, c)
		db, err := a.openHistory(c.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer func() { _ = db.Close() }() // nothing was written
		words, err := list(c.Context(), db)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		words = slices.DeleteFunc(words, func(w string) bool {
			return slices.ContainsFunc(args, func(arg string) bool { return startsWord(w, arg) })
		})
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// startsWord reports whether a completion is that word, with or without its meaning.
func startsWord(completion, word string) bool {
	return completion == word || len(completion) > len(word) && completion[:len(word)] == word && completion[len(word)] == '\t'
}

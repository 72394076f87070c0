package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// explainArguments has each command say, in words, what it takes when it is
// given something else.
func explainArguments(c *cobra.Command) {
	if accepts := c.Args; accepts != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if accepts(c, args) == nil {
				return nil
			}
			return argumentsError(c, args)
		}
	}
	c.SuggestionsMinimumDistance = 2
	for _, sub := range c.Commands() {
		explainArguments(sub)
	}
}

func argumentsError(c *cobra.Command, args []string) error {
	path := c.CommandPath()
	_, takes, _ := strings.Cut(strings.TrimSuffix(c.UseLine(), " [flags]"), path)
	takes = strings.TrimSpace(takes)
	switch {
	case c.HasSubCommands():
		hint := "; see"
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "; did you mean " + strings.Join(near, " or ") + "? See"
		}
		return fmt.Errorf("unknown command %q%s %s --help", args[0], hint, path)
	case takes == "":
		return fmt.Errorf("%s takes no argument, but got %q; see %s --help", path, strings.Join(args, " "), path)
	case len(args) == 0:
		return fmt.Errorf("%s needs an argument: %s %s; see %s --help", path, path, takes, path)
	}
	return fmt.Errorf("%s takes %s, but got %q; see %s --help", path, takes, strings.Join(args, " "), path)
}

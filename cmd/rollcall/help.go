package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"rollcall/cmd/rollcall/internal/help"
	"rollcall/cmd/rollcall/internal/terminal"
	"rollcall/source"
)

// newHelp is the verb that explains: a command, a topic, or a safety rule by its
// number.
func newHelp(a *app) *cobra.Command {
	return &cobra.Command{
		Use:  "help [COMMAND | TOPIC | RULE]",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			return a.showHelp(c.Root(), args)
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return helpWords(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
	}
}

func (a *app) showHelp(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return root.Help()
	}
	if t, ok := help.Find(args[0]); ok && len(args) == 1 {
		return help.Render(a.stdout, t, a.helpOptions())
	}
	if c, rest, err := root.Find(args); err == nil && len(rest) == 0 && !c.Hidden {
		c.InitDefaultHelpFlag()
		return c.Help()
	}
	words := strings.Join(args, " ")
	hint := "; see rollcall help"
	if near := source.Nearest(words, helpWords(root)); near != "" {
		hint = fmt.Sprintf("; did you mean %s? See rollcall help", near)
	}
	return usage(fmt.Errorf("there is no command, topic or rule %q%s", words, hint))
}

// helpWords are the commands, topics and rules that help explains.
func helpWords(root *cobra.Command) []string {
	var words []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			words = append(words, c.Name())
		}
	}
	for _, t := range append(help.Topics(), help.Rules()...) {
		words = append(words, t.Name)
	}
	return words
}

func (a *app) helpOptions() help.Options {
	o := help.Options{Width: help.DefaultWidth, Style: terminal.Style{On: a.color()}}
	if f, ok := a.stdout.(*os.File); ok && isTerminal(f) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width = width
		}
	}
	return o
}

// showOverview is the help of rollcall itself: commands in groups, then topics.
func (a *app) showOverview(root *cobra.Command, groups []verbGroup) {
	o := a.helpOptions()
	title := func(text string) string { return "\n" + o.Style.Paint(terminal.Bold, text) + "\n" }
	var b strings.Builder
	b.WriteString(help.RenderText(root.Long, o) + "\nUsage: rollcall COMMAND [FLAGS]\n")
	for _, g := range groups {
		rows := make([][2]string, len(g.verbs))
		for i, c := range g.verbs {
			rows[i] = [2]string{c.Name(), c.Short}
		}
		b.WriteString(title(g.title) + help.Columns(rows, o))
	}
	b.WriteString(title("Topics: rollcall help TOPIC") + help.Columns(topicRows(), o))
	b.WriteString(title("Flags of every command") + root.PersistentFlags().FlagUsagesWrapped(o.Width))
	b.WriteString("\n" + help.RenderText("A number such as (S17) at the end of a message names a safety rule: `rollcall help S17`. "+
		"Flags and examples of a command: `rollcall help COMMAND`. Exit codes: `rollcall help exit-codes`.", o))
	_, _ = fmt.Fprint(a.stdout, b.String()) // as with all help
}

func topicRows() [][2]string {
	var rows [][2]string
	for _, t := range help.Topics() {
		rows = append(rows, [2]string{t.Name, t.Summary})
	}
	return rows
}

// showCommand is the help of one command.
func (a *app) showCommand(c *cobra.Command) {
	o := a.helpOptions()
	var b strings.Builder
	b.WriteString(help.RenderText(cmp.Or(c.Long, c.Short), o))
	fmt.Fprintf(&b, "\nUsage:\n  %s\n", c.UseLine())
	if c.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", c.Example)
	}
	if c.HasAvailableSubCommands() {
		var rows [][2]string
		for _, below := range c.Commands() {
			rows = append(rows, [2]string{below.Name(), below.Short})
		}
		fmt.Fprintf(&b, "\nCommands:\n%s", help.Columns(rows, o))
	}
	if c.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", c.LocalFlags().FlagUsagesWrapped(o.Width))
	}
	fmt.Fprintf(&b, "\nFlags of every command:\n%s", c.InheritedFlags().FlagUsagesWrapped(o.Width))
	_, _ = fmt.Fprint(a.stdout, b.String()) // as with all help
}

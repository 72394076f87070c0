package help

import (
	"embed"
	"path"
	"strings"
)

//go:embed commands/*.md
var commandFiles embed.FS

// Text is what the help of a command says, besides its flags.
type Text struct {
	Short string // one line
	Long  string // Markdown
	// Example has one command a line, each indented by two spaces.
	Example string
}

// Command is the text for a command with a path such as "rollcall config check".
func Command(commandPath string) (Text, bool) {
	name := strings.ReplaceAll(strings.TrimPrefix(commandPath, "rollcall "), " ", "-")
	data, err := commandFiles.ReadFile(path.Join("commands", name+topicFile))
	if err != nil {
		return Text{}, false
	}
	t := newTopic(name, string(data))
	_, body, _ := strings.Cut(t.Text, "\n")
	long, code, _ := strings.Cut(body, "```sh\n")
	code = strings.TrimSuffix(strings.TrimSpace(code), "```")
	example := "  " + strings.ReplaceAll(strings.TrimSpace(code), "\n", "\n  ")
	return Text{Short: t.Summary, Long: strings.TrimSpace(long), Example: example}, true
}

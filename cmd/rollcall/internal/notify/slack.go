package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// maxSlack bounds the text; Slack cuts what is longer where it likes.
const maxSlack = 3500

// tell posts the message. Whatever came from outside stands in a code block,
// where neither Slack nor those who imitate it see formatting, links or
// mentions (S35).
func (s *Slack) tell(ctx context.Context, p poster, m *message) error {
	body, err := json.Marshal(map[string]any{"text": s.text(m)})
	if err != nil {
		return err
	}
	return p.post(ctx, s.URL, body, http.Header{"Content-Type": {"application/json"}})
}

// markup takes the meaning from the characters that have one in Slack, and
// from the backtick, which would end the block.
var markup = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "`", `\u0060`)

func (s *Slack) text(m *message) string {
	lines := strings.Split(strings.TrimSpace(m.subject+"\n"+m.text()), "\n")
	var b strings.Builder
	b.WriteString("```\n")
	for i, line := range lines {
		line = markup.Replace(line)
		if b.Len()+len(line) > maxSlack {
			fmt.Fprintf(&b, "… and %d more lines\n", len(lines)-i)
			break
		}
		b.WriteString(line + "\n")
	}
	b.WriteString("```")
	return b.String()
}

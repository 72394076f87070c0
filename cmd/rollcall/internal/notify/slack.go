package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// maxSlack bounds the text; Slack cuts what is longer where it likes, at 40,000.
// Who becomes admin is said all the same (S43).
const maxSlack = 3500

// tell posts the message. Values from outside stand in a code block,
// where neither Slack nor compatible servers interpret formatting, links or
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
	var b strings.Builder
	b.WriteString("```\n" + markup.Replace(m.subject) + "\n")
	more := 0
	for _, line := range m.lines() {
		text := markup.Replace(line.text)
		if more > 0 || b.Len()+len(text) > maxSlack {
			if !line.keep {
				more++
				continue
			}
		}
		b.WriteString(text + "\n")
	}
	if more > 0 {
		fmt.Fprintf(&b, "… and %d more lines\n", more)
	}
	b.WriteString("```")
	if m.link != "" { // Slack makes no links in a block
		b.WriteString("\n" + markup.Replace(m.link))
	}
	return b.String()
}

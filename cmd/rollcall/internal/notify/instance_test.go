package notify

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// Each message names the Clerk instance in each channel, in its subject and in
// its text: of a run, of one that failed, and of a notice beside a run (S41).
func TestS41EveryMessageNamesTheInstance(t *testing.T) {
	instance := clerkapi.Instance{ID: "ins_1", Environment: "production"}
	n := New(Config{Name: "web1"}, "", WithInstance(instance))
	held, failed := heldRun(), failedRun(errors.New("no answer"))
	held.Instance, failed.Instance = instance, instance
	for name, m := range map[string]*message{
		"held": n.runMessage(&held, false), "failed": n.runMessage(&failed, false), "notice": n.noticeMessage(Notice{Title: "a test"}),
	} {
		var html strings.Builder
		must(t, mailTemplate().Execute(&html, m.page()))
		receiver := newReceiver(t)
		must(t, (&Webhook{URL: receiver.secret(), Secret: clerkapi.NewSecret(whsec)}).tell(t.Context(), newPoster(), m))
		var body struct {
			Data struct{ Instance string }
		}
		must(t, json.Unmarshal([]byte(receiver.take()[0].body), &body))
		for channel, text := range map[string]string{
			"subject": m.subject, "mail": m.text(), "HTML mail": html.String()[strings.Index(html.String(), "<main>"):],
			"Slack": (&Slack{}).text(m), "webhook": body.Data.Instance,
		} {
			if !strings.Contains(text, "production instance ins_1") {
				t.Errorf("%s, %s: no instance in\n%s", name, channel, text)
			}
		}
	}
}

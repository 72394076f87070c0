package notify

import (
	"strings"
	"testing"

	"rollcall/clerkapi"
)

// With the address of the status page each form of a message has a link to it;
// without one none has.
func TestMessagesLinkToTheStatusPage(t *testing.T) {
	for _, address := range []string{"https://rollcall.corp.example/acme", "https://rollcall.corp.example/acme/", ""} {
		run := heldRun()
		m := New(Config{}, "", WithPage(address)).runMessage(&run, false)
		var page strings.Builder
		if err := mailTemplate().Execute(&page, m.page()); err != nil {
			t.Fatal(err)
		}
		const link = "https://rollcall.corp.example/acme/"
		for form, text := range map[string]string{
			"Open the status page: " + link + "\n":                           m.text(),
			`<a class="button" href="` + link + `">Open the status page</a>`: page.String(),
			"```\n" + link: (&Slack{}).text(m),
		} {
			if strings.Contains(text, form) != (address != "") {
				t.Errorf("%q: %q in\n%s", address, form, text)
			}
		}
	}
}

// The webhook has the link in a field of its own.
func TestWebhookLinksToTheStatusPage(t *testing.T) {
	r := newReceiver(t)
	c := Config{Webhook: &Webhook{When: Always, URL: r.secret(), Secret: clerkapi.NewSecret(whsec)}}
	New(c, "", WithPage("https://rollcall.corp.example")).End(t.Context(), fine())
	New(c, "").End(t.Context(), fine())
	got := r.take()
	if len(got) != 2 || !strings.Contains(got[0].body, `"page": "https://rollcall.corp.example/"`) || strings.Contains(got[1].body, `"page"`) {
		t.Errorf("got %+v", got)
	}
}

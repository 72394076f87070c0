package notify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/wneessen/go-mail/smtp"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// heldRun has added one person, failed to add another, and holds a removal.
func heldRun() Run {
	changes := []plan.Change{
		{Action: plan.Add, Organization: "org_1", UserID: "user_1", Email: "ada@corp.example", To: "org:admin", Because: "rule 1: admins", State: plan.Ready},
		{Action: plan.Remove, Organization: "org_1", UserID: "user_2", Email: "ben@corp.example", From: "org:member", Because: "no rule wants it", State: plan.Ready},
	}
	changes[1].Hold(plan.Removals)
	hold := plan.NewHold(plan.Removals, "org_1", "1 removal of 2")
	hold.Changes, hold.Approval = 1, plan.ApprovalHash("", []*plan.Change{&changes[1]})
	plan := &plan.Plan{Version: plan.PlanVersion, Sources: []plan.SourceSummary{{Name: "hr", People: 3, Groups: 1}},
		Organizations: []plan.Organization{{ID: "org_1", Slug: "acme", Name: "Acme Corp", Members: 4, Changes: changes}},
		Holds:         []plan.Hold{hold}}
	return Run{ID: 12, Verb: "apply", Started: noon, Finished: noon, Outcome: "held", ExitCode: 3,
		Report: &sync.Report{Plan: plan, Applied: true, Sent: apply.Sent{Outcomes: []apply.Outcome{{Change: changes[0], Result: apply.Done}}}}}
}

// heldHash is the hash that approves what heldRun holds.
func heldHash() string { return heldRun().Report.Plan.Holds[0].Approval }

// takeApart splits a mail.
func takeApart(t fataler, raw string) (header mail.Header, text, html string) {
	fail := func(err error) {
		if err != nil {
			t.Fatalf("%v in\n%s", err, raw)
		}
	}
	got, err := mail.ReadMessage(strings.NewReader(raw))
	fail(err)
	_, parameters, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	fail(err)
	parts := map[string]string{}
	for reader := multipart.NewReader(got.Body, parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		fail(err)
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		fail(err)
		parts[strings.Split(part.Header.Get("Content-Type"), ";")[0]] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	if len(parts) != 2 {
		t.Fatalf("the mail has %d parts:\n%s", len(parts), raw)
	}
	return got.Header, parts["text/plain"], parts["text/html"]
}

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Fatalf(format string, args ...any)
}

func TestMailArrivesWithTheApproveCommand(t *testing.T) {
	server := startSMTPD(t, tlsStart)
	n, logs := observed(Config{Name: "web1", When: OnProblem, Email: server.email()}, "")
	n.End(t.Context(), heldRun().with(facts.Options{Kept: true, Flags: []string{"--config", "/etc/rollcall.yaml"}}))
	if lines := complaints(t, logs); len(lines) > 0 {
		t.Fatal(lines)
	}
	mails := server.mails(t)
	if len(mails) != 2 {
		t.Fatalf("%d mails arrived, want one for each recipient", len(mails))
	}
	slices.Sort(mails)
	header, text, html := takeApart(t, mails[0])
	subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	must(t, err)
	if want := "[rollcall web1] waits: 1 person would lose access (waits). 1 person joined (instance)"; subject != want {
		t.Errorf("subject %q, want %q", subject, want)
	}
	if to := header.Get("X-RcptTo"); to != header.Get("To")[1:len(header.Get("To"))-1] || header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("sent to %q with %v", to, header)
	}
	for _, want := range []string{"rollcall approve " + plan.ShortHash(heldHash()) + " --config /etc/rollcall.yaml --reason ",
		"ada@corp.example", "ben@corp.example", "1 removal of 2 (removals, S17)", "Acme Corp", "Details: rollcall show 12"} {
		if !strings.Contains(text, want) || !strings.Contains(html, want) {
			t.Errorf("text or HTML lacks %q:\n%s\n%s", want, text, html)
		}
	}
}

// Mail says who joined and who left: it goes out encrypted, to the server that
// was meant, or not at all.
func TestS37MailIsEncryptedOrFails(t *testing.T) {
	secure, plain := startSMTPD(t, tlsStart), startSMTPD(t, tlsOff)
	stranger, _, _ := newCertificate(t)
	for name, c := range map[string]struct {
		server *smtpd
		change func(*Email)
		says   string
	}{
		"no StartTLS":       {plain, func(e *Email) { e.TLS = "" }, "STARTTLS"},
		"another authority": {secure, func(e *Email) { e.CAFile = stranger }, "certificate"},
		"another password":  {secure, func(e *Email) { e.Password = clerkapi.NewSecret("s3cret but wrong") }, "535"},
		"no CA file":        {secure, func(e *Email) { e.CAFile = "nowhere.pem" }, "read email.ca_file"},
		"no server":         {secure, func(e *Email) { e.Server = "127.0.0.1:" + freePort(t) }, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			e := c.server.email()
			c.change(e)
			n, logs := observed(Config{When: Always, Email: e}, "")
			n.End(t.Context(), fine())
			if lines := complaints(t, logs); len(lines) != 1 || !strings.Contains(lines[0], c.says) {
				t.Errorf("logged %q, want %q", lines, c.says)
			}
		})
	}
	if got := len(secure.mails(t)) + len(plain.mails(t)); got != 0 {
		t.Errorf("%d mails arrived", got)
	}
}

// One mailbox that is gone keeps the mail from nobody else, and they get it once.
func TestMailReachesTheOthers(t *testing.T) {
	server := startSMTPD(t, tlsStart)
	e := server.email()
	e.To[0] = "gone@corp.example"
	n, logs := observed(Config{When: OnProblem, Repeat: time.Hour, Email: e}, t.TempDir())
	n.End(t.Context(), heldRun())
	n.End(t.Context(), heldRun())
	want := "notification failed: email.to[0]: sending SMTP RCPT TO command: code 550"
	if lines, mails := complaints(t, logs), server.mails(t); len(mails) != 1 || !slices.Equal(lines, []string{want}) {
		t.Errorf("%d mails arrived, complaints %q", len(mails), lines)
	}
}

func TestMailToAPortThatBeginsEncrypted(t *testing.T) {
	server := startSMTPD(t, tlsAll)
	n, logs := observed(Config{When: Always, Email: server.email()}, "")
	n.End(t.Context(), failedRun(errBroken))
	if lines, mails := complaints(t, logs), server.mails(t); len(lines) > 0 || len(mails) != 2 || !strings.Contains(mails[0], "503") {
		t.Errorf("complaints %q, mails %q", lines, mails)
	}
}

func TestMailServersHaveUsualPorts(t *testing.T) {
	for _, c := range []struct{ server, tls, want string }{
		{"smtp.corp.example", "", "smtp.corp.example 587"}, {"smtp.corp.example", tlsStart, "smtp.corp.example 587"},
		{"smtp.corp.example", tlsAll, "smtp.corp.example 465"}, {"localhost", tlsOff, "localhost 25"},
		{"smtp.corp.example:2525", tlsAll, "smtp.corp.example 2525"}, {"[::1]:25", tlsOff, "::1 25"},
	} {
		host, port, err := (&Email{Server: c.server, TLS: c.tls}).address()
		if got := host + " " + port; got != c.want || err != nil {
			t.Errorf("%s with %q: %s, %v; want %s", c.server, c.tls, got, err, c.want)
		}
	}
}

func TestMailWithoutEncryptionToThisMachine(t *testing.T) {
	server := startSMTPD(t, tlsOff)
	n, logs := observed(Config{When: Always, Email: server.email()}, "")
	n.Notice(t.Context(), Notice{Title: "source hr is tried once a day", Lines: []string{"it has failed 12 times"}})
	if lines, mails := complaints(t, logs), server.mails(t); len(lines) > 0 || len(mails) != 2 || !strings.Contains(mails[0], "it has failed 12 times") {
		t.Errorf("complaints %q, mails %q", lines, mails)
	}
}

func TestWebhookSignatureVerifies(t *testing.T) {
	r := newReceiver(t, http.StatusServiceUnavailable)
	n, logs := observed(Config{Name: "web1", When: OnProblem, Webhook: &Webhook{URL: r.secret(), Secret: clerkapi.NewSecret(whsec)}}, "")
	n.End(t.Context(), heldRun())
	got := r.take()
	if lines := complaints(t, logs); len(lines) > 0 || len(got) != 2 {
		t.Fatalf("complaints %q, requests %v: want a second try after the 503", lines, got)
	}
	verifier, err := standardwebhooks.NewWebhook(whsec)
	must(t, err)
	body, header := []byte(got[1].body), got[1].header
	if err := verifier.Verify(body, header); err != nil {
		t.Error(err)
	}
	if got[0].header.Get("webhook-id") != header.Get("webhook-id") {
		t.Error("the id changed between two tries")
	}
	for name, change := range map[string]func(http.Header){
		"time":   func(h http.Header) { h.Set("webhook-timestamp", "1700000000") },
		"id":     func(h http.Header) { h.Set("webhook-id", "msg_other") },
		"secret": func(h http.Header) { h.Set("webhook-signature", "v1,"+strings.Repeat("A", 43)+"=") },
	} {
		other := header.Clone()
		change(other)
		if verifier.VerifyIgnoringTimestamp(body, other) == nil {
			t.Errorf("another %s passes", name)
		}
	}
	var e struct {
		Type string
		Data struct {
			Outcome string
			Run     int64
			Changes map[string]int
			Report  report.Digest
		}
	}
	must(t, json.Unmarshal(body, &e))
	if s := e.Data.Report.Sections; e.Type != "run.finished" || e.Data.Outcome != "held" || e.Data.Run != 12 || e.Data.Changes["add"] != 1 ||
		len(s) != 2 || s[0].Held.All != 1 || s[0].Ways[0].Commands[0] != "rollcall apply --approve "+heldHash() {
		t.Errorf("body %s", body)
	}
	if strings.Contains(string(body), "ben@corp.example") {
		t.Error("the webhook of runs names people")
	}
}

func TestSlackGetsOneTextInACodeBlock(t *testing.T) {
	r := newReceiver(t)
	n, logs := observed(Config{Name: "web1", When: OnProblem, Slack: &Slack{URL: r.secret()}}, "")
	n.End(t.Context(), heldRun())
	got := r.take()
	if lines := complaints(t, logs); len(lines) > 0 || len(got) != 1 {
		t.Fatalf("complaints %q, requests %v", lines, got)
	}
	var payload map[string]string
	must(t, json.Unmarshal([]byte(got[0].body), &payload))
	text := payload["text"]
	if len(payload) != 1 || !strings.HasPrefix(text, "```\n[rollcall web1] waits: ") || !strings.HasSuffix(text, "\n```") || got[0].header.Get("Content-Type") != "application/json" {
		t.Errorf("payload %q, header %v", payload, got[0].header)
	}
	if !strings.Contains(text, "rollcall apply --approve "+heldHash()) {
		t.Errorf("no approve command in %s", text)
	}
}

func TestSlackTextIsCutBetweenLines(t *testing.T) {
	notice := Notice{Title: "many", Lines: slices.Repeat([]string{strings.Repeat("é", 100)}, 100)}
	m := New(Config{Name: "web1"}, "").noticeMessage(notice)
	text := (&Slack{}).text(m)
	if len(text) > maxSlack+100 || !strings.HasSuffix(text, " more lines\n```") || strings.Contains(text, "\ufffd") {
		t.Errorf("%d bytes, ends in %q", len(text), text[max(0, len(text)-60):])
	}
}

func TestATestReachesEveryChannel(t *testing.T) {
	r := newReceiver(t)
	signed := &Webhook{URL: r.secret(), Secret: clerkapi.NewSecret(whsec)}
	n := New(Config{Email: startSMTPD(t, tlsStart).email(), Slack: &Slack{URL: r.secret()}, Webhook: signed, Heartbeat: &Heartbeat{URL: r.secret()}}, "")
	var channels []string
	for _, tested := range n.Test(t.Context()) {
		must(t, tested.Err)
		channels = append(channels, tested.Channel)
	}
	if want := []string{"email", "slack", "webhook", "heartbeat"}; !slices.Equal(channels, want) || len(r.take()) != 3 {
		t.Errorf("tested %q, want %q", channels, want)
	}
}

func TestHeartbeat(t *testing.T) {
	r := newReceiver(t)
	for name, c := range map[string]struct {
		run  Run
		only bool
		want []string
	}{
		"done":               {fine(), false, []string{"/services/T0/s3cret-path/start", "/services/T0/s3cret-path"}},
		"held":               {heldRun(), false, []string{"/services/T0/s3cret-path/start", "/services/T0/s3cret-path"}},
		"failed":             {failedRun(errBroken), false, []string{"/services/T0/s3cret-path/start", "/services/T0/s3cret-path/fail"}},
		"interrupted":        {Run{ExitCode: exitInterrupted}, false, []string{"/services/T0/s3cret-path/start"}},
		"one person":         {Run{Part: true}, true, nil},
		"one person, failed": {Run{Part: true, Outcome: "failed", ExitCode: 1}, true, nil},
		"done, a snitch":     {fine(), true, []string{"/services/T0/s3cret-path"}},
		"failed, a snitch":   {failedRun(errBroken), true, nil},
		"refused, no report": {Run{Outcome: "refused", ExitCode: 2}, false, []string{"/services/T0/s3cret-path/start", "/services/T0/s3cret-path/fail"}},
	} {
		n, logs := observed(Config{Heartbeat: &Heartbeat{URL: r.secret(), SuccessOnly: c.only}}, "")
		n.Begin(t.Context())
		n.End(t.Context(), c.run)
		if got := r.paths(); !slices.Equal(got, c.want) || len(complaints(t, logs)) > 0 {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// A channel that fails is a warning without its address, whatever goes wrong.
func TestFailuresShowNoSecret(t *testing.T) {
	for name, c := range map[string]struct {
		url  clerkapi.Secret
		says string
	}{
		"refused":  {newReceiver(t, http.StatusForbidden).secret(), "127.0.0.1 answers 403 Forbidden"},
		"redirect": {newReceiver(t, http.StatusFound).secret(), "127.0.0.1 answers 302 Found"},
		"closed":   {clerkapi.NewSecret("http://127.0.0.1:1/s3cret-path"), "127.0.0.1 does not answer"}, // the port of a closed server may be in use again
		"no URL":   {clerkapi.NewSecret("http://a b/s3cret"), "the URL cannot be used"},
	} {
		n, logs := observed(Config{When: Always, Slack: &Slack{URL: c.url}}, "")
		n.End(t.Context(), fine())
		if lines := complaints(t, logs); len(lines) != 1 || !strings.Contains(lines[0], c.says) {
			t.Errorf("%s: logged %q, want %q", name, lines, c.says)
		}
	}
}

// However short a channel is, it says who becomes admin, and where (S43).
func TestS43ChannelsNameWhoBecomesAdmin(t *testing.T) {
	p := &plan.Plan{}
	for i := range 40 {
		o := plan.Organization{ID: fmt.Sprintf("org_%02d", i), Slug: fmt.Sprintf("team-%02d", i)}
		for j := range 60 {
			o.Changes = append(o.Changes, plan.Change{Action: plan.Add, Organization: o.ID, Email: fmt.Sprintf("p%02d@corp.example", j), To: "org:member", State: plan.Held, Because: "rule 2"})
		}
		o.Changes = append(o.Changes, plan.Change{Action: plan.Add, Organization: o.ID, Email: fmt.Sprintf("zz%02d@corp.example", i), To: "org:admin", Admin: plan.AdminGained, State: plan.Held, Because: "rule 1"})
		p.Organizations = append(p.Organizations, o)
	}
	r := Run{Verb: "apply", ExitCode: 3, Outcome: "held", Report: &sync.Report{Plan: p}}
	m := New(Config{Name: "web1"}, "").runMessage(&r, false)
	var html strings.Builder
	must(t, mailTemplate().Execute(&html, m.page()))
	for name, text := range map[string]string{"slack": (&Slack{}).text(m), "mail": m.text(), "mail as a page": html.String()} {
		for i := range 40 {
			if who, where := fmt.Sprintf("zz%02d@corp.example", i), fmt.Sprintf("team-%02d", i); !strings.Contains(text, who) || !strings.Contains(text, where) {
				t.Errorf("%s does not name %s in %s", name, who, where)
			}
		}
		if strings.Contains(text, "p59@corp.example") {
			t.Errorf("%s names everybody", name)
		}
	}
}

// A mail server that repeats what it was sent gets nothing into the log: its
// refusals are told by their code. Other faults keep their words.
func TestS43MailServerThatEchoes(t *testing.T) {
	const echo = "AUTH PLAIN AG1lAHMzY3JldC13b3Jk"
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"a refusal":      {fmt.Errorf("SMTP AUTH failed: %w", &textproto.Error{Code: 535, Msg: "5.7.8 " + echo}), "the mail server refused the message: code 535"},
		"and its end":    {fmt.Errorf("%w, %s", &textproto.Error{Code: 535, Msg: echo}, echo), "the mail server refused the message: code 535"},
		"a challenge":    {fmt.Errorf("%w: %s", smtp.ErrUnexpectedServerResponse, echo), "the mail server refused the message: unexpected server response"},
		"a number":       {fmt.Errorf("SMTP AUTH failed: invalid iterations: %w", &strconv.NumError{Func: "Atoi", Num: echo, Err: strconv.ErrSyntax}), "the mail server refused the message: unexpected server response"},
		"something else": {fmt.Errorf("dial failed: %w", textproto.ProtocolError("short response: "+echo)), "the mail server's answer is not SMTP"},
		"no connection":  {fmt.Errorf("dial failed: %w", io.ErrUnexpectedEOF), "dial failed: unexpected EOF"},
	} {
		if got := withoutAddresses(x.err, nil); got == nil || got.Error() != x.want {
			t.Errorf("%s: %v, want %s", name, got, x.want)
		}
	}
	if withoutAddresses(nil, nil) != nil {
		t.Error("a mail that was sent is a fault")
	}
}

package notify

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report/facts"
	"rollcall/sync"
	"rollcall/sync/apply"
	"rollcall/sync/plan"
)

// spiteful are names that try to be more than names.
var spiteful = []string{
	"\x1b[31mred\x1b[0m", "\u202eexe.gpj", "\u2066x\u2069", "a\u200bb", "\r\nBcc: eve@evil.example", "\nSubject: other", "=?utf-8?q?=E2=80=AE?=",
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</pre><h1>approved</h1>", "{{.Source}}", "&lt;b&gt;", "<!--",
	"```", "`rm -rf`", "<!channel>", "@all", "<https://evil.example|approve>", "[approve](https://evil.example)", "*bold* _it_ ~no~", "![x](https://evil.example/x.png)",
	"\xff\xfe", "\u2028line", "\u0000", "'; rm -rf / #",
}

func drawName(t *rapid.T, label string) string {
	return rapid.OneOf(rapid.SampledFrom(spiteful), rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(spiteful), 1, 4), func(parts []string) string { return strings.Join(parts, "") })).Draw(t, label)
}

// spitefulRun has such names wherever a name can stand.
func spitefulRun(t *rapid.T) Run {
	name := func(label string) string { return drawName(t, label) }
	change := func(action plan.Action, state plan.State) plan.Change {
		return plan.Change{Action: action, Organization: "org_1", UserID: name("user"), Email: name("email"), Name: name("name"), From: name("from"), To: name("to"),
			Public: plan.JSON(`{"k":"v"}`), Because: name("because"), State: state, Why: name("why")}
	}
	ready, failed := change(plan.Add, plan.Ready), change(plan.SetRole, plan.Ready)
	p := &plan.Plan{Sources: []plan.SourceSummary{{Name: name("source")}},
		Organizations: []plan.Organization{{ID: "org_1", Slug: name("slug"), Name: name("organization"), Changes: []plan.Change{ready, failed, change(plan.Remove, plan.Held)}}},
		Holds: []plan.Hold{{Guard: name("guard"), Rule: "S17", Organization: "org_1", Text: name("hold"), Changes: 1, Approval: heldHash()},
			{Guard: "unknown_organization", Rule: "S22", Organization: name("unknown"), Text: name("text")}},
		Failures: []plan.Failure{{Source: name("failed source"), Text: name("failure")}}}
	return Run{ID: 1, Verb: "apply", Started: noon, Finished: noon, Outcome: "held", ExitCode: 3, Err: errors.New(name("error")),
		Options: facts.Options{Flags: []string{"--config", name("file")}},
		Report: &sync.Report{Plan: p, Applied: true, Sent: apply.Sent{Fault: name("fault"), Stopped: []plan.Note{{Organization: "org_1", Text: name("stopped")}},
			Outcomes: []apply.Outcome{{Change: ready, Result: apply.Done}, {Change: failed, Result: apply.Failed, Error: name("outcome")}}}}}
}

// Whatever a name holds, it arrives in every channel as a name.
func TestS35NamesArriveHarmlessInEveryChannel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := spitefulRun(t)
		n := New(Config{Name: drawName(t, "installation")}, "")
		messages := []*message{n.runMessage(&run, false), n.noticeMessage(Notice{Title: drawName(t, "title"), Lines: []string{drawName(t, "line")}})}
		for _, m := range messages {
			harmless(t, "subject", m.subject)
			for line := range strings.Lines(m.text()) {
				harmless(t, "text", strings.TrimSuffix(line, "\n"))
			}
			checkSlack(t, m)
			checkMail(t, m)
			checkJSON(t, m)
		}
	})
}

// The same by way of real servers, one of all of them.
func TestS35NamesArriveHarmlessThroughRealServers(t *testing.T) {
	server, r := startSMTPD(t, tlsStart), newReceiver(t)
	n, logs := observed(Config{When: OnProblem, Email: server.email(), Slack: &Slack{URL: r.secret()}, Webhook: &Webhook{URL: r.secret(), Secret: clerkapi.NewSecret(whsec)}}, "")
	for seed := range 20 {
		n.End(t.Context(), rapid.Custom(spitefulRun).Example(seed))
	}
	mails, got := server.mails(t), r.take()
	if lines := complaints(t, logs); len(lines) > 0 || len(mails) != 40 || len(got) != 40 {
		t.Fatalf("%d mails, %d requests, complaints %q", len(mails), len(got), lines)
	}
	for _, raw := range mails {
		header, text, page := takeApart(t, raw)
		for _, added := range []string{"X-Mailfrom", "X-Rcptto", "X-Peer"} { // by the server
			delete(header, added)
		}
		checkHeader(t, header)
		checkPage(t, page)
		harmless(t, "text", strings.ReplaceAll(text, "\n", ""))
	}
	for _, one := range got {
		harmless(t, "payload", strings.ReplaceAll(one.body, "\n", ""))
	}
}

func harmless(t fataler, where, text string) {
	if escape.Controls(text) != text {
		t.Fatalf("%s holds what moves the cursor or hides: %q", where, text)
	}
}

var entity = regexp.MustCompile(`&(amp|lt|gt);`)

func checkSlack(t fataler, m *message) {
	text := (&Slack{}).text(m)
	inside, opened := strings.CutPrefix(text, "```\n")
	inside, closed := strings.CutSuffix(inside, "\n```")
	if !opened || !closed || strings.ContainsAny(entity.ReplaceAllString(inside, ""), "`<>&") {
		t.Fatalf("Slack would read more than text in %q", text)
	}
}

// checkMail wants the headers that we set and no other, and elements of our
// own template only.
func checkMail(t fataler, m *message) {
	letter, err := (&Email{From: "rollcall@corp.example"}).mailMessage(m, "ops@corp.example")
	if err != nil {
		t.Fatalf("%v", err)
	}
	var raw bytes.Buffer
	if _, err := letter.WriteTo(&raw); err != nil {
		t.Fatalf("%v", err)
	}
	header, text, page := takeApart(t, raw.String())
	checkHeader(t, header)
	if strings.TrimRight(text, "\n") != strings.TrimRight(m.text(), "\n") {
		t.Fatalf("text %q, want %q", text, m.text())
	}
	checkPage(t, page)
}

func checkHeader(t fataler, header mail.Header) {
	if got := slices.Sorted(maps.Keys(header)); !slices.Equal(got, []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}) {
		t.Fatalf("headers %q", got)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	if err != nil {
		t.Fatalf("%v", err)
	}
	harmless(t, "the decoded subject", subject)
}

func checkPage(t fataler, page string) {
	tree, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatalf("%v", err)
	}
	for node := range tree.Descendants() {
		checkNode(t, node)
	}
}

var ours = strings.Fields("html head meta title style body main h1 h2 p pre table tbody tr td span footer")

func checkNode(t fataler, node *html.Node) {
	switch node.Type {
	case html.ElementNode:
		if !slices.Contains(ours, node.Data) {
			t.Fatalf("an element that is not ours: %s %v", node.Data, node.Attr)
		}
		for _, a := range node.Attr {
			if !slices.Contains([]string{"lang", "charset", "name", "content", "class", "role"}, a.Key) {
				t.Fatalf("an attribute that is not ours: %v", a)
			}
		}
	case html.TextNode:
		harmless(t, "HTML", strings.ReplaceAll(node.Data, "\n", ""))
	case html.CommentNode:
		t.Fatalf("a comment: %q", node.Data)
	default:
	}
}

func checkJSON(t fataler, m *message) {
	var b bytes.Buffer
	if err := escape.JSON(&b, runData{Subject: m.subject, Report: m.digest}); err != nil || !json.Valid(b.Bytes()) {
		t.Fatalf("%v in %s", err, &b)
	}
	harmless(t, "JSON", strings.ReplaceAll(b.String(), "\n", ""))
}

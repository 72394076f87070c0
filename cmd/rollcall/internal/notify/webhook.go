package notify

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"rollcall/cmd/rollcall/internal/escape"
	"rollcall/cmd/rollcall/internal/report"
)

// envelope is what a webhook's body holds, as Standard Webhooks advises.
type envelope struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// runData is a run as programs get it. People appear in its sentences only.
type runData struct {
	Installation string         `json:"installation"`
	Instance     string         `json:"instance"` // of Clerk (S41)
	Subject      string         `json:"subject"`
	Page         string         `json:"page,omitempty"` // the status page
	Run          int64          `json:"run,omitempty"`
	Verb         string         `json:"verb,omitempty"`
	Outcome      string         `json:"outcome,omitempty"`
	ExitCode     int            `json:"exit_code"`
	Started      time.Time      `json:"started,omitzero"`
	Finished     time.Time      `json:"finished,omitzero"`
	Changes      map[string]int `json:"changes,omitempty"` // done ones, by action
	Report       report.Digest  `json:"report"`
}

func (w *Webhook) tell(ctx context.Context, p poster, m *message) error {
	data := runData{Installation: m.name, Instance: m.instance, Subject: m.subject, Page: m.link, Report: m.digest}
	if r := m.run; r != nil {
		data.Run, data.Verb, data.Outcome, data.ExitCode = r.ID, r.Verb, r.Outcome, r.ExitCode
		data.Started, data.Finished, data.Changes = r.Started.UTC(), r.Finished.UTC(), r.done()
	}
	return w.post(ctx, p, m.id, envelope{m.kind, m.at.UTC(), data})
}

// post signs and sends. The id stays the same each time something is sent, so
// that a receiver can tell what it has had.
func (w *Webhook) post(ctx context.Context, p poster, id string, e envelope) error {
	var body bytes.Buffer
	if err := escape.JSON(&body, e); err != nil {
		return err
	}
	signer, err := standardwebhooks.NewWebhook(w.Secret.Reveal())
	if err != nil {
		return fmt.Errorf("the secret in %s cannot be used", w.SecretFile)
	}
	now := time.Now()
	signature, err := signer.Sign(id, now, body.Bytes())
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	header.Set(standardwebhooks.HeaderWebhookID, id)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return p.post(ctx, w.URL, body.Bytes(), header)
}

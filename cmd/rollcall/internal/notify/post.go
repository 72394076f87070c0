package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"

	"rollcall/clerkapi"
)

// The limits of one request. A run does not wait for long: the next one reports
// the problem again.
const (
	patience    = 30 * time.Second // for all channels together
	onePatience = 10 * time.Second
	maxTries    = 3
	maxDrained  = 64 << 10
)

// poster sends HTTP requests to addresses that are secrets.
type poster struct{ client *http.Client }

func newPoster() poster {
	return poster{&http.Client{
		// A redirect would let the answering server choose the receiver of the names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// post sends a body until it is taken.
func (p poster) post(ctx context.Context, to clerkapi.Secret, body []byte, header http.Header) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		return struct{}{}, p.once(ctx, to, body, header)
	}, backoff.WithMaxTries(maxTries))
	return err
}

// once tries one time. An error that another try cannot fix is permanent.
func (p poster) once(ctx context.Context, to clerkapi.Secret, body []byte, header http.Header) error {
	ctx, cancel := context.WithTimeout(ctx, onePatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Reveal(), bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(errors.New("the URL cannot be used")) // the error would show it
	}
	request.Header = header
	answer, err := p.client.Do(request)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL
		}
		return fmt.Errorf("%s does not answer: %w", request.URL.Hostname(), err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxDrained)) // so that the connection can be used again
	_ = answer.Body.Close()                                             // nothing was written
	if answer.StatusCode/100 == 2 {
		return nil
	}
	err = fmt.Errorf("%s answers %d %s", request.URL.Hostname(), answer.StatusCode, http.StatusText(answer.StatusCode))
	if answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode >= http.StatusInternalServerError {
		return err
	}
	return backoff.Permanent(err)
}

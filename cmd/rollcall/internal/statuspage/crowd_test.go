package statuspage

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"go.uber.org/zap"
)

// Whoever keeps connections open, silent or asking slowly, keeps no probe out.
func TestProbesAreAnsweredInACrowd(t *testing.T) {
	for name, begin := range map[string]string{"silent": "", "slow": "GET /livez HTTP/1.1\r\n", "kept alive": "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			s, err := Listen(t.Context(), "127.0.0.1:0", New(config(t)), zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Serve(ctx) }()
			defer func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}()
			for range maxConnections + 50 {
				c, err := net.Dial("tcp", s.Address().String())
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close() }()
				_, _ = io.WriteString(c, begin) // it may have been closed
			}
			client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
			for i := range 5 {
				answer, err := client.Get("http://" + s.Address().String() + "/livez")
				if err != nil {
					t.Fatalf("probe %d: %v", i, err)
				}
				body, _ := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				if answer.StatusCode != http.StatusOK || string(body) != "ok\n" || !answer.Close {
					t.Errorf("probe %d: %d %q, kept open: %t", i, answer.StatusCode, body, !answer.Close)
				}
			}
		})
	}
}

package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"rollcall/clerkapi/sandbox"
)

// Two figures for the project's scenarios, over loopback on 2 cores: small
// requests per second (ten times Clerk's production limit is 1,000) and pages of
// 500 per second.
func benchmarkRequests(b *testing.B, s *sandbox.Server, path func(int64) string) {
	server := httptest.NewServer(s)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	var n atomic.Int64
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		buffer := make([]byte, 64<<10)
		for pb.Next() {
			r, _ := http.NewRequest(http.MethodGet, server.URL+"/v1"+path(n.Add(1)), nil)
			r.Header.Set("Authorization", "Bearer "+s.SecretKey())
			resp, err := client.Do(r)
			if err != nil || resp.StatusCode != http.StatusOK {
				b.Errorf("%v %v", resp, err)
				return
			}
			_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, resp.Body, buffer)
			_ = resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

func newBenchmarkServer(b *testing.B, organizations, members int) *sandbox.Server {
	b.Helper()
	s, err := sandbox.New(sandbox.Options{Seed: sandbox.Generate(organizations, members)})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkSmallRequests(b *testing.B) {
	s := newBenchmarkServer(b, 100, 100)
	benchmarkRequests(b, s, func(n int64) string { return fmt.Sprintf("/users?user_id=user_%09d", n%10000+1) })
}

func BenchmarkFullPages(b *testing.B) {
	s := newBenchmarkServer(b, 1, 50000)
	benchmarkRequests(b, s, func(n int64) string {
		return fmt.Sprintf("/organizations/org_000001/memberships?order_by=%%2Bcreated_at&limit=500&offset=%d", n%100*500)
	})
}

// BenchmarkMillionMemberships is the start of a server with a million people.
func BenchmarkMillionMemberships(b *testing.B) {
	seed := sandbox.Generate(5000, 200)
	for b.Loop() {
		if _, err := sandbox.New(sandbox.Options{Seed: seed}); err != nil {
			b.Fatal(err)
		}
	}
}

package notify

import (
	"context"
	"net/url"

	"rollcall/clerkapi"
)

// The suffixes of a dead-man switch's address, as healthchecks.io and similar
// services define them. Success is the address itself.
const (
	beatStart = "start"
	beatFail  = "fail"
)

// begin says that a run begins. It is tried once: the run must not wait.
func (h *Heartbeat) begin(ctx context.Context, p poster) error {
	if h.SuccessOnly {
		return nil
	}
	return p.once(ctx, h.at(beatStart), nil, nil)
}

// end says how a run ended. Of one that somebody interrupted nothing is said:
// if none follows, the switch alarms by itself. Of a part nothing is said either, or the
// run of one person would hide that those of everybody fail or stay away.
func (h *Heartbeat) end(ctx context.Context, p poster, r *Run) error {
	switch {
	case r.Interrupted(), r.Part, r.Failed() && h.SuccessOnly:
		return nil
	case r.Failed():
		return p.post(ctx, h.at(beatFail), nil, nil)
	}
	return p.post(ctx, h.URL, nil, nil)
}

func (h *Heartbeat) at(signal string) clerkapi.Secret {
	u, err := url.Parse(h.URL.Reveal())
	if err != nil {
		return h.URL // which Validate refuses
	}
	return clerkapi.NewSecret(u.JoinPath(signal).String())
}

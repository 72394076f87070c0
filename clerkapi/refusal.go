package clerkapi

import "context"

// refusal tells a key that Clerk refuses from one organization that it refuses.
// Both get the same codes. After such an answer the roles of the instance are
// asked for once: they need the same key and the same feature, and belong to no
// organization (S40).
type refusal struct {
	sender *sender
	// asking lets one caller at a time ask; the others wait for its answer.
	asking         chan struct{}
	asked, refused bool
}

func newRefusal(s *sender) *refusal { return &refusal{sender: s, asking: make(chan struct{}, 1)} }

// endsAll reports whether an error makes the calls for other organizations
// pointless too.
func (r *refusal) endsAll(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return true
	}
	if !StopsRun(err) {
		return false
	}
	r.asking <- struct{}{}
	defer func() { <-r.asking }()
	if !r.asked {
		_, err := roleList().Page(ctx, r.sender, 0, 1)
		r.asked, r.refused = true, StopsRun(err)
	}
	return r.refused || ctx.Err() != nil
}

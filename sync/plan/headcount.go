package plan

// Figure is a number of people: those to whom something happens in this run, and
// those for whom it waits.
type Figure struct{ Now, Waiting int }

// All is everybody of the figure.
func (f Figure) All() int { return f.Now + f.Waiting }

// Headcount is what a plan does to people. Each person is counted in one of
// Leave, Move, Stay, Join, Invite, Change, and Adopt: the first of these that fits. Nobody
// is counted in Change for becoming an admin.
type Headcount struct {
	// Leave counts people who lose a membership, get no other one in this run, and
	// have none elsewhere. LeaveFirst are those of them whose joining elsewhere waits.
	Leave      Figure
	LeaveFirst int
	// Stay counts people who lose a membership and stay in another organization.
	Stay Figure
	// Move counts people who lose a membership and get one elsewhere. JoinFirst are
	// not in it: they get theirs in this run, and losing the other one waits.
	Move      Figure
	JoinFirst int
	Join      Figure
	Invite    Figure
	// Change counts people whose role or metadata change, but for those who become
	// admin or are admin no more.
	Change Figure
	// Adopt counts members who only get our marker.
	Adopt Figure
	// Revoke counts addresses whose invitation is revoked and not sent anew.
	Revoke Figure
	// NewAdmins become admin somewhere, FormerAdmins are one no more. Those who join
	// or leave are counted above as well.
	NewAdmins, FormerAdmins Figure
	// Close counts people whose account is locked or banned, or whose sessions end or API
	// keys are revoked; Open those whose account is opened again. Those who leave are
	// counted above as well.
	Close, Open Figure
}

// Headcount counts the people of the changes that are ready or held. Of the ready
// ones it counts those that counted accepts: all of them in a plan, those that
// Clerk did in what was applied.
func (p *Plan) Headcount(counted func(*Change) bool) Headcount {
	fates := map[string]*fate{}
	for _, c := range p.Changes() {
		if c.State == Skipped || c.State == Ready && !counted(c) {
			continue
		}
		f := fates[c.Subject()]
		if f == nil {
			f = &fate{}
			fates[c.Subject()] = f
		}
		f.add(c)
	}
	var h Headcount
	for _, f := range fates {
		f.count(&h)
	}
	return h
}

// standing says whether something happens to a person at all, and whether any of
// it happens in this run.
type standing uint8

const (
	none standing = iota
	waiting
	now
)

// fate is what happens to one person in all organizations.
type fate struct {
	leave, join, invite, change, adopt, revoke, gain, lose, shut, open standing
	// stays says that the person is a member elsewhere; see [Change.Stays].
	stays bool
}

func (f *fate) add(c *Change) {
	s := waiting
	if c.State == Ready {
		s = now
	}
	if part := f.part(c); part != nil {
		*part = max(*part, s)
	}
	f.stays = f.stays || c.Stays
	switch c.Admin {
	case AdminGained:
		f.gain = max(f.gain, s)
	case AdminLost:
		f.lose = max(f.lose, s)
	}
}

// part is where the action of a change counts; nil for none.
func (f *fate) part(c *Change) *standing {
	switch c.Action {
	case Add, CreateUser:
		return &f.join
	case Invite:
		return &f.invite
	case SetRole, SetMetadata:
		return &f.change
	case Adopt:
		return &f.adopt
	case Remove:
		return &f.leave
	case RevokeInvitation:
		if !c.Replaced {
			return &f.revoke
		}
	case Lock, Ban, EndSessions, RevokeAPIKeys:
		return &f.shut
	case Unlock, Unban:
		return &f.open
	}
	return nil
}

func (f *fate) count(h *Headcount) {
	switch {
	case f.leave != none && f.leave == max(f.join, f.invite):
		h.Move.add(f.leave)
	case f.leave == waiting && max(f.join, f.invite) == now:
		h.JoinFirst++
	case f.leave != none && f.stays:
		h.Stay.add(f.leave)
	case f.leave != none && max(f.join, f.invite) != none:
		h.LeaveFirst++
		h.Leave.add(now)
	case f.leave != none:
		h.Leave.add(f.leave)
	case f.join != none || f.invite != none:
		f.countGain(h)
	case f.change != none && max(f.gain, f.lose) != none: // counted below
	case f.change != none:
		h.Change.add(f.change)
	case f.adopt != none:
		h.Adopt.add(f.adopt)
	case f.revoke != none:
		h.Revoke.add(f.revoke)
	}
	h.NewAdmins.add(f.gain)
	h.FormerAdmins.add(f.lose)
	h.Close.add(f.shut)
	h.Open.add(f.open)
}

// countGain counts a person who joins or is invited, who may do both.
func (f *fate) countGain(h *Headcount) {
	if f.join >= f.invite {
		h.Join.add(f.join)
		return
	}
	h.Invite.add(f.invite)
}

func (f *Figure) add(s standing) {
	switch s {
	case now:
		f.Now++
	case waiting:
		f.Waiting++
	case none:
	}
}

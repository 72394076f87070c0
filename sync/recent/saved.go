package recent

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"rollcall/clerkapi"
)

const (
	// mostSaved is how many memberships a process leaves for the next one: with more of
	// them, it would take longer to write the lists than a run for one person gains.
	mostSaved = 30_000
	// mostBytes bounds what is read of a file. 30,000 memberships with their metadata
	// have some 20 MB.
	mostBytes = 256 << 20
	// savedFormat is the number of the format. A file of another one serves nobody.
	savedFormat = 1
)

// ErrTooLarge is the error of lists that are too large for a file.
var ErrTooLarge = errors.New("the lists are too large to be saved")

// saved is a Listing in a file: gzip, whose checksum tells a damaged one, over JSON.
type saved struct {
	Format        int                  `json:"format"`
	Instance      string               `json:"instance"`
	Run           int64                `json:"run"`
	Organizations map[string]savedList `json:"organizations"`
	Absent        map[string]time.Time `json:"absent,omitempty"`
	Present       []string             `json:"present,omitempty"`
	PresentAt     time.Time            `json:"present_at,omitzero"`
}

type savedList struct {
	At      time.Time     `json:"at"`
	Members []savedMember `json:"members"`
}

// savedMember is a membership. Metadata that are unknown are left out, and stay unknown.
type savedMember struct {
	ID              string          `json:"id"`
	OrganizationID  string          `json:"organization"`
	UserID          string          `json:"user,omitempty"`
	Role            string          `json:"role"`
	Identifier      string          `json:"identifier,omitempty"`
	FirstName       string          `json:"first_name,omitempty"`
	LastName        string          `json:"last_name,omitempty"`
	Banned          bool            `json:"banned,omitempty"`
	Deprovisioned   bool            `json:"deprovisioned,omitempty"`
	StandingUnknown bool            `json:"standing_unknown,omitempty"`
	Public          json.RawMessage `json:"public,omitempty"`
	Private         json.RawMessage `json:"private,omitempty"`
	CreatedAt       int64           `json:"created_at,omitempty"`
}

// Save writes the lists for the next process. The error is [ErrTooLarge] if they are too
// many.
func (l *Listing) Save(w io.Writer) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	total := 0
	for _, o := range l.organizations {
		total += o.size()
	}
	if total > mostSaved {
		return ErrTooLarge
	}
	out := saved{Format: savedFormat, Instance: l.instance, Run: l.run, Organizations: map[string]savedList{}, Absent: l.absent, PresentAt: l.presentAt}
	for id, o := range l.organizations {
		list := savedList{At: o.at}
		for _, m := range slices.AppendSeq(slices.Clone(o.nameless), maps.Values(o.members)) {
			list.Members = append(list.Members, savedMember(m))
		}
		out.Organizations[id] = list
	}
	out.Present = slices.Collect(maps.Keys(l.present))
	fast, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	text := json.NewEncoder(fast)
	text.SetEscapeHTML(false)
	return errors.Join(text.Encode(out), fast.Close())
}

// Load reads the lists that an earlier process has saved.
func (l *Listing) Load(r io.Reader) error {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	// The checksum stands at the end, so all is read before any of it counts.
	text, err := io.ReadAll(io.LimitReader(unpacked, mostBytes))
	if err != nil {
		return err
	}
	var in saved
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if in.Format != savedFormat {
		return fmt.Errorf("the format is %d, not %d", in.Format, savedFormat)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.instance, l.run, l.organizations, l.absent, l.presentAt = in.Instance, in.Run, map[string]*organization{}, in.Absent, in.PresentAt
	for id, list := range in.Organizations {
		o := &organization{at: list.At, members: make(map[string]clerkapi.Membership, len(list.Members))}
		for _, m := range list.Members {
			o.put(clerkapi.Membership(m))
		}
		l.organizations[id] = o
	}
	if len(in.Present) > 0 {
		l.present = make(map[string]bool, len(in.Present))
		for _, value := range in.Present {
			l.present[value] = true
		}
	}
	return nil
}

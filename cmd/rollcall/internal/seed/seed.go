package seed

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/demo"
	"rollcall/sync/plan"
)

// Config says what an instance holds at first: the content of a file, or what is
// generated.
type Config struct {
	// File is a seed; empty means the demo's company.
	File string
	// Generate is a number of organizations and of members of each, such as
	// 5000x20, and Marker the OWNER/SOURCE whose marker the members get.
	Generate, Marker string
}

// Read makes the seed.
func (c Config) Read() (*sandbox.Seed, error) {
	if c.Generate == "" {
		return readSeed(c.File)
	}
	var organizations, members int
	if n, err := fmt.Sscanf(c.Generate, "%dx%d", &organizations, &members); n != 2 || err != nil || organizations < 1 || members < 1 {
		return nil, fmt.Errorf("--generate %q: write the number of organizations and of members in each, such as 5000x20", c.Generate)
	}
	seed := sandbox.Generate(organizations, members)
	if c.Marker == "" {
		return seed, nil
	}
	return seed, mark(seed, c.Marker)
}

// mark gives every membership the marker of an owner and a source, as a run
// of rollcall would have left it.
func mark(seed *sandbox.Seed, marker string) error {
	owner, name, ok := strings.Cut(marker, "/")
	if !ok {
		return fmt.Errorf("--marker %q: write OWNER/SOURCE", marker)
	}
	for i := range seed.Memberships {
		// Generate makes one membership of each user, in the same order.
		private, err := json.Marshal(map[string]plan.Marker{"rollcall": {Owner: owner, Source: name, ID: seed.Users[i].ExternalID}})
		if err != nil {
			return err
		}
		seed.Memberships[i].PrivateMetadata = private
	}
	return nil
}

// readSeed reads a seed file; no name means the demo's company.
func readSeed(name string) (*sandbox.Seed, error) {
	if name == "" {
		return demo.New().Seed(), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open seed: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	return sandbox.LoadSeed(file)
}

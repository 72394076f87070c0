package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"rollcall/clerkapi/sandbox"
	"rollcall/cmd/rollcall/internal/demo"
	"rollcall/sync"
)

// options makes what the flags say into a server's options.
func (f sandboxFlags) options() (sandbox.Options, error) {
	o := sandbox.Options{SecretKey: f.key, Latency: f.latency}
	var problems [3]error
	o.Limits, problems[0] = sandbox.ParseLimits(f.limits)
	o.Limits.FixedWindow = f.fixedWindow
	o.Faults, problems[1] = readFaults(f.faults)
	o.Seed, problems[2] = f.instance()
	return o, errors.Join(problems[:]...)
}

// instance is what the server holds at first.
func (f sandboxFlags) instance() (*sandbox.Seed, error) {
	if f.generate == "" {
		return readSeed(f.seed)
	}
	var organizations, members int
	if n, err := fmt.Sscanf(f.generate, "%dx%d", &organizations, &members); n != 2 || err != nil || organizations < 1 || members < 1 {
		return nil, fmt.Errorf("--generate %q: write organizations and members of each, such as 5000x20", f.generate)
	}
	seed := sandbox.Generate(organizations, members)
	if f.marker == "" {
		return seed, nil
	}
	return seed, mark(seed, f.marker)
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
		private, err := json.Marshal(map[string]sync.Marker{"rollcall": {Owner: owner, Source: name, ID: seed.Users[i].ExternalID}})
		if err != nil {
			return err
		}
		seed.Memberships[i].PrivateMetadata = private
	}
	return nil
}

// readFaults reads what is to go wrong; no name means nothing.
func readFaults(name string) ([]sandbox.Fault, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	var faults []sandbox.Fault
	if err := json.Unmarshal(data, &faults); err != nil {
		return nil, fmt.Errorf("read faults %s: %w", name, err)
	}
	return faults, nil
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

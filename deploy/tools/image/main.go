// Command image puts static binaries into a container image without a daemon,
// and without a network: an OCI archive with one image for each architecture,
// as deploy/container/Containerfile describes it. The same files give the same
// bytes.
//
// The certificates of the authorities are Mozilla's, from a module whose version go.mod
// has, so that another machine makes the same image.
//
//	image -epoch SECONDS -version VERSION -o FILE.tar amd64=BINARY arm64=BINARY
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// order is what goes into the images.
type order struct {
	at       time.Time // of everything in them
	version  string
	binaries []string // ARCHITECTURE=FILE
}

func main() {
	var o order
	epoch := flag.Int64("epoch", 0, "the time of everything in the image, in seconds")
	flag.StringVar(&o.version, "version", "", "what runs in it")
	out := flag.String("o", "", "where the archive goes")
	flag.Parse()
	o.at, o.binaries = time.Unix(*epoch, 0).UTC(), flag.Args()
	if *out == "" || len(o.binaries) == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := write(*out, o); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func write(file string, o order) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, binary := range o.binaries {
		architecture, path, found := strings.Cut(binary, "=")
		if !found {
			return fmt.Errorf("%q is not ARCHITECTURE=FILE", binary)
		}
		image, err := o.image(architecture, path)
		if err != nil {
			return fmt.Errorf("build the image for %s: %w", architecture, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: architecture}}})
	}
	return archive(file, index, o.at)
}

// config is how the program starts. The Containerfile says the same; a test
// compares them.
func (o order) config() v1.Config {
	return v1.Config{
		User:       fmt.Sprintf("%d:%d", user, user),
		Env:        []string{"PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "STATE_DIRECTORY=/var/lib/rollcall"},
		Entrypoint: []string{"/usr/bin/rollcall"},
		WorkingDir: "/",
		Volumes:    map[string]struct{}{"/var/lib/rollcall": {}},
		Labels: map[string]string{
			"org.opencontainers.image.title":       "rollcall",
			"org.opencontainers.image.description": "Keeps Clerk organization memberships in step with a directory",
			"org.opencontainers.image.version":     o.version,
			"org.opencontainers.image.licenses":    "Apache-2.0",
		},
	}
}

func (o order) image(architecture, binary string) (v1.Image, error) {
	layer, err := o.layer(binary)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(base, mutate.Addendum{Layer: layer, MediaType: types.OCILayer,
		History: v1.History{Created: v1.Time{Time: o.at}, CreatedBy: "deploy/tools/image"}})
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created, file.Config = "linux", architecture, v1.Time{Time: o.at}, o.config()
	return mutate.ConfigFile(image, file)
}

package journal

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/sync/journal/powercut"
)

// The power is cut after system calls of a child in turn, with the long tests
// after each of them: once so that all is lost that was not synced, and once so
// that some of it, by sectors, is there. Nothing acknowledged is lost, and the
// journal is whole.
func TestS32NothingAcknowledgedIsLostToAPowerCut(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"", "NFS"} {
		t.Run(network, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state-"+network)
			d, told := powercut.NewDisk(dir), acknowledged{map[int64]bool{}, map[int64]bool{}}
			cuts := 0
			for i, e := range trace(t, dir) {
				if strings.HasPrefix(string(e.Data), "ack ") {
					told.read(t, bytes.NewReader(e.Data), func() {})
					continue
				}
				d.Do(t, e)
				if suite.Short(t) && i%60 > 0 {
					continue // one call in sixty stands for all
				}
				for try := range 2 {
					var chance *rand.Rand
					if try > 0 {
						chance = rand.New(rand.NewPCG(uint64(i), uint64(try)))
					}
					after := filepath.Join(t.TempDir(), fmt.Sprintf("cut-%d", try))
					must(t, os.Mkdir(after, 0o700))
					d.Cut(t, after, chance)
					told.verify(t, after, on(network))
					must(t, os.RemoveAll(after))
					cuts++
				}
				if t.Failed() {
					t.Fatalf("after call %d: %s", i, e.Line)
				}
			}
			t.Logf("%d power cuts, %d intents and %d outcomes acknowledged at the end", cuts, len(told.intended), len(told.recorded))
			if len(told.intended) != 60 || len(told.recorded) != 24 {
				t.Error("not all was acknowledged")
			}
		})
	}
}

package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"rollcall/.ci/suite"
	"rollcall/source/platform"
)

// Only the owner of the state directory, and root, may see links.
func TestLinksAreTheOwners(t *testing.T) {
	dir := t.TempDir()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	owner, _, known := platform.Owner(info)
	if !known {
		t.Fatal("no owner")
	}
	for _, uid := range []int{0, owner} {
		if err := checkOwner(dir, uid); err != nil {
			t.Errorf("user %d: %v", uid, err)
		}
	}
	other := owner + 1
	if err := checkOwner(dir, other); err == nil || !strings.Contains(err.Error(), "only the owner of the state directory") || !strings.Contains(err.Error(), fmt.Sprint("you are user ", other)) {
		t.Errorf("somebody else: %v", err)
	}
	if err := checkOwner(dir+"/none", 0); err == nil {
		t.Error("a directory that is not there has an owner")
	}
}

// Root sees the links in a state directory of somebody else's, with their rights.
func TestS34RootSeesTheLinksOfTheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		suite.Skip(t, "root", "only root can give files away")
	}
	_, config := twoOrganizations(t)
	dir := t.TempDir()
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	share(t, strings.TrimSuffix(config, "/rollcall.yaml"))
	yields(t, 3, "apply", "--config", config, "--state", dir)
	if out := yields(t, 0, "show", "1", "--links", "--config", config, "--state", dir); !strings.Contains(out, "Run 1 has no link of a pending invitation") {
		t.Error(out)
	}
}

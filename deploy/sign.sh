#!/usr/bin/env bash
# Signs the SHA256SUMS in DIR with a key of ssh-keygen. It needs no network, so the key
# can be on another machine than the build.
#   deploy/sign.sh KEY DIR
# deploy/release/allowed_signers must have the public part of the key. Before a file
# is signed, all files in it are compared with their checksums.
set -euo pipefail
signers=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/release/allowed_signers

fail() { printf 'deploy/sign.sh: %s\n' "$*" >&2; exit 1; }

[ $# -eq 2 ] || fail "usage: deploy/sign.sh KEY DIR"
key=$(realpath "$1")
cd "$2"
sha256sum --quiet --check SHA256SUMS || fail "$2 is not what its SHA256SUMS says"
rm -f SHA256SUMS.sig
ssh-keygen -q -Y sign -n rollcall -f "$key" SHA256SUMS
# As everybody verifies it, so a key that is not in the file signs nothing.
if ! ssh-keygen -q -Y verify -f "$signers" -I rollcall -n rollcall -s SHA256SUMS.sig <SHA256SUMS; then
  rm -f SHA256SUMS.sig
  fail "deploy/release/allowed_signers does not have the key $1"
fi

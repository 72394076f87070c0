#!/usr/bin/env bash
# Makes everything that a version publishes, into dist/VERSION or DIR: what package.sh
# builds for all platforms, the Helm chart, the manifests for kustomize, the Homebrew
# formula, the Scoop manifest, and SHA256SUMS.
#   deploy/release.sh VERSION [DIR]
# The checkout must be clean, and its commit must have the tag vVERSION and a section
# VERSION in the changelog. The same commit and the same Go give the same bytes.
#
# KEY=FILE signs SHA256SUMS with that key, as sign.sh does. Without KEY nothing is signed:
# sign.sh can do it later, and somebody who rebuilds a release compares their SHA256SUMS
# with the published signature.
#
# PLATFORMS="linux/amd64 …" builds for these only, for a test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022
export LC_ALL=C TZ=UTC

# has is grep -q that reads to the end. What writes to grep -q may die of SIGPIPE, which
# pipefail takes for a failure.
has() { grep "$@" | cat >/dev/null; }

fail() { printf 'deploy/release.sh: %s\n' "$*" >&2; exit 1; }

version=${1-}
all=(linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64)
read -r -a platforms <<<"${PLATFORMS:-${all[*]}}"

[[ $version =~ ^(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}$ ]] || fail "usage: deploy/release.sh VERSION [DIR], where VERSION is like 0.1.0"
changes=$(git status --porcelain)
[ -z "$changes" ] || fail "the checkout has changes that are in no commit:"$'\n'"$changes"
git tag --points-at HEAD | has -xF "v$version" || fail "the commit has no tag v$version"
grep -q "^## $version\b" .github/CHANGELOG.md || fail "the changelog has no section $version"
out=${2:-dist/$version}
[ -z "$(ls -A "$out" 2>/dev/null)" ] || fail "$out is not empty"
mkdir -p "$out"
out=$(cd "$out" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
. deploy/release/project
epoch=$(git log -1 --format=%ct)

fill() { # fill TEMPLATE FILE: with the version, the addresses and the checksums
  "$stage/fill" -version "$version" -downloads "$DOWNLOADS" -sums "$out/SHA256SUMS" "deploy/release/$1" >"$out/$2"
}

# The chart and the kustomizations, with the version written in, and without links between
# them. ci/ is for the check of the chart.
manifests() {
  mkdir -p "$stage/kubernetes" "$stage/chart"
  cp -r deploy/kubernetes/base deploy/kubernetes/overlays "$stage/kubernetes/"
  cp -rL deploy/kubernetes/chart "$stage/chart/rollcall"
  rm -r "$stage/chart/rollcall/ci"
  sed -i "s/VERSION/$version/; s/^version: 0\.0\.0$/version: $version/" "$stage/kubernetes/base/kustomization.yaml" "$stage/chart/rollcall/Chart.yaml"
  ! grep -r VERSION "$stage/kubernetes" "$stage/chart" || fail "a placeholder is left in the manifests"
  pack "$stage/kubernetes" "rollcall_${version}_kubernetes.tar.gz"
  pack "$stage/chart/rollcall" "rollcall-$version.tgz"
}

pack() { # pack DIR FILE
  tar --create --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    --mtime="@$epoch" -C "$(dirname "$1")" "$(basename "$1")" | gzip -9n >"$out/$2"
}

sums() { (cd "$out" && rm -f SHA256SUMS && sha256sum -- * >"$stage/SHA256SUMS" && cp "$stage/SHA256SUMS" .); }

SOURCE_DATE_EPOCH=$epoch deploy/package.sh "$out" "${platforms[@]}" >/dev/null
[ -f "$out/rollcall_${version}_${platforms[0]/\//_}.cdx.json" ] || fail "the program says that it is another version: $(ls "$out")"
(cd deploy/tools && GOFLAGS=-mod=readonly CGO_ENABLED=0 go build -o "$stage/" ./fill)
if [ "${platforms[*]}" = "${all[*]}" ]; then
  fill rollcall.rb rollcall.rb
  fill scoop.json rollcall.json
fi
manifests
sums
[ -z "${KEY-}" ] || deploy/sign.sh "$KEY" "$out"
ls -l "$out"
[[ $DOWNLOADS != *example.org* ]] || printf 'deploy/release/project names no address yet from which the files can be downloaded: %s\n' "$DOWNLOADS"
[[ $MAINTAINER != *example.org* ]] || printf 'deploy/release/project names no maintainer yet to whom somebody can report a hole: %s\n' "$MAINTAINER"
[ -n "${KEY-}" ] || printf 'SHA256SUMS is not signed: KEY names no key.\n'

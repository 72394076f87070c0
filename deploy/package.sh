#!/usr/bin/env bash
# Builds what is handed out into dist/, or into DIR: for each platform an archive
# with the program, and its SBOM; for each architecture of Linux a deb and an rpm too;
# a container image for those architectures; and checksums. The same commit and the
# same Go give the same bytes.
#   deploy/package.sh [DIR [PLATFORM...]]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# has is grep -q that reads to the end. What writes to grep -q may die of SIGPIPE, which
# pipefail takes for a failure.
has() { grep "$@" | cat >/dev/null; }

nfpm=v2.43.0
cyclonedx=v1.10.0
out=${1:-dist}
platforms=("${@:2}")
[ $# -gt 1 ] || platforms=(linux/amd64 linux/arm64)
mkdir -p "$out"
out=$(cd "$out" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
. deploy/release/project
DATE=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
STAGE=$stage
export SOURCE_DATE_EPOCH
export CGO_ENABLED=0 GOFLAGS=-mod=readonly LC_ALL=C TZ=UTC
# What somebody has set for their own builds makes other bytes.
unset GOEXPERIMENT
export GOAMD64=v1 GOARM64=v8.0 GOFIPS140=off
umask 022

build() { # build PLATFORM FILE [FLAG...]: a static program that names no directory of this machine
  GOOS=${1%/*} GOARCH=${1#*/} go build -trimpath -buildvcs=auto -ldflags='-s -w -buildid=' "${@:3}" -o "$2" ./cmd/rollcall
}

tool() { # tool NAME MODULE VERSION PACKAGE: a file with the pinned version, installed where it is missing
  local found
  found=$(type -P "$1" || true)
  if [ -z "$found" ] || ! go version -m "$found" | has "$2[[:space:]]$3"; then
    found=$stage/bin/$1
    [ -x "$found" ] || (cd "$stage" && GOBIN=$stage/bin go install "$2/$4@$3") >&2
  fi
  printf '%s\n' "$found"
}

# The modules that the linker wrote into a program. The tool adds checksums of
# its own binary, which differ from machine to machine, and they are cut out.
sbom() { # sbom BINARY FILE
  "$gomod" bin -json -std -noserial -notimestamp -output "$stage/sbom" "$1" 2>"$stage/said" || { cat "$stage/said" >&2; exit 1; }
  sed '/^ *"tools": \[$/,/^ *"component": {$/{/"hashes": \[$/,/^ *\],$/d}' "$stage/sbom" >"$2"
  sed -n '1,/^ *"component": {$/p' "$2" | has '"alg"' && { echo "package.sh: checksums of the tool are left in $2" >&2; exit 1; }
  [ "$(grep -c '"purl": "pkg:golang/' "$2")" -gt "$(go version -m "$1" | grep -c '^[[:space:]]*dep[[:space:]]')" ] ||
    { echo "package.sh: $2 lists fewer modules than the program has" >&2; exit 1; }
}

# What a package says of its program comes from the program.
documents() {
  build "linux/$(go env GOHOSTARCH)" "$stage/host" -tags man
  mkdir -p "$stage/man/man1" "$stage/man/man7" "$stage/man/man8" "$stage/completions"
  "$stage/host" man "$stage/man"
  cp deploy/package/rollcall-as-service.8 "$stage/man/man8/"
  gzip -9n "$stage"/man/man?/*
  "$stage/host" completion bash >"$stage/completions/rollcall.bash"
  "$stage/host" completion zsh >"$stage/completions/_rollcall"
  "$stage/host" completion fish >"$stage/completions/rollcall.fish"
  VERSION=$("$stage/host" version | sed 's/^rollcall v\{0,1\}//; s/ .*//; s/-/~/; s/-/./g; s/^(devel)$/0.0.0~devel/')
  # In a package these two lie beside the README.
  sed "s/VERSION/$VERSION/g; s,(\.github/\(SECURITY\|CHANGELOG\),(\1,g" README.md >"$stage/README.md"
}

# The example as the service reads it: secrets from files, its own state.
example() {
  sed -e 's|^  secret_key_env: CLERK_SECRET_KEY$|  # secret_key_env: CLERK_SECRET_KEY|' \
    -e 's|^  # \(secret_key_file: [^ ]*\) .*|  \1|' \
    -e 's|^# \(state: /var/lib/rollcall\)$|\1|' config.example.yaml >"$stage/rollcall.example.yaml"
  [ "$(diff config.example.yaml "$stage/rollcall.example.yaml" | grep -c '^>')" -eq 3 ] ||
    { echo "package.sh: config.example.yaml has changed: see example()" >&2; exit 1; }
}

# The licences of all that is linked into the program want to go with it.
notices() {
  printf 'rollcall\nSPDX-License-Identifier: Apache-2.0\n\n'
  cat LICENSE
  printf '\nThe program contains the following, under the terms that stand below each name.\n'
  printf '\n== Go %s\n\n' "$(go env GOVERSION)"
  cat "$(go env GOROOT)/LICENSE"
  go version -m "$stage"/rollcall-* | awk '$1 == "dep" {print $2}' | sort -u |
    xargs go list -m -f '{{.Path}} {{.Version}} {{.Dir}}' | while read -r path version dir; do
    printf '\n== %s %s\n\n' "$path" "$version"
    find "$dir" -maxdepth 1 -type f \( -iname '*licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort | xargs -r cat
    find "$dir" -maxdepth 1 -type f \( -iname '*licen[cs]e*' -o -iname 'copying*' \) | has . ||
      { echo "package.sh: no licence found in $path" >&2; exit 1; }
  done
}

# An archive has the program and its documents in one directory. Nothing in it names
# the time, the owner or the machine of the build.
archive() { # archive PLATFORM
  local platform=${1/\//_} program=rollcall
  local name=rollcall_${VERSION}_$platform
  local dir=$stage/archive/$name
  mkdir -p "$dir"
  case $platform in
    windows_*) program=rollcall.exe ;;
    *) cp -r "$stage/completions" "$stage/man" "$dir/" && rm -r "$dir/man/man8" ;; # man8 is about systemd
  esac
  cp "$stage/rollcall-${platform/_/-}" "$dir/$program"
  cp LICENSE "$stage/README.md" config.example.yaml .github/CHANGELOG.md .github/SECURITY.md deploy/release/allowed_signers "$dir/"
  cp "$stage/copyright" "$dir/NOTICES"
  find "$dir" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
  cd "$stage/archive"
  case $platform in
    windows_*) find "$name" -type f | sort | zip -q -9 -X -D -@ - >"$out/$name.zip" ;;
    *) tar --create --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX "$name" | gzip -9n >"$out/$name.tar.gz" ;;
  esac
  cd "$OLDPWD"
}

# The deb and the rpm of one architecture.
packages() { # packages ARCHITECTURE
  local ARCH=$1 name packager
  for name in ARCH VERSION STAGE MAINTAINER DATE; do
    printf 's|${%s}|%s|g\n' "$name" "${!name}"
  done >"$stage/variables"
  sed -f "$stage/variables" deploy/package/nfpm.yaml >"$stage/nfpm.yaml"
  for packager in deb rpm; do
    "$nfpm" package --config "$stage/nfpm.yaml" --packager "$packager" --target "$out" >"$stage/said" || { cat "$stage/said" >&2; exit 1; }
  done
}

documents
example
for platform in "${platforms[@]}"; do build "$platform" "$stage/rollcall-${platform/\//-}"; done
notices >"$stage/copyright"
gzip -9n <.github/CHANGELOG.md >"$stage/changelog.gz"
printf 'rollcall (%s-1) stable; urgency=medium\n\n  * Built from the source of that version.\n\n -- %s  %s\n' \
  "$VERSION" "$MAINTAINER" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$stage/changelog.Debian.gz"
(cd deploy/tools && go build -o "$stage/" ./image)
nfpm=$(tool nfpm github.com/goreleaser/nfpm/v2 "$nfpm" cmd/nfpm)
gomod=$(tool cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod "$cyclonedx" cmd/cyclonedx-gomod)

images=()
for platform in "${platforms[@]}"; do
  file=${platform/\//-}
  sbom "$stage/rollcall-$file" "$stage/sbom-$file.cdx.json"
  cp "$stage/sbom-$file.cdx.json" "$out/rollcall_${VERSION}_${platform/\//_}.cdx.json"
  archive "$platform"
  if [ "${platform%/*}" = linux ]; then
    packages "${platform#*/}"
    images+=("${platform#*/}=$stage/rollcall-$file")
  fi
done
if [ "${#images[@]}" -gt 0 ]; then
  "$stage/image" -epoch "$SOURCE_DATE_EPOCH" -version "$VERSION" -o "$out/rollcall_$VERSION.oci.tar" "${images[@]}"
fi
(cd "$out" && rm -f SHA256SUMS && sha256sum -- * >"$stage/SHA256SUMS" && mv "$stage/SHA256SUMS" . && chmod 644 SHA256SUMS && ls -l)

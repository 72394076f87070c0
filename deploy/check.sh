#!/usr/bin/env bash
# Checks everything below deploy/, as .ci/run does. With names, only those:
#   deploy/check.sh systemd monitoring
# Two checks run before a release only, or by name, because they build for minutes:
#   deploy/check.sh packages release
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# has is grep -q that reads to the end. What writes to grep -q may die of SIGPIPE, which
# pipefail takes for a failure.
has() { grep "$@" | cat >/dev/null; }

fail() { printf 'deploy/check.sh: %s\n' "$*" >&2; exit 1; }

# The units are well-formed, may do no more than 1.5 says, and are hardened alike.
systemd() {
  local units=(rollcall.service rollcall-serve.service rollcall.timer) most=15 # tenths of the exposure
  local instances=(rollcall@sales.service rollcall-serve@sales.service rollcall@sales.timer)
  mkdir "$work/units"
  go build -o "$work/rollcall" ./cmd/rollcall
  for unit in "${units[@]}"; do
    for name in "$unit" "${unit%.*}@.${unit##*.}"; do
      sed "s,/usr/bin/rollcall,$work/rollcall,; /^Documentation=/d" "deploy/systemd/$name" >"$work/units/$name"
    done
    instance "$unit"
  done
  (cd "$work/units" && systemd-analyze verify --recursive-errors=yes "${units[@]/#/./}")
  # An instance is a link to its template.
  for unit in "${instances[@]}"; do ln -s "${unit/sales/}" "$work/units/$unit"; done
  (cd "$work/units" && systemd-analyze verify --recursive-errors=yes "${instances[@]/#/./}")
  for unit in rollcall.service rollcall-serve.service; do
    systemd-analyze security --offline=true --threshold="$most" "$work/units/$unit" >"$work/exposure" || fail "$unit: $(tail -1 "$work/exposure")"
    tail -1 "$work/exposure"
    # Whatever a unit starts is a verb that there is.
    sed -n 's,^Exec[A-Za-z]*=/usr/bin/rollcall ,,p' "deploy/systemd/$unit" | while read -r verb rest; do
      "$work/rollcall" help "$verb" | has "^  rollcall $verb" || fail "$unit: there is no rollcall $verb ($rest)"
    done
  done
  shared() { sed -n '/^# From here on/,/^SystemCallErrorNumber/p' "deploy/systemd/$1" | tail -n +2; }
  diff <(shared rollcall.service) <(shared rollcall-serve.service) || fail "the two services are not hardened alike"
  [ "$(shared rollcall.service | wc -l)" -gt 50 ] || fail "what the two services share was not found"
  systemd-analyze calendar --iterations=2 "$(sed -n 's/^OnCalendar=//p' deploy/systemd/rollcall.timer)" >/dev/null
  as_service
}

# The template of a unit is that unit, but for the configuration, the user, the state
# and the secrets of the instance.
instance() {
  diff "deploy/systemd/${1%.*}@.${1##*.}" - < <(sed -e 's,/etc/rollcall/rollcall\.yaml,/etc/rollcall/%i.yaml,' \
    -e 's,/etc/rollcall/credentials/,/etc/rollcall/credentials/%i/,' -e 's,^User=rollcall$,User=rollcall-%i,' \
    -e 's,^StateDirectory=rollcall$,StateDirectory=rollcall-%i,' -e 's,^Conflicts=rollcall\.timer$,Conflicts=rollcall@%i.timer,' \
    -e 's,^Environment=ROLLCALL_COMMAND=rollcall-as-service$,Environment="ROLLCALL_COMMAND=rollcall-as-service %i",' \
    -e 's/^Description=.*/& (%i)/' -e 's/\(systemctl edit rollcall[a-z-]*\)\./\1@NAME./' \
    -e '/systemctl edit/!s/\(rollcall\|rollcall-serve\)\.\(service\|timer\)/\1@.\2/g' -e 's/^# When rollcall\./# When rollcall@./' "deploy/systemd/$1") || fail "the template of $1 is another unit"
}

# rollcall-as-service takes what a drop-in says about secrets, groups and variables,
# in its order, and nothing else; what needs no secrets runs without systemd.
as_service() {
  local fake=$work/fake
  mkdir -p "$fake" "$work/etc/credentials/sales"
  echo key | tee "$work/etc/credentials/of no unit" >"$work/etc/credentials/sales/of sales"
  touch "$work/etc/rollcall.yaml" "$work/etc/sales.yaml"
  sed "s,/usr/bin/rollcall,$fake/rollcall,; s,/etc/rollcall,$work/etc,g" deploy/systemd/rollcall-as-service >"$fake/as-service"
  sh -n "$fake/as-service"
  if command -v shellcheck >/dev/null; then shellcheck deploy/systemd/rollcall-as-service; fi
  printf '#!/bin/sh\necho 0\n' >"$fake/id"
  printf '#!/bin/sh\n[ "$1" != help ] || exec %s "$@"\nprintf "rollcall of %%s in %%s:" "$ROLLCALL_COMMAND" "${STATE_DIRECTORY-}"; printf " <%%s>" "$@"; echo\n' "$work/rollcall" >"$fake/rollcall"
  printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >"$fake/systemd-run"
  cat >"$fake/systemctl" <<'SH'
#!/bin/sh
case "$*" in
  *is-active*) case ${SERVES-} in rollcall-serve*) ;; *) exit 1 ;; esac ;;
  *is-enabled*) exit 1 ;;
  *"cat ${SERVES:-rollcall.service}") cat "$UNIT" "$DROPIN" ;;
  *) exit 1 ;;
esac
SH
  chmod +x "$fake"/*
  cat >"$work/dropin" <<'INI'
# /etc/systemd/system/rollcall.service.d/override.conf
[Unit]
Environment=NOT=HERE
[Service]
SupplementaryGroups=one
SupplementaryGroups=
SupplementaryGroups = hr \
  finance
Environment="A=b c" D=$(id)
LoadCredential=keytab:/srv/keytab
#LoadCredential=commented:out
ExecStart=/usr/bin/other
INI
  said() { PATH=$fake:$PATH UNIT=deploy/systemd/${SERVES:-rollcall.service} DROPIN=$work/dropin "$fake/as-service" "$@" </dev/null; }
  said plan "--only" 'a b' >"$work/said"
  for want in --property=User=rollcall --property=StateDirectory=rollcall --property=Environment=ROLLCALL_COMMAND=rollcall-as-service \
    '--property=Environment="A=b c" D=$(id)' --property=LoadCredential=keytab:/srv/keytab '--property=SupplementaryGroups=hr    finance' \
    "--property=LoadCredential=of no unit:$work/etc/credentials/of no unit" --property=LoadCredential=clerk-secret-key:"$work"/etc/credentials/clerk-secret-key \
    '--property=SetCredential=clerk-secret-key:\x0a' --property=ProtectHome=yes --pipe 'a b'; do
    sed "s,:/etc/rollcall/credentials,:$work/etc/credentials," "$work/said" | has -xF -e "$want" || fail "rollcall-as-service does not say $want"
  done
  ! grep -qE 'NOT=HERE|commented|ExecStart|Watchdog|SystemCall' "$work/said" || fail "rollcall-as-service takes more than it should"
  diff <(grep -o 'SupplementaryGroups=.*' "$work/said") <(printf 'SupplementaryGroups=%s\n' one '' 'hr    finance') || fail "a drop-in's lines are not in order"
  SERVES=rollcall-serve.service said plan | has -x -e --property=User=rollcall || fail "the service's unit is not looked at"
  diff <(said approve --list) <(echo "rollcall of rollcall-as-service in : <--config> <$work/etc/rollcall.yaml> <approve> <--list>") || fail "approve needs no secrets"
  of_instance
}

# With the name of an instance it takes the unit, the state and the secrets of that one.
of_instance() {
  diff <(said sales history) <(echo "rollcall of rollcall-as-service sales in /var/lib/rollcall-sales: <--config> <$work/etc/sales.yaml> <history>") || fail "the instance's history is another one"
  printf '[Service]\nEnvironment=A=%%i B=%%%%i\nLoadCredential=keytab:/srv/%%i/keytab\nSupplementaryGroups=sales\n' >"$work/dropin"
  for SERVES in rollcall@sales.service rollcall-serve@sales.service; do
    UNIT=deploy/systemd/${SERVES/sales/}
    PATH=$fake:$PATH SERVES=$SERVES UNIT=$UNIT DROPIN=$work/dropin "$fake/as-service" sales plan --only x </dev/null >"$work/said"
    for want in --property=User=rollcall-sales --property=StateDirectory=rollcall-sales '--property=Environment=A=sales B=%%i' "$work/etc/sales.yaml" plan \
      '--property=Environment="ROLLCALL_COMMAND=rollcall-as-service sales"' --property=LoadCredential=keytab:/srv/sales/keytab --property=SupplementaryGroups=sales \
      --property=LoadCredential=clerk-secret-key:/etc/rollcall/credentials/sales/clerk-secret-key "--property=LoadCredential=of sales:$work/etc/credentials/sales/of sales"; do
      grep -qxF -e "$want" "$work/said" || fail "rollcall-as-service sales does not say $want"
    done
    ! grep -q -e 'of no unit' -e '<sales>' -e rollcall.yaml -e '[^%]%i' "$work/said" || fail "rollcall-as-service sales takes what is not of the instance"
  done
  SERVES=
  touch "$work/etc/plan.yaml"
  { said plan 2>&1 || true; } | has 'plan is a verb' || fail "a verb names an instance"
  said nobody plan | has -x nobody || fail "a word that names no instance is lost"
}

# The alerts do what they say. That each figure is one that there is, in the
# alerts and on the dashboard, is tested beside the figures.
monitoring() {
  promtool check rules deploy/monitoring/alerts.yaml
  promtool test rules deploy/monitoring/alerts_test.yaml
  # Each panel of the dashboard as a rule, so that promtool parses what it asks.
  python3 - deploy/monitoring/dashboard.json >"$work/panels.yaml" <<'PY'
import json, re, sys
asked = [t["expr"] for p in json.load(open(sys.argv[1]))["panels"] for t in p.get("targets", [])]
rules = [{"record": f"panel:{i}", "expr": re.sub(r"\$__\w+", "5m", e)} for i, e in enumerate(asked)]
print(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
PY
  promtool check rules "$work/panels.yaml"
}

# What builds and checks below deploy/ is checked itself, the check of the
# manifests by broken ones.
tools() {
  (cd deploy/tools && go vet ./... && go test ./...)
}

# The manifests are what a Kubernetes server would take, and their configuration
# is one that rollcall takes.
kubernetes() {
  go build -o "$work/rollcall" ./cmd/rollcall
  (cd deploy/tools && go build -o "$work/kube" ./kube)
  "$work/kube" deploy/kubernetes/overlays/* deploy/kubernetes/chart 2>"$work/said" || fail "$(cat "$work/said")" # Helm names each link there
  [ "$(find deploy/kubernetes/overlays -name kustomization.yaml | wc -l)" -eq 4 ] || fail "an overlay is not checked"
  mkdir "$work/secrets"
  echo sk_test_sandbox >"$work/secrets/clerk-secret-key"
  CREDENTIALS_DIRECTORY=$work/secrets "$work/rollcall" config check --config deploy/kubernetes/base/rollcall.yaml
}

# The packages, for this machine's architecture; a release builds both. The same
# commit gives the same bytes, wherever it lies.
packages() {
  local arch
  arch=linux/$(go env GOHOSTARCH)
  copy "$work/elsewhere"
  deploy/package.sh "$work/dist" "$arch"
  "$work/elsewhere/deploy/package.sh" "$work/again" "$arch" >/dev/null
  diff "$work/dist/SHA256SUMS" "$work/again/SHA256SUMS" || fail "two builds of the same source differ"
  (cd "$work/dist" && sha256sum --quiet --check SHA256SUMS)
  lintian --fail-on error,warning "$work"/dist/*.deb
  rpm -qp --configfiles "$work"/dist/*.rpm | has -x /etc/rollcall/rollcall.example.yaml || fail "the rpm has no configuration file"
  rpm -qpl "$work"/dist/*.rpm | has '/rollcall-serve.service$' || fail "the rpm has no units"
  [ "$(rpm -qp --queryformat '%{LICENSE}' "$work"/dist/*.rpm)" = Apache-2.0 ] || fail "the rpm names another licence"
  dpkg-deb --fsys-tarfile "$work"/dist/*.deb | tar -xO ./usr/share/doc/rollcall/copyright | diff <(printf 'rollcall\nSPDX-License-Identifier: Apache-2.0\n\n'; cat LICENSE) - | grep '^<' && fail "the deb has another licence"
  as_root rpm --upgrade --root "$work/rpm" --nodeps --noscripts "$work"/dist/*.rpm # its requirements and systemd are not in there
  "$work/rpm/usr/bin/rollcall" version
  dpkg-deb -c "$work"/dist/*.deb | awk '$1 ~ /^d/ && $1 !~ /^drwx/' | grep . && fail "the deb makes a directory that nobody can enter"
  container
  as_root deploy/test-deb.sh "$work"/dist/*.deb
}

# All files go along: git calls a copy with missing files modified, and so does its version.
copy() { # copy DIR
  mkdir -p "$1"
  cp -r .git "$1/"
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --no-dereference -t "$1"
}

# The commands of SECURITY.md, in a directory with the files of a release.
verify() { # verify DIR
  (cd "$1" && bash -e <(sed -n '/^```sh$/,/^```$/{/^```/!p}' "$OLDPWD/.github/SECURITY.md")) >"$work/said" 2>&1
}

# Two pairs of keys, of which the first is allowed in a copy of the repository.
signers() { # signers DIR
  for name in key other; do
    [ -f "$work/$name" ] || ssh-keygen -q -t ed25519 -N '' -C test -f "$work/$name"
  done
  printf 'rollcall namespaces="rollcall" %s\n' "$(cat "$work/key.pub")" >>"$1/deploy/release/allowed_signers"
}

# What the key has signed is verified. A changed byte, another key, a signature that was
# made for something else, and a file that is not in SHA256SUMS are refused.
signatures() {
  local dir=$work/signed
  mkdir -p "$dir/deploy/release" "$dir/files"
  cp deploy/sign.sh "$dir/deploy/"
  cp deploy/release/allowed_signers "$dir/deploy/release/"
  signers "$dir"
  echo program | tee "$dir/files/rollcall" >"$dir/rollcall"
  cp "$dir/deploy/release/allowed_signers" "$dir/files/"
  (cd "$dir/files" && sha256sum rollcall >SHA256SUMS)
  { "$dir/deploy/sign.sh" "$work/other" "$dir/files" 2>&1 || true; } | has 'does not have the key' || fail "another key signs"
  [ ! -e "$dir/files/SHA256SUMS.sig" ] || fail "the signature of another key is left"
  "$dir/deploy/sign.sh" "$work/key" "$dir/files"
  verify "$dir/files" || fail "a signature is refused: $(cat "$work/said")"
  cp "$dir/files/SHA256SUMS.sig" "$work/first.sig"
  "$dir/deploy/sign.sh" "$work/key" "$dir/files"
  cmp "$work/first.sig" "$dir/files/SHA256SUMS.sig" || fail "two signatures of the same file differ"
  refused() { # refused WHAT, after a change; and then it is as before
    ! verify "$dir/files" || fail "$1 is verified"
    cp "$dir/rollcall" "$dir/deploy/release/allowed_signers" "$dir/files/"
    (cd "$dir/files" && sha256sum rollcall >SHA256SUMS)
    cp "$work/first.sig" "$dir/files/SHA256SUMS.sig"
    verify "$dir/files" || fail "after $1: $(cat "$work/said")"
  }
  echo other >"$dir/files/rollcall"; refused "a changed file"
  echo other >"$dir/files/rollcall_9.9.9_amd64.deb"
  ! verify "$dir/files" || fail "a file that SHA256SUMS does not have is verified"
  grep -q rollcall_9.9.9_amd64.deb "$work/said" || fail "nothing is said of a file that SHA256SUMS does not have: $(cat "$work/said")"
  rm "$dir/files/rollcall_9.9.9_amd64.deb"
  echo other >"$dir/files/rollcall"; (cd "$dir/files" && sha256sum rollcall >SHA256SUMS); refused "a changed list of checksums"
  { "$dir/deploy/sign.sh" "$work/key" "$dir/files" && echo other >"$dir/files/rollcall"; }
  { "$dir/deploy/sign.sh" "$work/key" "$dir/files" 2>&1 || true; } | has 'is not what its SHA256SUMS says' || fail "a changed file is signed"
  refused "a file that differs from its checksum"
  rm "$dir/files/SHA256SUMS.sig"; ssh-keygen -q -Y sign -n rollcall -f "$work/other" "$dir/files/SHA256SUMS"; refused "the signature of another key"
  rm "$dir/files/SHA256SUMS.sig"; ssh-keygen -q -Y sign -n file -f "$work/key" "$dir/files/SHA256SUMS"; refused "a signature for something else"
  rm "$dir/files/SHA256SUMS.sig"; refused "a release without a signature"
}

# Two releases of one commit, from two directories, have the same bytes, and name neither
# directory. It builds for all platforms, or for those in PLATFORMS. With COLD=yes the
# second build finds an empty build cache, so it compiles everything again.
release() {
  local one=$work/one two=$work/another/directory version=0.0.1 cache
  copy "$one"
  signers "$one"
  sed -i "s/^## Unreleased$/## $version/" "$one/.github/CHANGELOG.md"
  refuses() { # refuses WHY VERSION
    { "$one/deploy/release.sh" "$2" "$work/none" 2>&1 || true; } | has "$1" || fail "release.sh $2 does not say: $1"
    [ ! -e "$work/none" ] || fail "a release that was refused has files"
  }
  refuses 'changes that are in no commit' "$version"
  git -C "$one" add -A
  git -C "$one" -c user.name=test -c user.email=test@example.org commit -q -m "A release for a test"
  refuses 'has no tag v0.0.1' "$version"
  git -C "$one" tag "v$version"
  git -C "$one" tag v0.0.2
  refuses 'the changelog has no section 0.0.2' 0.0.2
  git -C "$one" tag -d v0.0.2 >/dev/null
  refuses usage 0.1
  refuses usage v0.0.1
  cp -r "$one/." "$work/untracked"
  touch "$work/untracked/cmd/rollcall/more.go"
  { "$work/untracked/deploy/release.sh" "$version" 2>&1 || true; } | has 'more\.go' || fail "a file that git does not know is no change"
  mkdir -p "$two"
  cp -r "$one/." "$two"
  "$one/deploy/release.sh" "$version" "$work/release"
  cache=$(go env GOCACHE)
  [ "${COLD-}" != yes ] || cache=$work/cache
  GOCACHE=$cache KEY=$work/key "$two/deploy/release.sh" "$version" >/dev/null
  "$one/deploy/sign.sh" "$work/key" "$work/release"
  diff -r "$work/release" "$two/dist/$version" || fail "two builds of the same commit differ"
  contents
  # Somebody who has these files, the repository and a clean Debian.
  if [ -f "$work/release/rollcall_${version}_linux_$(go env GOHOSTARCH).cdx.json" ]; then
    as_root "$one/deploy/test-release.sh" "$work/release"
  else
    echo "not run: test-release.sh needs a release for linux/$(go env GOHOSTARCH)"
  fi
}

# What was published is what SHA256SUMS says, and all of it is of this version.
contents() {
  local file dir=$work/release
  cp "$one/deploy/release/allowed_signers" "$dir/"
  verify "$dir" || fail "$(cat "$work/said")"
  printf x >>"$dir/rollcall_${version}_linux_amd64.tar.gz"
  ! verify "$dir" || fail "a changed archive is verified"
  cp "$two/dist/$version/rollcall_${version}_linux_amd64.tar.gz" "$dir/"
  diff <(cd "$dir" && find . -type f ! -name 'SHA256SUMS*' ! -name allowed_signers -printf '%P\n' | sort) <(awk '{print $2}' "$dir/SHA256SUMS" | sort) || fail "SHA256SUMS has other files"
  mkdir "$work/unpacked"
  for file in "$dir"/*gz; do
    tar -tvf "$file" --full-time | awk '$2 != "0/0" || $1 !~ /^(d|-)rw[x-]r-[x-]r-[x-]$/ {print; bad = 1} END {exit bad}' || fail "$file has other owners or rights"
    tar -xf "$file" -C "$work/unpacked"
  done
  for file in "$dir"/*.zip; do [ ! -f "$file" ] || unzip -q "$file" -d "$work/unpacked"; done
  [ "$("$work/unpacked/rollcall_${version}_linux_amd64/rollcall" version | cut -d' ' -f2)" = "v$version" ] || fail "the program has another version"
  "$work/unpacked/rollcall_${version}_linux_amd64/rollcall" demo >/dev/null
  for file in "$work"/unpacked/*/rollcall*; do
    [ -f "$file" ] || continue
    go version -m "$file" | has 'vcs.modified=false' || fail "$file was built from changed files"
    ! grep -q -a -e "$work" -e "$HOME/go/pkg" "$file" || fail "$file names a directory of this machine"
  done
  ! grep -e VERSION -e '(\.github/\(SECURITY\|CHANGELOG\)' "$work"/unpacked/*/README.md || fail "a placeholder is left, or a link to a file that lies elsewhere"
  mv "$work/unpacked/rollcall" "$work/unpacked/kubernetes/chart"
  cp -r deploy/kubernetes/chart/ci "$work/unpacked/kubernetes/chart/"
  [ -z "$(find "$work/unpacked/kubernetes" -type l)" ] || fail "the chart has links to what is not in it"
  grep -q "^version: $version$" "$work/unpacked/kubernetes/chart/Chart.yaml" || fail "the chart has another version"
  (cd deploy/tools && go build -o "$work/kube" ./kube)
  "$work/kube" "$work"/unpacked/kubernetes/overlays/* "$work/unpacked/kubernetes/chart" >/dev/null || fail "the manifests of the release are not sound"
  [ ! -f "$dir/rollcall.rb" ] || installers
}

# Homebrew and Scoop find the archives, and in them each file that they install.
installers() {
  local text program sum
  for file in "$dir"/*.tar.gz "$dir"/*.zip; do
    [[ $file != *_kubernetes.* ]] || continue
    text=$dir/rollcall.rb
    [[ $file != *.zip ]] || text=$dir/rollcall.json
    sum=$(sha256sum "$file" | cut -d' ' -f1)
    grep -A1 -F "/v$version/${file##*/}\"" "$text" | has "\"$sum\"" || fail "$text has another checksum of $file, or another address"
  done
  for file in "$work/unpacked/rollcall_${version}"_{darwin,linux}_*; do
    sed -n '/def install/,/^  end$/p' "$dir/rollcall.rb" | grep -o '"[^"]*"' | tr -d '"' >"$work/installed"
    [ "$(wc -l <"$work/installed")" -gt 10 ] || fail "the formula installs nothing"
    while read -r program; do compgen -G "$file/$program" >/dev/null || fail "the formula installs $program, which is not in $file"; done <"$work/installed"
  done
  for program in $(grep -o 'rollcall_[^"/]*_windows_[a-z0-9]*"' "$dir/rollcall.json" | tr -d '"'); do
    [ -f "$work/unpacked/$program/rollcall.exe" ] || fail "Scoop finds no program in $program"
  done
}

as_root() { # chroot and mmdebstrap are root's
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo --preserve-env=PATH "$@"; fi
}

# The image starts where there is nothing but itself, as nobody in particular.
container() {
  local image=$work/image root=$work/root
  mkdir -p "$image" "$root"
  tar -xf "$work"/dist/*.oci.tar -C "$image"
  python3 - "$image" >"$work/layers" <<'PY'
import json, pathlib, sys
blobs = pathlib.Path(sys.argv[1])
load = lambda digest: json.loads((blobs / "blobs" / digest.replace(":", "/")).read_text())
for m in json.loads((blobs / "index.json").read_text())["manifests"]:
    for layer in load(m["digest"])["layers"]:
        print(blobs / "blobs" / layer["digest"].replace(":", "/"))
PY
  while read -r layer; do as_root tar -xf "$layer" -C "$root"; done <"$work/layers"
  printf '%s\n' 'clerk: {secret_key_file: /tmp/key}' 'sources: [{name: hr, csv: {path: people.csv, columns: {email: email, groups: teams}}}]' \
    'rules: [{groups: [staff], organization: acme, role: "org:member"}]' 'sync: {removals: managed}' \
    'serve: {timezone: Europe/Berlin}' | as_root tee "$root/etc/rollcall/rollcall.yaml" >/dev/null
  echo sk_test_sandbox | as_root tee "$root/tmp/key" >/dev/null
  as_root env -u TMPDIR chroot --userspec=65532:65532 "$root" /usr/bin/rollcall config check
  as_root env -u TMPDIR chroot --userspec=65532:65532 "$root" /usr/bin/rollcall demo >/dev/null
  grep -q 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt" || fail "the image believes no authority"
  as_root rm -rf "$root"
}

# The script of the workflow is sound; the tests of cmd/rollcall run its steps.
gitops() {
  bash -n deploy/gitops/rollcall-pull-request
  if command -v shellcheck >/dev/null; then shellcheck deploy/gitops/rollcall-pull-request; fi
}

checks=("$@")
[ $# -gt 0 ] || checks=(systemd monitoring tools kubernetes gitops signatures)
for check in "${checks[@]}"; do
  printf -- '-- %s\n' "$check"
  "$check"
done

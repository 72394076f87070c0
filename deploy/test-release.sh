#!/usr/bin/env bash
# Does what SECURITY.md and README.md tell somebody to do who has the files of a release
# and a clean Debian: verify, install with apt, demo, quick start, remove, purge. It types
# their commands as they stand there. Nothing is left at the end. Needs root, mmdebstrap
# and ip; the Debian has no network but its own loopback.
#   deploy/test-release.sh DIR
# DIR has the files of a release for this machine's architecture, and the signature.
# APT_ROOT is a directory with such a Debian that was made before, to save the minute.
set -euo pipefail
release=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

step() { printf -- '-- %s\n' "$*"; }
fail() { printf 'deploy/test-release.sh: %s\n' "$*" >&2; exit 1; }

inside() { # inside COMMAND...: in the directory with the files, as root types it
  unshare --net sh -c 'ip link set lo up && exec "$@"' sh env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" sh -c 'cd /root/release && exec "$@"' sh "$@"
}

# What apt and dpkg write down for themselves does not count.
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache \
  -o -path ./var/log -o -path ./root/release \) -prune -o -print | sort); }

block() { # block FILE HEADING 'INFO STRING': the code blocks of one section
  sed -n "/^## $2\$/,/^## /p" "$1" | sed -n "/^\`\`\`$3\$/,/^\`\`\`\$/{/^\`\`\`/!p}"
}

step "a clean Debian with OpenSSH, as SECURITY.md asks for"
arch=$(dpkg --print-architecture)
deb=$(cd "$release" && ls rollcall_*-1_"$arch".deb)
version=${deb#rollcall_}
version=${version%-1_*}
archive=rollcall_${version}_linux_$arch
if [ -n "${APT_ROOT-}" ]; then cp -a "$APT_ROOT" "$root"; else mmdebstrap --quiet --variant=apt --include=openssh-client,ca-certificates bookworm "$root"; fi
files >"$work/before"
mkdir "$root/root/release"
cp "$release/SHA256SUMS" "$release/SHA256SUMS.sig" "$release/$deb" "$release/$archive.tar.gz" deploy/release/allowed_signers "$root/root/release/"

step "verify, as SECURITY.md says"
block .github/SECURITY.md 'How to verify what you have' sh >"$work/verify"
verify() { inside sh -e -c "$(cat "$work/verify")" >"$work/said" 2>&1; }
verify || fail "the files are refused: $(cat "$work/said")"
cat "$work/said"
diff <(grep -c '^Good "rollcall" signature' "$work/said"; grep ': OK$' "$work/said" | sort) \
  <(printf '1\n%s: OK\n%s: OK\n' "$deb" "$archive.tar.gz" | sort) || fail "the commands do not say what SECURITY.md promises"
printf x >>"$root/root/release/$deb"
! verify || fail "a changed deb is verified"
cp "$release/$deb" "$root/root/release/"
printf x >"$root/root/release/rollcall_9.deb"
! verify || fail "a file that the list does not have is verified"
rm "$root/root/release/rollcall_9.deb"
sed -i '1s/^./x/' "$root/root/release/SHA256SUMS"
! verify || fail "a changed list of checksums is verified"
cp "$release/SHA256SUMS" "$root/root/release/"

# What stands in the row of README.md for the archive or the deb; root needs no sudo.
command=$(sed -n 's/^| `rollcall_VERSION.*| `\(sudo \)\{0,1\}\(.*\)` |$/\2/p' README.md | sed "s/VERSION/$version/g; s/amd64/$arch/g")

step "the archive, as README.md says"
inside sh -e -c "$(grep '^tar ' <<<"$command")"
[ "$(inside /root/.local/bin/rollcall version | cut -d' ' -f2)" = "v$version" ] || fail "the archive has another version"
rm -r "$root/root/.local"

step "the deb, with apt"
inside sh -e -c "$(grep '^apt install ' <<<"$command")" >"$work/said" 2>&1 || fail "apt does not install it: $(cat "$work/said")"
grep -q '^  rollcall-as-service plan' "$work/said" || fail "the installation does not say what comes next"
[ "$(inside rollcall version | cut -d' ' -f2)" = "v$version" ] || fail "the deb has another version"
cmp "$root/usr/share/doc/rollcall/allowed_signers" deploy/release/allowed_signers || fail "the package has other keys than the repository"
inside rollcall demo | tail -1

step "the quick start of the README in the package"
readme=$root/usr/share/doc/rollcall/README.md
for file in 'csv people.csv' 'yaml rollcall.yaml' 'json clerk.json'; do
  block "$readme" 'Quick start with a CSV file' "$file" >"$root/root/release/${file#* }"
done
block "$readme" 'Quick start with a CSV file' sh >"$work/quick"
inside bash -e -c "$(cat "$work/quick")" >"$work/said" 2>&1 || fail "the quick start fails: $(cat "$work/said")"
grep -q 'ins_sandbox_' "$work/said" || fail "check does not name the instance: $(cat "$work/said")"
inside sh -c "$(grep -o 'rm -r ~/[^`]*' "$readme")"
rmdir "$root/root/.local/state" "$root/root/.local" # the first program there makes them

step "as a service"
cp "$root/etc/rollcall/rollcall.example.yaml" "$root/etc/rollcall/rollcall.yaml"
(umask 077 && echo sk_test_sandbox >"$root/etc/rollcall/credentials/clerk-secret-key")
inside env CREDENTIALS_DIRECTORY=/etc/rollcall/credentials rollcall config check --config /etc/rollcall/rollcall.yaml
if inside rollcall check --config /etc/rollcall/rollcall.yaml >"$work/said" 2>&1; then fail "a check without the secrets"; fi
grep -q 'rollcall-as-service check' "$work/said" || fail "check does not name rollcall-as-service: $(cat "$work/said")"

step "remove, and purge"
inside apt-get remove --quiet --yes rollcall >"$work/said" 2>&1 || fail "apt does not remove it: $(cat "$work/said")"
[ ! -e "$root/usr/bin/rollcall" ] || fail "the program is still there"
[ -f "$root/etc/rollcall/rollcall.yaml" ] || fail "removing took the configuration"
inside apt-get purge --quiet --yes rollcall >"$work/said" 2>&1 || fail "apt does not purge it: $(cat "$work/said")"
files >"$work/after"
diff "$work/before" "$work/after" || fail "a purge leaves more than there was, or less"
echo "nothing is left"

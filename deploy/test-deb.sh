#!/usr/bin/env bash
# Lives through the life of the deb in a clean Debian: install, use, upgrade,
# remove, purge. Where this machine lets it, systemd boots in there and runs the
# units for real, without a network. Needs root, and mmdebstrap.
#   deploy/test-deb.sh DEB
set -euo pipefail
deb=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

# has is grep -q that reads to the end. What writes to grep -q may die of SIGPIPE, which
# pipefail takes for a failure.
has() { grep "$@" | cat >/dev/null; }

step() { printf -- '-- %s\n' "$*"; }
fail() { printf 'test-deb.sh: %s\n' "$*" >&2; exit 1; }
inside() { env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
# What dpkg, systemd and man write down for themselves does not count.
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./var/lib/dpkg -o -path ./var/cache \
  -o -path ./var/log -o -path ./tmp -o -path ./run -o -path ./root \) -prune -o -print | sort); }

step "a clean Debian"
# CLEAN_ROOT is a directory with one that was made before, to save the minute.
if [ -n "${CLEAN_ROOT:-}" ]; then cp -a "$CLEAN_ROOT" "$root"; else mmdebstrap --quiet --variant=essential --include=systemd,dbus,man-db,ca-certificates bookworm "$root"; fi
files >"$work/before"

step "install an older version"
dpkg-deb -R "$deb" "$work/older"
sed -i 's/^Version: .*/Version: 0.0.0~~older-1/' "$work/older/DEBIAN/control"
sed -i 's/^clerk:$/# as it was\nclerk:/' "$work/older/etc/rollcall/rollcall.example.yaml"
dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/older" "$root/tmp/older.deb" >/dev/null
cp "$deb" "$root/tmp/rollcall.deb"
inside dpkg --force-unsafe-io -i /tmp/older.deb >"$work/said"
grep -q '^  rollcall-as-service plan' "$work/said" || fail "the installation does not say what comes next"
[ -z "$(find "$root/etc/systemd" -name '*rollcall*')" ] || fail "the package enables something"
[ "$(stat -c %a "$root/etc/rollcall/credentials")" = 700 ] || fail "others can look at the secrets"

step "upgrade: what the admin wrote stays"
echo '# mine' >>"$root/etc/rollcall/rollcall.example.yaml"
echo '# mine too' >"$root/etc/rollcall/rollcall.yaml"
(umask 077 && echo sk_test_sandbox >"$root/etc/rollcall/credentials/clerk-secret-key")
inside dpkg --install --force-unsafe-io --force-confdef --force-confold /tmp/rollcall.deb >"$work/said"
! grep -q 'Next, as root' "$work/said" || fail "an upgrade speaks as if it were the first installation"
grep -q '^# mine$' "$root/etc/rollcall/rollcall.example.yaml" || fail "an upgrade overwrote a changed configuration file"
grep -q '^# mine too$' "$root/etc/rollcall/rollcall.yaml" || fail "an upgrade overwrote rollcall.yaml"
[ -f "$root/etc/rollcall/rollcall.example.yaml.dpkg-dist" ] || fail "the new example is nowhere"

step "use"
inside rollcall version
inside rollcall demo | tail -3
mv "$root/etc/rollcall/rollcall.example.yaml.dpkg-dist" "$root/etc/rollcall/rollcall.yaml"
inside env CREDENTIALS_DIRECTORY=/etc/rollcall/credentials rollcall config check
if inside rollcall plan 2>"$work/said"; then fail "a plan without the secrets"; fi
grep -q 'as root, run rollcall-as-service plan$' "$work/said" || fail "plan does not name rollcall-as-service: $(cat "$work/said")"
for page in rollcall rollcall-apply rollcall-service rollcall-safety rollcall-as-service; do
  inside man "$page" | has "^NAME" || fail "there is no man page $page"
done
inside systemd-analyze verify --recursive-errors=yes /usr/lib/systemd/system/rollcall.service \
  /usr/lib/systemd/system/rollcall.timer /usr/lib/systemd/system/rollcall-serve.service \
  /usr/lib/systemd/system/rollcall@.service /usr/lib/systemd/system/rollcall@.timer /usr/lib/systemd/system/rollcall-serve@.service

step "under a systemd that runs"
cat >"$root/etc/systemd/system/test-units.service" <<'U'
[Unit]
Description=The test of the units
SuccessAction=exit
FailureAction=exit
SuccessActionExitStatus=0
FailureActionExitStatus=1
[Service]
Type=oneshot
ExecStart=/usr/local/bin/test-units.sh
StandardOutput=file:/var/log/test-units
StandardError=file:/var/log/test-units
TimeoutStartSec=5min
U
install -m 755 "$here/test-units.sh" "$root/usr/local/bin/test-units.sh"
container=(systemd-nspawn --quiet --directory="$root" --register=no --keep-unit --private-network)
if ! command -v systemd-nspawn >/dev/null; then
  echo "not run: systemd-nspawn is not installed"
elif ! timeout 60 "${container[@]}" /bin/true 2>"$work/nspawn"; then
  echo "not run: this machine lets no container start: $(tail -1 "$work/nspawn")"
else
  code=0
  timeout 400 "${container[@]}" --boot -- \
    systemd.unit=test-units.service systemd.show_status=no >"$work/boot" 2>&1 </dev/null || code=$?
  cat "$root/var/log/test-units" 2>/dev/null || cat "$work/boot"
  [ "$code" -eq 0 ] || fail "the units do not do what they say (exit code $code)"
fi
rm -f "$root/usr/local/bin/test-units.sh" "$root/etc/systemd/system/test-units.service" "$root/etc/machine-id"
rm -rf "$root/srv/hr" "$root/srv/rollcall.yaml" # the test's own

step "remove, and purge"
inside dpkg -r rollcall >/dev/null
[ ! -e "$root/usr/bin/rollcall" ] || fail "the program is still there"
[ -f "$root/etc/rollcall/rollcall.yaml" ] || fail "removing took the configuration"
inside dpkg -P rollcall >/dev/null
files >"$work/after"
left=$(comm -13 "$work/before" "$work/after" | grep -v -x -e './etc/machine-id' -e './etc/.pwd.lock' -e './var/lib/systemd.*' -e './etc/localtime' -e './var/lib/dbus/machine-id' -e './etc/.updated' -e './var/.updated' || true)
[ -z "$left" ] || fail "a purge leaves: $left"
echo "nothing is left"

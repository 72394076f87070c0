#!/bin/bash
# Runs as root in a booted Debian where the package is installed and no network
# is; test-deb.sh starts it. Each unit is started as an admin would.
set -euo pipefail

# has is grep -q that reads to the end. What writes to grep -q may die of SIGPIPE, which
# pipefail takes for a failure.
has() { grep "$@" | cat >/dev/null; }

fail() { printf 'test-units.sh: %s\n' "$*"; journalctl --no-pager -n 60 -o cat; exit 1; }
is() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }
property() { systemctl show --value -p "$2" "$1"; }
held() { { rollcall-as-service plan || [ $? -eq 3 ]; } | sed -n 's/.*To approve.*: rollcall-as-service approve \([0-9a-f]\{32\}\) .*/\1/p' | sed -n 1p; }
livez() { exec 3<>/dev/tcp/127.0.0.1/4910 && printf 'GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 && cat <&3; }

ip link set lo up 2>/dev/null || true
mkdir -p /srv/hr
cat >/srv/hr/clerk.json <<'J'
{"version": 1,
 "users": [{"id": "user_ada", "email": "ada@corp.example"}, {"id": "user_ben", "email": "ben@corp.example"},
  {"id": "user_cleo", "email": "cleo@corp.example"}, {"id": "user_dora", "email": "dora@corp.example"}],
 "organizations": [{"id": "org_acme", "slug": "acme", "name": "Acme"}],
 "memberships": [{"organization_id": "org_acme", "user_id": "user_ada", "role": "org:admin"}]}
J
printf '%s\n' employee_no,email,teams 1001,ada@corp.example,admins 1002,ben@corp.example,staff \
  1003,cleo@corp.example,staff 1004,dora@corp.example,staff >/srv/hr/people.csv
cat >/srv/rollcall.yaml <<'Y'
clerk:
  api_url: http://127.0.0.1:4900
  secret_key_file: ${CREDENTIALS_DIRECTORY}/clerk-secret-key
state: /var/lib/rollcall
sources:
  - name: hr
    csv: {path: /srv/hr/people.csv, settle: 0s, columns: {id: employee_no, email: email, groups: teams}}
rules:
  - {groups: [admins], organization: acme, role: "org:admin"}
  - {groups: [staff], organization: acme, role: "org:member"}
sync: {removals: managed}
Y
systemd-run --quiet --unit=sandbox rollcall sandbox --seed /srv/hr/clerk.json --listen 127.0.0.1:4900 --secret-key sk_test_sandbox
cd /

echo "without a configuration nothing starts, and nothing is red"
rm -f /etc/rollcall/rollcall.yaml
systemctl start rollcall.service rollcall-serve.service
is "rollcall.service" "$(property rollcall.service ConditionResult)" no
is "rollcall.service" "$(systemctl is-failed rollcall.service || true)" inactive
is "rollcall-serve.service" "$(systemctl is-failed rollcall-serve.service || true)" inactive

echo "a configuration that is refused: red, with the reason, before anything is sent"
echo 'clerk: {}' >/etc/rollcall/rollcall.yaml
! systemctl start rollcall.service 2>/dev/null || fail "it started"
is "rollcall.service" "$(systemctl is-failed rollcall.service)" failed
journalctl --no-pager -u rollcall.service | has 'sources: missing' || fail "the journal does not say why"

echo "a secret that is not there: named"
cp /srv/rollcall.yaml /etc/rollcall/rollcall.yaml
mv /etc/rollcall/credentials/clerk-secret-key /srv/key
! systemctl start rollcall.service 2>/dev/null || fail "it started"
journalctl --no-pager -u rollcall.service | has 'clerk-secret-key is empty' || fail "the journal does not name the secret"
mv /srv/key /etc/rollcall/credentials/clerk-secret-key

echo "a run"
# The timer keeps the service loaded: of one that is not, systemd forgets how it ended.
systemctl start rollcall.timer
systemctl start rollcall.service
is "exit code" "$(property rollcall.service ExecMainStatus)" 0
[ -L /var/lib/rollcall ] || fail "/var/lib/rollcall is not what DynamicUser makes of it"

echo "held: not red, and to be seen"
sed -i '/ben/d; /cleo/d' /srv/hr/people.csv
systemctl start rollcall.service
is "exit code" "$(property rollcall.service ExecMainStatus)" 3
is "rollcall.service" "$(systemctl is-failed rollcall.service || true)" inactive
{ systemctl status rollcall.service --no-pager -n 0 || true; } | has 'status=3' || fail "systemctl status does not show the hold"

echo "by hand beside it, as root, without secrets"
rollcall history
rollcall show 1 >/dev/null
rollcall pause --reason audit
rollcall resume
systemctl start dbus.socket dbus.service # systemd-run speaks over it, and nothing has wanted it so far
hash=$(held)
[ "${#hash}" -eq 32 ] || fail "plan with the service's secrets shows no hash"
rollcall-as-service approve --list | has "rollcall-as-service approve $hash" || fail "what waits is not listed"
rollcall-as-service approve "$hash" --reason "both have left" >/dev/null
owners=$(find /var/lib/private/rollcall -printf '%u:%m\n' | sort -u)
case "$owners" in *root*) fail "root left files of its own: $owners" ;; esac

echo "what was approved is done by the next run of the timer's"
systemctl enable --quiet --now rollcall.timer
systemctl list-timers --no-pager rollcall.timer | has rollcall.service || fail "the timer waits for nothing"
systemctl start rollcall.service
is "exit code" "$(property rollcall.service ExecMainStatus)" 0
run=$(rollcall history --output json | tr -d ' \n' | grep -o '"run":[0-9]*' | sed -n 1p | cut -d: -f2)
rollcall show "$run" | has cleo || fail "run $run did not remove her"

echo "a drop-in: what the unit can read, rollcall-as-service can read"
groupadd hr
chgrp hr /srv/hr/people.csv
chmod 640 /srv/hr/people.csv
! rollcall-as-service plan >/dev/null 2>&1 || fail "the service can read what is not its own"
mkdir -p /etc/systemd/system/rollcall.service.d /etc/systemd/system/rollcall-serve.service.d
printf '[Service]\nSupplementaryGroups=hr\n' | tee /etc/systemd/system/rollcall.service.d/hr.conf >/etc/systemd/system/rollcall-serve.service.d/hr.conf
systemctl daemon-reload
rollcall-as-service plan >/dev/null || fail "rollcall-as-service does not see the drop-in"

echo "an instance beside it: its own configuration, secrets, user and state"
mkdir -p /etc/rollcall/credentials/sales
echo sk_test_sandbox >/etc/rollcall/credentials/sales/clerk-secret-key
sed '/^state:/d; s/removals: managed/&, owner: sales/' /srv/rollcall.yaml >/etc/rollcall/sales.yaml
systemctl enable --quiet --now rollcall@sales.timer
! rollcall-as-service sales plan >/dev/null 2>&1 || fail "the instance reads what the drop-in of another unit allows"
mkdir -p /etc/systemd/system/rollcall@sales.service.d
printf '[Service]\nSupplementaryGroups=hr\n' >/etc/systemd/system/rollcall@sales.service.d/hr.conf
systemctl daemon-reload
rollcall-as-service sales plan >/dev/null || [ $? -eq 3 ] || fail "rollcall-as-service does not see the drop-in of the instance"
systemctl start rollcall@sales.service
case "$(property rollcall@sales.service ExecMainStatus)" in 0 | 3) ;; *) fail "the instance did not run" ;; esac
[ -d /var/lib/private/rollcall-sales ] || fail "the instance has no state of its own"
rollcall-as-service sales show 1 >/dev/null || fail "the history of the instance is not found"

echo "the service instead: ready, alive, reloads, stops"
systemctl start rollcall-serve.service
is "rollcall.timer" "$(systemctl is-active rollcall.timer || true)" inactive
livez | has '200 OK' || fail "/livez"
is "watchdog" "$(property rollcall-serve.service WatchdogUSec)" 5min
systemctl reload rollcall-serve.service
sleep 1
is "rollcall-serve.service" "$(systemctl is-active rollcall-serve.service)" active
rollcall-as-service undo "$run" --plan | has cleo || fail "undo with the service's secrets"
systemctl stop rollcall-serve.service
is "rollcall-serve.service" "$(systemctl is-failed rollcall-serve.service || true)" inactive
is "exit code" "$(property rollcall-serve.service ExecMainStatus)" 0
systemctl disable --quiet rollcall.timer
systemctl disable --quiet --now rollcall@sales.timer
rm -r /etc/systemd/system/rollcall@sales.service.d /etc/systemd/system/rollcall.service.d /etc/systemd/system/rollcall-serve.service.d
echo "all units do what they say"

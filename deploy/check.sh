#!/usr/bin/env bash
# Checks everything below deploy/, as .ci/run does. With names, only those:
#   deploy/check.sh systemd monitoring
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'deploy/check.sh: %s\n' "$*" >&2; exit 1; }

# The units are well-formed, may do no more than 1.5 says, and are hardened alike.
systemd() {
  local units=(rollcall.service rollcall-serve.service rollcall.timer) most=15 # tenths of the exposure
  mkdir "$work/units"
  go build -o "$work/rollcall" ./cmd/rollcall
  for unit in "${units[@]}"; do
    sed "s,/usr/bin/rollcall,$work/rollcall,; /^Documentation=/d" "deploy/systemd/$unit" >"$work/units/$unit"
  done
  (cd "$work/units" && systemd-analyze verify --recursive-errors=yes "${units[@]/#/./}")
  for unit in rollcall.service rollcall-serve.service; do
    systemd-analyze security --offline=true --threshold="$most" "$work/units/$unit" >"$work/exposure" || fail "$unit: $(tail -1 "$work/exposure")"
    tail -1 "$work/exposure"
    # Whatever a unit starts is a verb that there is.
    [ "$unit" != rollcall-serve.service ] || continue # serve is being built
    sed -n 's,^Exec[A-Za-z]*=/usr/bin/rollcall ,,p' "deploy/systemd/$unit" | while read -r verb rest; do
      "$work/rollcall" help "$verb" | grep -q "^  rollcall $verb" || fail "$unit: there is no rollcall $verb ($rest)"
    done
  done
  shared() { sed -n '/^# From here on/,/^SystemCallErrorNumber/p' "deploy/systemd/$1" | tail -n +2; }
  diff <(shared rollcall.service) <(shared rollcall-serve.service) || fail "the two services are not hardened alike"
  [ "$(shared rollcall.service | wc -l)" -gt 50 ] || fail "what the two services share was not found"
  systemd-analyze calendar --iterations=2 "$(sed -n 's/^OnCalendar=//p' deploy/systemd/rollcall.timer)" >/dev/null
  sh -n deploy/systemd/rollcall-as-service
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

checks=("$@")
[ $# -gt 0 ] || checks=(systemd monitoring)
for check in "${checks[@]}"; do
  printf -- '-- %s\n' "$check"
  "$check"
done

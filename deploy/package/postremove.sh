#!/bin/sh
# A purge of the deb takes configuration, secrets and history with it. rpm knows
# no purge, and leaves them.
set -e

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
if [ "$1" = purge ]; then
  # The state of instances, by the names of their configurations.
  for config in /etc/rollcall/*.yaml; do
    name=$(basename "$config" .yaml)
    rm -rf "/var/lib/private/rollcall-$name" "/var/lib/rollcall-$name"
    rm -f "/var/lib/systemd/timers/stamp-rollcall@$name.timer"
  done
  rm -rf /etc/rollcall /var/lib/private/rollcall /var/lib/rollcall
  rm -f /var/lib/systemd/timers/stamp-rollcall.timer
  # Directories that the first start made, where nothing else is in them.
  if [ -d /var/lib/private ]; then rmdir --ignore-fail-on-non-empty /var/lib/private; fi
fi

#!/bin/sh
# dpkg says remove or upgrade, rpm how many are left. An upgrade stops nothing.
set -e

case "$1" in
remove | 0)
  if [ -d /run/systemd/system ]; then
    systemctl stop rollcall.timer rollcall-serve.service rollcall.service \
      'rollcall@*.timer' 'rollcall-serve@*.service' 'rollcall@*.service'
  fi
  if command -v systemctl >/dev/null; then
    systemctl --quiet disable rollcall.timer rollcall-serve.service
    for unit in /etc/systemd/system/*.wants/rollcall@*.timer /etc/systemd/system/*.wants/rollcall-serve@*.service; do
      if [ -L "$unit" ]; then systemctl --quiet disable "${unit##*/}"; fi
    done
  fi
  ;;
esac

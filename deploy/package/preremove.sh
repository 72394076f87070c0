#!/bin/sh
# dpkg says remove or upgrade, rpm how many are left. An upgrade stops nothing.
set -e

case "$1" in
remove | 0)
  if [ -d /run/systemd/system ]; then
    systemctl stop rollcall.timer rollcall-serve.service rollcall.service
  fi
  if command -v systemctl >/dev/null; then
    systemctl --quiet disable rollcall.timer rollcall-serve.service
  fi
  ;;
esac

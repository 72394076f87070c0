#!/bin/sh
# Nothing is enabled and nothing is started: that is for whoever has written the
# configuration. What runs already goes on with the new program.
set -e

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart rollcall-serve.service 'rollcall-serve@*.service'
fi

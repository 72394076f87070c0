#!/bin/sh
# Nothing is enabled and nothing is started: that is for whoever has written the
# configuration. What runs already goes on with the new program. Without a
# configuration it says what comes next.
set -e

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart rollcall-serve.service 'rollcall-serve@*.service'
fi

if [ ! -e /etc/rollcall/rollcall.yaml ]; then
  cat <<'END'
rollcall is installed and does nothing yet. Next, as root:
  cp /etc/rollcall/rollcall.example.yaml /etc/rollcall/rollcall.yaml   # then edit it
  install -m 600 /dev/stdin /etc/rollcall/credentials/clerk-secret-key # type the key, Enter, Ctrl-D
  rollcall-as-service check
  rollcall-as-service plan                                             # changes nothing
  systemctl enable --now rollcall.timer                                # a run every 15 minutes
"man rollcall-service" says more, and "rollcall demo" shows all of it without Clerk.
END
fi

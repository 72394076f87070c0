"""An SMTP server on loopback that keeps what it gets in a maildir, and has no
mailbox "gone".

smtpd.py PORT MAILDIR ENCRYPTION CERT KEY USER PASSWORD; ENCRYPTION is starttls,
tls or off, an empty USER is no login.
"""

import asyncio
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult

port, maildir, encryption, cert, key, user, password = sys.argv[1:]
context = None
if encryption != "off":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)


class Mailboxes(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def check(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=right, handled=False)


async def serve():
    await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            Mailboxes(maildir),
            tls_context=context if encryption == "starttls" else None,
            require_starttls=encryption == "starttls",
            auth_required=bool(user),
            auth_require_tls=encryption == "starttls",
            authenticator=check,
            enable_SMTPUTF8=True,
        ),
        "127.0.0.1",
        int(port),
        ssl=context if encryption == "tls" else None,
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(serve())

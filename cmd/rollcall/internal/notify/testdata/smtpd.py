"""An SMTP server on loopback that keeps what it gets in a maildir.

smtpd.py PORT MAILDIR CERT KEY USER PASSWORD; an empty CERT is no encryption,
an empty USER is no login.
"""

import asyncio
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult

port, maildir, cert, key, user, password = sys.argv[1:]
context = None
if cert:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)


def check(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=right, handled=False)


async def serve():
    await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            Mailbox(maildir),
            tls_context=context,
            require_starttls=context is not None,
            auth_required=bool(user),
            authenticator=check,
            enable_SMTPUTF8=True,
        ),
        "127.0.0.1",
        int(port),
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(serve())

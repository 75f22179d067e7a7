"""A listening socket, or one sentence that says why not and what to do."""

import errno
from socket import socket

from adapters.web.channel import listen
from adapters.web.settings import WebSettings
from bot.cli.speech import Stopped


def listen_or_say_why(settings: WebSettings, where: str) -> socket:
    """`where` names what the person can change: a setting or an option."""
    try:
        return listen(settings)
    except OSError as why:
        port, host = settings.port, settings.host
        match why.errno:
            case errno.EADDRINUSE:
                what = f"Port {port} is taken by another program (perhaps another Morsel)."
                raise Stopped(what, f"Stop that one, or choose another port with {where}.") from why
            case errno.EACCES:
                what = f"Port {port} may be used by administrators only."
                raise Stopped(what, f"Choose one from 1024 on with {where}.") from why
            case errno.EADDRNOTAVAIL:
                raise Stopped(f"This machine has no address {host}.", 'Write "127.0.0.1" or "0.0.0.0".') from why
            case _:
                raise Stopped(f"Morsel cannot listen on {host}, port {port} ({why.strerror}).") from why

"""What the web chat is told when it is built: plain values. It reads no file and no environment itself."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from msgspec import Struct


class WebSettings(Struct, frozen=True):
    """Where to listen and what to allow.

    `spare_ports`: how many ports after `port` may be tried when it is taken (0: none). `link` is the address people use
    from outside, without a slash at the end; once it is https, cookies are Secure. `upload_limit` is in bytes.
    `proxies` are the addresses whose X-Forwarded-* headers are believed; nobody else's are.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    spare_ports: int = 0
    link: str = ""
    upload_limit: int = 50_000_000
    proxies: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        return self.link.startswith("https://")

    @property
    def link_origin(self) -> str:
        """Scheme and host of the link as a browser writes them in Origin, or empty."""
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme and parts.netloc else ""


class Persona(Struct, frozen=True):
    """Somebody a visitor of the demo can be. `chat` is their chat id; `hint` one line on what to try."""

    chat: str
    name: str
    role: str
    place: str
    region: str = ""
    hint: str = ""


class Demo(Struct, frozen=True):
    """What only the demo has: people to be, in the order to show them, and a clock that can be moved ahead."""

    personas: tuple[Persona, ...]
    forward: Callable[[timedelta], Awaitable[None]]

    def persona(self, chat: str) -> Persona | None:
        return next((persona for persona in self.personas if persona.chat == chat), None)


class Command(Struct, frozen=True):
    """A line of the "/" menu: the name without the slash, and what it does in a few words."""

    name: str
    about: str


Commands = Callable[[str], Sequence[Command]]  # by language code


def no_commands(language: str) -> Sequence[Command]:  # noqa: ARG001 - the shape of Commands
    return ()

"""What a channel is given by whoever wires the bot. Values and ports only; no behaviour."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp

from bot.events import Address
from bot.given import Catalog
from bot.ports import Aside, Channel, Clock, Leases, Media, Quizzes, Vault

Menu = Callable[[str, str], Sequence[tuple[str, str]]]
Here = Callable[[str, str], Awaitable[None]]
Bound = Callable[[str, str], Awaitable[Sequence[Address]]]
Who = Callable[[Address], Awaitable[tuple[str, str] | None]]


async def nobody(address: Address) -> tuple[str, str] | None:  # noqa: ARG001 - the shape of Who
    """Where it is not known who is behind an address."""
    return None


async def none_bound(channel: str, account: str) -> Sequence[Address]:  # noqa: ARG001 - the shape of Bound
    """Where it is not known who is reached in an account."""
    return ()


def working() -> str:
    """Nothing keeps the channel from working."""
    return ""


async def unheard(channel: str, chat: str) -> None:
    """Where nobody wants to know how the bot's chat is opened."""


@dataclass(frozen=True)
class Parts:
    """`catalog` gives what is published now (packs carry their pictures). `menu` gives the commands of a role in a
    language: name and one line of help each. `link` is where the web server is reached from outside, or empty. `holder`
    names this process in leases. `who` gives the role and the language of the person at an address, None for strangers.
    `here` is told, once a channel knows it, which web address opens the private chat with the bot there; with
    `?start=CODE` it lets somebody in. `bound` gives all addresses of people in an account of a channel.
    """

    clock: Clock
    catalog: Callable[[], Catalog]
    menu: Menu
    media: Media
    vault: Vault
    leases: Leases
    aside: Aside
    quizzes: Quizzes
    link: str
    holder: str
    who: Who = nobody
    here: Here = unheard
    bound: Bound = none_bound


@dataclass(frozen=True)
class Plugged:
    """A channel that is switched on, and what it wants the web server to answer: an ASGI app for each path prefix. The
    app gets the whole path, guards itself, and answers everything below its prefix. `off` says why the channel is of no use
    though it runs, in a sentence for the operator; empty while it works. It was logged already."""

    channel: Channel
    doors: Sequence[tuple[str, ASGIApp]] = ()
    off: Callable[[], str] = working

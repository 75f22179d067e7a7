"""What a payload of Slack's says, as values: what both halves of the translator make, and `intake.py` acts on. Pure."""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from adapters.slack.payloads import Member
from adapters.slack.payloads import Profile as Profiled
from adapters.slack.words import words
from bot.events import Address, Event, Incoming, Sender

CHANNEL: Final = "slack"
Place = tuple[str, str]  # a conversation's id and a message's own, its time stamp


class Unreadable(ValueError):
    """A payload that is for the bot and cannot be read. The text says where, never what was said."""


class Ground(Struct, frozen=True):
    """What a translation may know: the unit of an open door (or empty), and the names of all commands."""

    unit: str = ""
    commands: frozenset[str] = frozenset()


class Lost(Struct, frozen=True):
    """The app was uninstalled from a workspace (or, `everywhere`, from an organisation), or its token was revoked. `id` is
    the event's own."""

    team: str
    enterprise: str
    id: str
    everywhere: bool = False


class Limited(Struct, frozen=True):
    """Slack holds events of that workspace back: there were too many."""

    team: str


class Profile(Struct, frozen=True):
    """What Slack said unasked about a member."""

    team: str
    user: str
    sender: Sender


class WayBack(Struct, frozen=True):
    """How to change the message that was pressed. `about`: its metadata, as it stood there."""

    place: Place
    url: str
    about: dict[str, Any] | None = None


class Heard(Struct, frozen=True):
    """What a payload says. `team` and `enterprise` are whose installation it came through. `challenge`: to be echoed.
    `back`: how to change the message that was pressed. `in_public`: a command that
    was given where others are. `reply`: what is to stand in the acknowledgement."""

    incoming: tuple[Incoming, ...] = ()
    about: Lost | Limited | Profile | None = None
    team: str = ""
    enterprise: str = ""
    challenge: str = ""
    back: WayBack | None = None
    in_public: bool = False
    reply: dict[str, Any] | None = None


SILENCE: Final = Heard()


class Through(Struct, frozen=True):
    """Whose event it is: our workspace, its organisation, whether installed for all of that, and the event's own id."""

    team: str
    enterprise: str
    everywhere: bool
    id: str
    at: datetime

    def incoming(self, user: str, event: Event, sender: Sender | None = None, part: int = 0) -> Incoming:
        """An event of that member. `part` tells several of one payload apart."""
        made = f"{CHANNEL}:{self.team}:{self.id}" + (f":{part}" if part else "")
        return Incoming(made, event, self.at, self.address(user), sender=sender)

    def address(self, user: str) -> Address:
        return Address(CHANNEL, f"{self.team}/{user}")

    def lost(self) -> Lost:
        return Lost(self.team, self.enterprise, self.id, self.everywhere)

    def heard(self, *incoming: Incoming, about: Lost | Limited | Profile | None = None) -> Heard:
        return Heard(incoming, about, self.team, self.enterprise)

    def foreign(self, *teams: str | None) -> bool:
        """Whether a member of these teams is not ours: Slack Connect brings people of other companies.

        Installed for a whole organisation, its other workspaces are ours too and cannot be told by their ids.
        """
        ours = (self.team, self.enterprise)
        return not self.everywhere and any(team and team not in ours for team in teams)


def sender_of(member: Member) -> Sender:
    """What we may know of a member before they tell us. A locale is like "de-DE", a zone like "Europe/Berlin"."""
    profile = member.profile or Profiled()
    name = profile.real_name or member.real_name or profile.display_name or member.name or ""
    language = (member.locale or "").partition("-")[0].partition("_")[0].lower()
    return Sender(words(name).strip()[:80], language, member.tz or "")

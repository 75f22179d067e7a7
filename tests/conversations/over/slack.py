"""Talks over Slack: the strict fake on real sockets, the real channel (slack_sdk, Socket Mode or our own HTTP door)."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.database.aside import Aside
from adapters.database.leases import Leases
from adapters.database.media import Media
from adapters.database.vault import Vault
from adapters.parts import Parts
from adapters.slack import plug
from adapters.slack.channel import SlackChannel
from adapters.slack.settings import SlackSettings
from bot.events import Address, Sender
from tests.conversations.over.carrying import Company, Deed, Standing
from tests.conversations.over.looking import Key, Seen, plain
from tests.conversations.stage import PEOPLE, Stage, open_stage, phone
from tests.fakes.slack import FakePerson, FakeSlack, NotThere
from tests.fakes.slack.choosing import Surface, option_of
from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.people import Workspace
from tests.fakes.slack.server import Server, serve
from tests.fakes.slack.shown import Control, Page, Shown, chosen_of, controls_of
from tests.slack.until import until
from tests.slack.world import listening
from tests.telegram.world import door, menu

NAME = "slack"
NAMELESS = "🙂"  # what Slack calls somebody of whom the talk says nothing
HERE = "Europe/Berlin"
EXPECTED = ("", "user_disabled", "file_not_found")  # what Slack may answer: somebody left, a file is gone


class Private:
    """A member's direct messages with the bot."""

    def __init__(self, person: FakePerson, platform: "OverSlack") -> None:
        self.person, self._platform = person, platform
        self.blocked = False
        self.standing: dict[str, Standing] = {}
        self._ever: list[tuple[str, list[dict[str, Any]]]] = []

    @property
    def address(self) -> Address:
        return Address(NAME, f"{self.person.team.id}/{self.person.id}")

    def ids(self) -> tuple[str, ...]:
        return tuple(each.ts for each in self.person.messages if not each.ephemeral)

    def quick(self) -> Sequence[str]:
        return [each.visible for each in self.person.messages if each.ephemeral]

    def board(self) -> Seen | None:
        page, home = self.person.home, self.person.member.home
        return seen(page, home.raw["blocks"], home.state) if page and home else None

    def seen(self, id: str) -> Seen:
        shown = next(each for each in self.person.messages if each.ts == id)
        return seen(shown, self._blocks(id), self.person.im.messages[id].states.get(self.person.id, {}))

    def _blocks(self, id: str) -> list[dict[str, Any]]:
        return list(self.person.im.messages[id].raw.get("blocks", ()))

    def remember(self, id: str) -> None:
        self._ever.append((id, copy.deepcopy(self._blocks(id))))

    def say(self, text: str) -> None:
        self.person.say(text)

    def pressing(self, label: str, *, old: bool) -> Deed:
        """As Slack's own app does it: a tap on a tick box tells all that is ticked then."""
        for surface in self._standing_once() if old else self._standing_now():
            if found := _press(surface, label):
                return lambda surface=surface, found=found: self.person._act(surface, *found)  # type: ignore[misc]
        raise NotThere(f"There is no button {label!r}.")

    def _standing_now(self) -> Iterator[Surface]:
        """The messages, newest first, then the board."""
        for id, message in sorted(self.person.im.messages.items(), reverse=True):
            if message.raw.get("bot_id"):
                state = message.states.setdefault(self.person.id, {})
                yield Surface(self._blocks(id), state, self.person.im, message)
        if home := self.person.member.home:
            yield Surface(home.raw["blocks"], home.state, view=home)

    def _standing_once(self) -> Iterator[Surface]:
        """All that ever stood there, oldest first: another phone is not so quick to see a change."""
        for id, blocks in self._ever:
            yield Surface(blocks, {}, self.person.im, self.person.im.messages[id])

    def tick(self, labels: Sequence[str]) -> None:
        """On the newest boxes, or where they are gone, on those that stood there last."""
        for surface in (*self._standing_now(), *reversed(tuple(self._standing_once()))):
            for control in controls_of(surface.blocks):
                if control.kind == "checkboxes":
                    self.person._act(surface, control, [option_of(control, label) for label in labels])
                    return
        raise NotThere("There is nothing to tick.")

    def offer(self, name: str, size: int, data: bytes, how: str) -> None:
        """Dropped into the direct messages. Slack may hold less of it, or more, than it said at first."""
        id = self.person.upload(name, data, size=size, id="F?" if how == "broken" else "")
        file = self.person.fake.files[id]
        match how:
            case "gone":
                del self.person.fake.files[id]
            case "empty":
                file.size, file.data = 0, b""
            case "large":
                file.size = 1 << 30

    def appear(self) -> None:
        """They join the workspace; who is there already opens the conversation."""
        if self.ids():
            self.person.open_messages_tab()
        else:
            self.person.fake.event(self.person.team, {"type": "team_join", "user": self.person.raw()})

    def open_board(self) -> None:
        self.person.open_home()

    def leave(self) -> None:
        """The only way to leave that Slack tells of."""
        self.blocked = True
        self.person.deactivate()

    def block(self) -> None:
        self.blocked = self.person.member.deleted = True

    async def come_back(self) -> None:
        self.blocked = False
        self.person.reactivate()
        await self._platform.heard_all()


def seen(shown: Shown | Page, blocks: list[dict[str, Any]], state: dict[str, Any]) -> Seen:
    notice = shown.text if isinstance(shown, Shown) else None
    links = {each.element["url"] for each in controls_of(blocks) if "url" in each.element}
    return Seen(
        shown.visible,
        tuple(_keys(blocks, state)),
        pictures=len(shown.images),
        alts=tuple(image.alt for image in shown.images),
        notice=notice,
        stray=(*shown.pings, *(link for link in shown.links if link not in links)),
    )


def _keys(blocks: list[dict[str, Any]], state: dict[str, Any]) -> list[Key]:
    """Everything that can be pressed or chosen."""
    found: list[Key] = []
    for control in controls_of(blocks):
        if control.kind == "button":
            found.append(Key(control.label, control.element.get("url") or control.element["value"]))
            continue
        on = [option["value"] for option in chosen_of(control, state)]
        found += [Key(each["text"]["text"], each["value"], each["value"] in on) for each in control.options]
    return found


def _press(surface: Surface, label: str) -> tuple[Control, Any] | None:
    """The control with that label, and what is chosen there by a press."""
    for control in controls_of(surface.blocks):
        if control.kind == "button" and plain(Key(control.label, "")).label == label:
            return control, control.element
        option = next((each for each in control.options if each["text"]["text"] == label), None)
        if option and control.kind == "checkboxes":
            on = chosen_of(control, surface.state)
            return control, [each for each in control.options if (each in on) != (each is option)]
        if option:
            return control, option
    return None


class OverSlack:
    """The fake, the channel, and everybody's direct messages."""

    carries = ("talk", "slack")

    def __init__(self, stage: Stage, fake: FakeSlack, team: Workspace, channel: SlackChannel) -> None:
        self.stage, self.fake, self.team, self.channel = stage, fake, team, channel
        self.senders: Callable[[str], Sender | None] = lambda name: None
        self._phones: dict[Address, Private] = {}
        self._last: list[Delivery] = []

    @property
    def chats(self) -> Mapping[Address, Private]:
        return self._phones

    def phone(self, address: Address) -> Private:
        if address not in self._phones:
            name = phone(address)
            known = next((each for each in PEOPLE if each[0] == name), None)
            told = self.senders(name) or Sender(known[1] if known else NAMELESS, known[4] if known else "en", HERE)
            person = self.team.user(f"{told.name}\0{name}", tz=_zone(told.zone), locale=told.language)
            person.member.real_name = told.name
            self._phones[address] = Private(person, self)
        return self._phones[address]

    async def gather(self, group: str, address: Address) -> None:
        self._channel(group)

    async def heard_all(self) -> None:
        self._last = list(self.fake.deliveries.open) or self._last
        await until(lambda: not self.fake.deliveries.open)

    async def quiet(self) -> None:
        """The bot's own messages come back to it, and say nothing."""
        last = self._last
        await self.heard_all()
        self._last = last

    async def close(self) -> None:
        """Slack is told at once that a press was heard."""

    async def again(self) -> None:
        for delivery in self._last:
            self.fake.deliveries.put(Delivery(delivery.kind, delivery.payload, self.fake.clock()))
        await self.heard_all()

    def _channel(self, group: str) -> str:
        known = next((each.id for each in self.team.team.channels.values() if each.name == group), "")
        return known or self.team.channel(group)

    def say_in(self, group: str, address: Address, text: str) -> None:
        self.phone(address).person.mention(text, self._channel(group))

    def vote_in(self, group: str, address: Address, chosen: Sequence[str]) -> None:
        raise NotThere("Slack has no quiz polls.")

    def offer_in(self, group: str, address: Address, name: str, data: bytes) -> None:
        """What is said in a channel is not said to the bot."""
        person = self.phone(address).person
        person.upload(name, data, channel=self._channel(group))

    def complaints(self) -> list[str]:
        said = [f"{each.method}: {each.said}" for each in self.fake.warnings]
        lost = [f"lost: {each.kind} {each.reason}" for each in self.fake.lost]
        failed = [f"{each.method}: {each.error}" for each in self.fake.calls if each.error not in EXPECTED]
        told = [notice for each in self._phones.values() for notice in each.person.notices]
        return [*said, *lost, *failed, *told]


def _zone(name: str) -> str:
    """Slack tells real zones only."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return HERE


@asynccontextmanager
async def over_slack(folder: Path, mode: str = "socket") -> AsyncIterator[Company]:
    """A company in a workspace, on an empty database."""
    company = Company(OverSlack.carries)
    async with open_stage(folder, recorder=company) as stage:
        fake = FakeSlack(clock=lambda: stage.clock.now().timestamp())
        fake.limits.on, fake.processing = False, 0.0
        async with serve(fake) as server, _running(company, stage, folder, server, mode) as channel:
            await until(lambda: bool(channel.accounts()))
            await until(lambda: mode != "socket" or len(server.sockets.ready) == 2)
            yield company


@asynccontextmanager
async def _running(
    company: Company, stage: Stage, folder: Path, server: Server, mode: str
) -> AsyncIterator[SlackChannel]:
    fake = server.fake
    team = fake.workspace("Harbour")
    with listening() as sock:
        link = f"http://127.0.0.1:{sock.getsockname()[1]}"
        fake.app.urls = {kind: f"{link}/slack/{kind}" for kind in ("events", "interactive", "commands")}
        fake.app.socket_mode = mode == "socket"
        settings = SlackSettings(
            bot_token=team.token,
            app_token=fake.app.app_token,
            signing_secret=fake.app.signing_secret,
            mode=mode,
            server=f"{server.base_url}/api/",
        )
        plugged = plug(settings, parts_of(stage, folder, link))
        channel = plugged.channel
        assert isinstance(channel, SlackChannel)
        platform = company.platform = OverSlack(stage, fake, team, channel)
        for name, *_ in PEOPLE:
            platform.phone(Address("talk", name))
        async with AsyncExitStack() as stack:
            for _, app in plugged.doors:
                await stack.enter_async_context(door(app, sock))
            running = asyncio.create_task(channel.run(company.hear))
            try:
                yield channel
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


def parts_of(stage: Stage, folder: Path, link: str) -> Parts:
    return Parts(
        clock=stage.clock,
        catalog=lambda: stage.service.catalog,
        menu=menu,
        media=Media(stage.database),
        vault=Vault(stage.database, folder / "morsel.key"),
        leases=Leases(stage.database),
        aside=Aside(stage.database),
        quizzes=stage.store,
        link=link,
        holder="the stage",
    )

"""What the command line wants done to an organisation, as values, and the doing of it.

Promise: the same code runs whether the command opened the database itself or a running server was asked to (see
`control`). An errand either succeeds with its result or is `Declined` with a sentence; nothing in between is written.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from adapters.database.registry import Registry
from adapters.database.store import Store
from bot.cli.ids import new_code, new_id
from bot.cli.online import LookOnline, Online, OnlineErrand, OnlineResult, SetUpTelegram
from bot.cli.plugging import Standing
from bot.cli.shelf import DropAside, ListAside, RetryAside, Shelf, ShelfErrand, ShelfResult, ShowAside, at_the_shelf
from bot.commands.start import hashed
from bot.effects import Invite, MakeInvite, Note, Publish
from bot.enlisting import Change, Tree, enlist
from bot.facts import Invited, Published
from bot.given import House
from bot.person import Person, Role
from bot.ports import Clock
from bot.roster import fold, read_roster
from lessons.problems import Problem

# --- What may be asked, and what comes back -------------------------------------------------------------------------


class ListPacks(Struct, frozen=True, tag="packs.list"):
    """What is published?"""


class AddPack(Struct, frozen=True, tag="packs.add"):
    """Publish this zip."""

    name: str
    data: bytes


class ExportPack(Struct, frozen=True, tag="packs.export"):
    """Give me the zip of a published pack."""

    pack: str


class ListPeople(Struct, frozen=True, tag="people.list"):
    """Who is there?"""


class ImportPeople(Struct, frozen=True, tag="people.import"):
    """Bring in the people of this table; or (`dry`) only say what would change."""

    name: str
    data: bytes
    dry: bool = False


class InvitePeople(Struct, frozen=True, tag="people.invite"):
    """Make an invitation into a unit (by name or path), or for one person who is there and has no chat yet."""

    to: str
    role: str = "learner"
    uses: int = 1
    days: int = 7


class ListChannels(Struct, frozen=True, tag="channels.list"):
    """How do the channels stand?"""


Told = ListPacks | AddPack | ExportPack | ListPeople | ImportPeople | InvitePeople | ListChannels
Errand = Told | ShelfErrand | OnlineErrand


class PackLine(Struct, frozen=True):
    id: str
    version: str
    title: str
    lessons: int
    cards: int
    languages: tuple[str, ...]


class PacksListed(Struct, frozen=True, tag="packs-listed"):
    packs: tuple[PackLine, ...]


class PackAdded(Struct, frozen=True, tag="pack-added"):
    """`before` is the version that was live until now, or empty."""

    pack: str
    version: str
    title: str
    before: str


class PackExported(Struct, frozen=True, tag="pack-exported"):
    pack: str
    version: str
    data: bytes


class PersonLine(Struct, frozen=True):
    """`here`: has a chat with the bot."""

    name: str
    unit: str
    role: str
    language: str
    zone: str
    here: bool


class PeopleListed(Struct, frozen=True, tag="people-listed"):
    people: tuple[PersonLine, ...]


class PeopleImported(Struct, frozen=True, tag="people-imported"):
    """`written` is False for a dry run, and where a problem stood in the way."""

    written: bool
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]


class InviteMade(Struct, frozen=True, tag="invite-made"):
    """`links` let somebody in with the code, the best one first."""

    code: str
    links: tuple[str, ...]
    to: str
    role: str
    uses: int
    until: str


class ChannelsListed(Struct, frozen=True, tag="channels-listed"):
    channels: tuple[Standing, ...]


class Declined(Struct, frozen=True, tag="declined"):
    what: str
    hint: str = ""
    problems: tuple[Problem, ...] = ()


Listed = PacksListed | PeopleListed | ChannelsListed
Result = Listed | PackAdded | PackExported | PeopleImported | InviteMade | ShelfResult | OnlineResult | Declined


# --- Doing it -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Office:
    """Where errands are done. `house.link` is where people reach the chat; `changed` tells a running bot to look anew;
    `standing` tells how its channels stand; `online` asks their platforms."""

    store: Store
    registry: Registry
    clock: Clock
    house: House
    changed: Callable[[], Awaitable[None]]
    shelf: Shelf
    online: Online
    standing: Callable[[], Sequence[Standing]] = tuple


async def carry_out(errand: Errand, office: Office) -> Result:
    """Does it."""
    match errand:
        case ListPacks():
            return await _list_packs(office)
        case AddPack():
            return await _add_pack(errand, office)
        case ExportPack():
            return await _export_pack(errand, office)
        case ListPeople():
            return await _list_people(office)
        case ImportPeople():
            return await _import_people(errand, office)
        case InvitePeople():
            return await _invite(errand, office)
        case ListChannels():
            return ChannelsListed(tuple(office.standing()))
        case ListAside() | ShowAside() | RetryAside() | DropAside():
            return await at_the_shelf(errand, office.shelf)
        case LookOnline() | SetUpTelegram():
            return await office.online.carry_out(errand)
        case _:
            assert_never(errand)


async def _list_packs(office: Office) -> Result:
    packs = (await office.store.catalog()).packs.values()
    return PacksListed(
        tuple(
            PackLine(
                pack.id,
                pack.version,
                pack.title(office.house.language),
                len(pack.lessons),
                sum(len(lesson.cards) for lesson in pack.lessons),
                pack.languages,
            )
            for pack in packs
        )
    )


async def _add_pack(errand: AddPack, office: Office) -> Result:
    kept = await office.store.keep_file(errand.name, _once(errand.data), len(errand.data))
    loaded = await office.store.read_pack(kept) if kept else None
    if kept is None or loaded is None or loaded.pack is None:
        return Declined("The pack has mistakes.", "Check it: morsel packs check", loaded.problems if loaded else ())
    pack = loaded.pack
    before = (await office.store.catalog()).packs.get(pack.id)
    now = office.clock.now()
    effects = (Publish(kept.file, pack.id, pack.version), Note(Published(pack.id, pack.version, kept.file)))
    await office.registry.carry_out(effects, now)
    await office.changed()
    return PackAdded(pack.id, pack.version, pack.title(office.house.language), before.version if before else "")


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _export_pack(errand: ExportPack, office: Office) -> Result:
    packs = (await office.store.catalog()).packs
    if errand.pack not in packs:
        return Declined(f'No published pack has the id "{errand.pack}".', f"There are: {', '.join(packs) or 'none'}.")
    return PackExported(errand.pack, packs[errand.pack].version, await office.store.original(errand.pack))


async def _list_people(office: Office) -> Result:
    tree = Tree(await office.registry.units(), office.house, new_id)
    return PeopleListed(
        tuple(
            PersonLine(
                name=person.name,
                unit=tree.path(person.unit),
                role=person.role,
                language=person.language,
                zone=person.rhythm.zone,
                here=person.home is not None,
            )
            for person in await office.registry.everybody()
        )
    )


async def _import_people(errand: ImportPeople, office: Office) -> Result:
    roster = await asyncio.to_thread(read_roster, errand.name, errand.data)
    if any(problem.level == "error" for problem in roster.problems):
        return PeopleImported(False, (), roster.problems)
    units, people = await office.registry.units(), await office.registry.everybody()
    found = enlist(roster.people, units, people, office.house, new_id)
    problems = (*roster.problems, *found.problems)
    if found.problems or errand.dry:
        return PeopleImported(False, () if found.problems else found.changes, problems)
    await office.registry.enlist(found.units, found.people, office.clock.now())
    await office.changed()
    return PeopleImported(True, found.changes, problems)


class _Target(Struct, frozen=True):
    """Who or what an invitation is for; `person` is empty where it is a unit."""

    name: str
    unit: str
    role: Role
    person: str = ""


async def _invite(errand: InvitePeople, office: Office) -> Result:
    tree = Tree(await office.registry.units(), office.house, new_id)
    people = await office.registry.everybody()
    found = _targets(errand.to, Role(errand.role), tree, people)
    if not found:
        known = ", ".join(tree.path(unit) for unit in list(tree.by_id)[:20])
        return Declined(f'Neither a unit nor a person is called "{errand.to}".', f"The units are: {known}.")
    if len(found) > 1:
        paths = ", ".join(tree.path(one.unit) for one in found)
        hint = "Rename one of them, or invite by the unit's path." if found[0].person else "Write the path of one."
        return Declined(f'Several are called "{errand.to}": {paths}.', hint)
    one = found[0]
    code = new_code()
    now = office.clock.now()
    if tree.grown:  # nobody is here yet: the first invitation founds the topmost unit
        await office.registry.enlist(tree.grown, (), now)
        await office.changed()
    until = now + timedelta(days=errand.days)
    uses = 1 if one.person else errand.uses
    made = MakeInvite(Invite(hashed(code), one.unit, one.role, until, "", uses, one.person))
    await office.registry.carry_out((made, Note(Invited(one.unit, one.role, uses, until, one.person))), now)
    links = replace(office.house, chats=await office.store.chats()).ways_in(code)
    return InviteMade(f"{code[:5]}-{code[5:]}", links, one.name, one.role, uses, until.strftime("%Y-%m-%d %H:%M UTC"))


def _targets(wanted: str, role: Role, tree: Tree, people: Sequence[Person]) -> list[_Target]:
    """Whatever is called so, the surest kind first: a unit's path, a unit's name, a person's name."""
    if units := tree.called(wanted):
        return [_Target(unit.name, unit.id, role) for unit in units]
    return [_Target(one.name, one.unit, one.role, one.id) for one in people if fold(one.name) == fold(wanted)]

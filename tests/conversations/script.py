"""The language of the talks: what a line of a `.talk` file means, and how what happened is written down.

# a comment                     @ 2026-03-02 09:00 Europe/Berlin   the clock is set, then `@ +1d`, `@ +90m`, `@ 18:30`
: geo for harbour by 2026-04-01   before the curtain: a pack is assigned
> /learn                        it happens: Amina says it; `> mia: /team` is said by another
> [Paris]                       she taps the newest button of that name; `old [Paris]` the oldest ever shown
> [Paris] + [Lyon]              two taps at once; `> again` the same tap once more; `> same` the very same event again
> (sends geo2)                  a zip of packs/geo2 is uploaded; `(sends photo.jpg)` anything else; `(leaves)` blocks us
> (offers geo2)                 the same file, still with the channel; `(offers geo2 of 12 MB)`, `(offers gone geo2)`
> (blocks)                      nothing arrives on that phone from now on, and we learn of it when we speak; `(unblocks)`
> (ticks Madrid + Lisbon)       in an app with tick boxes: these are on now, and no others; `(ticks none)`
> (appears)                     they joined the workspace, and have said nothing; `(opens the board)` they look at it
> telegram.amina: hello         the same person's other phone, once it is linked; a phone of Slack has a board
> mia in shop: /huddle          said in a group; `bilal in shop: (votes Paris + Rome)` answers the newest quiz there
: found at https://chat.example/morsel        where the bot's private chat is opened
: slack.noor is Noor Ali, de, Europe/Berlin   what a channel knows of somebody: name, language, zone
< Hello                         it follows; `< mia: Hello` at another's phone; `(quick)` marks what need not stay
= Today                         a board shows this from now on
~ Right!                        an earlier message has become this
. answered geo/france wrong     a fact was noted
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from bot import facts
from bot.message import Message

MAIN = "amina"
GIVEN = "#@>:"  # lines that are given; the others follow from them
_STEP = re.compile(r"\+(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def given_lines(path: Path) -> list[str]:
    """The lines of a talk that are given, blank ones too."""
    return [line for line in path.read_text("utf-8").splitlines() if not line.strip() or line[0] in GIVEN]


def speaker(words: str, names: set[str]) -> tuple[str, str, str]:
    """Whose phone, in which group, what: "mia: /team" -> ("mia", "", "/team"); "mia in shop: a" -> ("mia", "shop", "a")."""
    name, colon, rest = words.partition(":")
    who, _, group = name.partition(" in ")
    return (who, group, rest.strip()) if colon and who.rpartition(".")[2] in names else (MAIN, "", words)


def moved(words: str, now: datetime | None, zone: str) -> tuple[datetime, str]:
    """The time that an `@` line sets, and the zone of the talk."""
    if found := _STEP.fullmatch(words):
        assert now is not None, "the first @ line says when and where"
        return now + timedelta(**{_UNITS[found[2]]: int(found[1])}), zone
    if re.fullmatch(r"\d\d:\d\d", words):
        assert now is not None
        local = now.astimezone(ZoneInfo(zone))
        then = local.replace(hour=int(words[:2]), minute=int(words[3:]), second=0)
        return (then if then > local else then + timedelta(days=1)).astimezone(UTC), zone
    day, clock, place = words.split()
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(place)).astimezone(UTC), place


def told(message: Message) -> str:
    """A message on one line: where it stands, what it says, its buttons."""
    where = f"({message.progress.title} · {message.progress.at}/{message.progress.of}) " if message.progress else ""
    text = msgspec.structs.replace(message, progress=None).plain.replace("\n", " / ")
    buttons = [f"[{'✓ ' if button.picked else ''}{button.label}]" for row in message.rows for button in row]
    quick = "(quick) " if message.fleeting else "(quiz) " if message.quiz else ""
    return " ".join(filter(None, [quick + where + text, *buttons, "[…]" if message.typing else ""]))


def noted(fact: facts.Fact) -> str:
    """A fact on one line, in the order that people would say it."""
    match fact:
        case facts.Answered():
            worth = (
                "kept" if fact.credit is None else "right" if fact.credit == 1 else "partly" if fact.credit else "wrong"
            )
            words = ["answered", f"{fact.pack}/{fact.card}", worth, fact.confidence, "again" if fact.again else ""]
        case facts.Experienced():
            words = ["experienced", f"{fact.pack}/{fact.card}"]
        case facts.Finished():
            words = ["finished", fact.kind, f"{fact.right} of {fact.cards}"]
        case facts.Published():
            words = ["published", fact.pack, fact.version]
        case _:
            values = msgspec.structs.asdict(fact).values()
            words = [facts.verb(fact), *(_value(value) for value in values if value not in ("", None))]
    return " ".join(filter(None, words))


def _value(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value)

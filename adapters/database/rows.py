"""Rows to values and back. Pure: no statement is here, and no rule of the bot."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import assert_never

import msgspec

from adapters.database.statements import Row
from bot.effects import CardState, Invite, Progress
from bot.events import (
    Called,
    Event,
    Incoming,
    Joined,
    Left,
    Met,
    NotFetched,
    Offered,
    Opened,
    Pressed,
    Prodded,
    Rang,
    Said,
    Uploaded,
    Voted,
)
from bot.facts import Fact
from bot.message import Message
from bot.person import Person, Role
from lessons.model import CardRef
from scheduler.memory import Memory

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_json = msgspec.json.Encoder()
encode = _json.encode
decode_person = msgspec.json.Decoder(Person).decode
decode_message = msgspec.json.Decoder(Message).decode
decode_incoming = msgspec.json.Decoder(Incoming).decode
decode_fact = msgspec.json.Decoder(Fact).decode

PROGRESS = (
    "pack",
    "enrolled_at",
    "by",
    "due_at",
    "started_at",
    "last_at",
    "completed_at",
    "seen",
    "total",
    "graded",
    "score",
)
CARD = (
    "pack",
    "card",
    "seen_at",
    "credit",
    "stability",
    "difficulty",
    "reviewed_at",
    "due_at",
    "reps",
    "lapses",
)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def micros_or_none(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """The time in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def moment_or_none(at: int | None) -> datetime | None:
    return None if at is None else _EPOCH + timedelta(microseconds=at)


def folded(name: str) -> str:
    """A name as it is searched for: without case, accents, hyphens and double spaces."""
    apart = unicodedata.normalize("NFKD", name)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(unicodedata.normalize("NFKC", bare.casefold()).replace("-", " ").split())


def own_words(event: Event) -> str:
    """What the person will read as their own line of the conversation; empty for what was no words."""
    match event:
        case Said(text):
            return text
        case Called(name, args):
            return f"/{name} {args}".rstrip()
        case Uploaded(name) | Offered(name):
            return name
        case Pressed() | Rang() | Joined() | Left() | Prodded() | NotFetched() | Met() | Opened() | Voted():
            return ""
        case _:
            assert_never(event)


def person_row(person: Person, version: int) -> Row:
    """name, name_key, unit, role, wake_at, version, state: for an UPDATE or INSERT that adds the id at the end."""
    return (
        person.name,
        folded(person.name),
        person.unit,
        person.role.value,
        micros_or_none(person.wake_at),
        version,
        state_of(person),
    )


def state_of(person: Person) -> bytes:
    """The whole person but for `wake_at` and `version`, whose truth is in their columns."""
    return encode(msgspec.structs.replace(person, wake_at=None, version=0))


def person_of(state: bytes, wake_at: int | None, version: int) -> Person:
    return msgspec.structs.replace(decode_person(state), wake_at=moment_or_none(wake_at), version=version)


def card_row(person: str, state: CardState) -> Row:
    """person, then as in CARD."""
    ref, memory = state.ref, state.memory
    if memory is None:
        return person, ref.pack, ref.card, micros(state.seen_at), state.credit, None, None, None, None, None, None
    return (
        person,
        ref.pack,
        ref.card,
        micros(state.seen_at),
        state.credit,
        memory.stability,
        memory.difficulty,
        micros(memory.reviewed_at),
        micros(memory.due_at),
        memory.reps,
        memory.lapses,
    )


def card_of(row: Row) -> CardState:
    """From the columns of CARD."""
    pack, card, seen_at, credit, stability, difficulty, reviewed_at, due_at, reps, lapses = row
    memory = None
    if stability is not None:
        memory = Memory(stability, difficulty, moment(reviewed_at), moment(due_at), reps, lapses)
    return CardState(CardRef(pack, card), moment(seen_at), memory, credit)


def progress_row(person: str, progress: Progress) -> Row:
    """person, then as in PROGRESS."""
    return (
        person,
        progress.pack,
        micros(progress.enrolled_at),
        progress.by,
        micros_or_none(progress.due_at),
        micros_or_none(progress.started_at),
        micros_or_none(progress.last_at),
        micros_or_none(progress.completed_at),
        progress.seen,
        progress.total,
        progress.graded,
        progress.score,
    )


def progress_of(row: Row) -> Progress:
    """From the columns of PROGRESS."""
    pack, enrolled_at, by, due_at, started_at, last_at, completed_at, seen, total, graded, score = row
    return Progress(
        pack,
        moment(enrolled_at),
        by,
        moment_or_none(due_at),
        moment_or_none(started_at),
        moment_or_none(last_at),
        moment_or_none(completed_at),
        seen,
        total,
        graded,
        score,
    )


def invite_row(invite: Invite) -> Row:
    return (
        invite.code,
        invite.unit,
        invite.role.value,
        micros(invite.expires_at),
        invite.by,
        invite.uses,
        invite.person,
    )


def invite_of(row: Row) -> Invite:
    code, unit, role, expires_at, by, uses, person = row
    return Invite(code, unit, Role(role), moment(expires_at), by, uses, person)

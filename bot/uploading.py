"""A pack that comes in: from the offered file on its way to all its problems, or what it would change and a question.
Pure; the file was read before.
"""

from msgspec.structs import replace

from bot.commands.base import ADMINS, Step, refuse, reply
from bot.effects import Amend, Effects, Fetch, Note, Publish, Say
from bot.events import NotFetched, Offered, Uploaded
from bot.facts import Published
from bot.given import Given
from bot.message import Button, Message, paragraph
from bot.person import Confirming, Fetching, Person, PublishPack
from bot.progress import cards_of
from bot.showing import bar, titled
from bot.texts import Voice
from lessons.compare import compare
from lessons.model import Pack
from lessons.problems import Problem
from lessons.prose import Block, Bullets, Line, Span

MOST = 20  # problems told in one message
SMALL = 1_000_000  # bytes: what is larger takes a while, and says so
UNDER_WAY = 4  # files that are kept in mind while they come
NAME = 60  # characters of a file's name that are said
BAR = 10  # characters of a bar


def offered(person: Person, event: Offered, given: Given) -> Step:
    """A file that the channel still holds: it is brought, unless it is too large or not for them to send."""
    voice, most = Voice(person.language), given.catalog.house.upload_limit
    if person.role not in ADMINS:
        return refuse(person, f"upload {event.name}", "upload.not_here")
    if event.size > most:
        return person, reply(_too_large(event.name, most, voice))
    if event.size <= SMALL:
        return person, (Fetch(event.name, event.size, event.ref),)
    key = f"{given.token('fetch')}.{voice.language}"
    fetch = Fetch(event.name, event.size, event.ref, key)
    person = replace(person, fetching=(Fetching(event.name, key), *person.fetching)[:UNDER_WAY])
    return person, (Say(showing(fetch, 0), key=key), fetch)


def showing(fetch: Fetch, here: int) -> Message:
    """How far a file is, `here` in bytes. Its key ends with the language of who sent it."""
    voice = Voice(fetch.key.rpartition(".")[2])
    if not fetch.size:
        return Message((voice.para("upload.coming", name=fetch.name[:NAME]),))
    said = voice.para(
        "upload.coming_of", name=fetch.name[:NAME], here=voice.megabytes(here), of=voice.megabytes(fetch.size)
    )
    return Message((said, paragraph(bar(min(here / fetch.size, 1.0), BAR))))


def not_fetched(person: Person, event: NotFetched, given: Given) -> Step:
    """It did not come. Says why, and what to do."""
    voice, name = Voice(person.language), event.name[:NAME]
    person, ended = _arrived(person, event.name, "upload.stopped", voice)
    if event.why == "large":
        return person, (*ended, *reply(_too_large(name, event.most or given.catalog.house.upload_limit, voice)))
    why = event.why if event.why in ("empty", "gone") else "broken"
    return person, (*ended, *reply(voice.para(f"upload.fetch.{why}", name=name)))


def _too_large(name: str, most: int, voice: Voice) -> Block:
    return voice.para("upload.large", name=name[:NAME], most=voice.megabytes(most))


def _arrived(person: Person, name: str, key: str, voice: Voice) -> tuple[Person, Effects]:
    """Ends the message that said how far the file is, if there is one."""
    under_way = next((each for each in person.fetching if each.name == name), None)
    if under_way is None:
        return person, ()
    rest = tuple(each for each in person.fetching if each is not under_way)
    said = Message((voice.para(key, name=name[:NAME]),))
    return replace(person, fetching=rest), (Amend(under_way.key, said),)


def uploaded(person: Person, event: Uploaded, given: Given) -> Step:
    voice = Voice(person.language)
    if person.role not in ADMINS:
        return refuse(person, f"upload {event.name}", "upload.not_here")
    person, ended = _arrived(person, event.name, "upload.here", voice)
    person, effects = _checked(person, event, given, voice)
    return person, (*ended, *effects)


def _checked(person: Person, event: Uploaded, given: Given, voice: Voice) -> Step:
    loaded = given.found.upload
    if loaded is None:
        return person, reply(voice.para("upload.lost"))
    if loaded.pack is None:
        title = voice.para("upload.problems", len(loaded.problems), name=event.name[:NAME])
        return person, reply(title, *_problems(loaded.problems, voice), voice.para("upload.again"))
    pack = loaded.pack
    live = given.catalog.packs.get(pack.id)
    if live and live.version == pack.version:
        blocks: tuple[Block, ...] = (voice.para("upload.same_version", pack=titled(pack, voice), version=pack.version),)
    else:
        blocks = ()
    token = given.token("publish")
    what = PublishPack(event.file, pack.id, pack.version)
    person = replace(person, confirming=Confirming(token, token, what))
    buttons = (
        Button(voice("button.publish"), f"{token}.yes", main=True),
        Button(voice("button.cancel"), f"{token}.no"),
    )
    said = Message((*_summary(pack, live, voice), *blocks, *_warnings(loaded.problems, voice)), (buttons,))
    return person, (Say(said, key=token),)


def confirmed(person: Person, asked: Confirming, what: PublishPack, *, yes: bool) -> Step:
    """The answer to "shall I publish?"."""
    voice = Voice(person.language)
    person = replace(person, confirming=None, spent=(asked.token, *person.spent)[:4])
    if not yes:
        return person, (Amend(asked.key, Message((voice.para("upload.cancelled"),))),)
    said = Message(
        (
            voice.para("upload.published", pack=what.pack, version=what.version),
            voice.para("upload.next", pack=what.pack),
        )
    )
    fact = Published(what.pack, what.version, what.file)
    return person, (Publish(what.file, what.pack, what.version), Note(fact), Amend(asked.key, said))


def _summary(pack: Pack, live: Pack | None, voice: Voice) -> tuple[Block, ...]:
    cards = cards_of(pack)
    questions = sum(card.question is not None for lesson in pack.lessons for card in lesson.cards)
    lines: list[Line] = [
        voice.line("upload.lessons", len(pack.lessons)),
        voice.line("upload.cards", len(cards), questions=questions),
        voice.line("upload.languages", languages=", ".join(pack.languages)),
    ]
    title = voice.para("upload.ready", pack=titled(pack, voice), version=pack.version)
    if live is None:
        return title, Bullets(tuple(lines)), voice.para("upload.new")
    change = compare(live, pack)
    for key, ids in (("new", change.new), ("changed", change.changed), ("moved", change.moved), ("gone", change.gone)):
        if ids:
            lines.append(voice.line(f"upload.{key}_cards", len(ids), ids=", ".join(ids[:6])))
    return title, Bullets(tuple(lines)), voice.para("upload.replaces", version=live.version)


def _problems(problems: tuple[Problem, ...], voice: Voice) -> tuple[Block, ...]:
    lines = tuple(_problem(each, voice) for each in problems[:MOST])
    more = (voice.para("upload.more", len(problems) - MOST),) if len(problems) > MOST else ()
    return (Bullets(lines), *more)


def _problem(problem: Problem, voice: Voice) -> Line:
    what, hint = voice.own(problem.what, problem.values), voice.own(problem.hint, problem.values)
    return (Span(str(problem.where), code=True), Span(f" {what} {hint}".rstrip()))


def _warnings(problems: tuple[Problem, ...], voice: Voice) -> tuple[Block, ...]:
    return (voice.para("upload.warnings", len(problems)), *_problems(problems, voice)) if problems else ()

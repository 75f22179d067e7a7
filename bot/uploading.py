"""An uploaded pack: all its problems, or what it would change and a question. Pure; the file was read before."""

from msgspec.structs import replace

from bot.commands.base import ADMINS, Step, refuse, reply
from bot.effects import Amend, Note, Publish, Say
from bot.events import Uploaded
from bot.facts import Published
from bot.given import Given
from bot.message import Button, Message
from bot.person import Confirming, Person, PublishPack
from bot.progress import cards_of
from bot.showing import titled
from bot.texts import Voice
from lessons.compare import compare
from lessons.model import Pack
from lessons.problems import Problem
from lessons.prose import Block, Bullets, Line, Span

MOST = 20  # problems told in one message


def uploaded(person: Person, event: Uploaded, given: Given) -> Step:
    voice = Voice(person.language)
    if person.role not in ADMINS:
        return refuse(person, f"upload {event.name}", "upload.not_here")
    loaded = given.found.upload
    if loaded is None:
        return person, reply(voice.para("upload.lost"))
    if loaded.pack is None:
        title = voice.para("upload.problems", len(loaded.problems), name=event.name[:60])
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


def confirmed(person: Person, asked: Confirming, yes: bool) -> Step:
    """The answer to "shall I publish?"."""
    voice, what = Voice(person.language), asked.what
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

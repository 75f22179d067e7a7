"""How a card looks while it is walked through: from a person's mode to a message. Pure; the same mode, the same message.

A button's part after the token says what it does: `next`, `enough`, `change`, `sure.LEVEL`, `done`, `clear`, or a tap:
`3` (this one), `+3` and `-3` (on and off, so that a double tap changes nothing), `1:3` (partner 3 for the left side 1),
`=1,3` (these are on, and no others; see `bot.message.ticked`).
"""

from msgspec.structs import replace

from bot.given import Given
from bot.message import Button, Message, Progress, paragraph, rows_of
from bot.person import Asking, Item, Person, Session, Shown
from bot.progress import Closing
from bot.texts import Voice
from lessons.model import Card, Pack
from lessons.prose import Block, Paragraph, Picture, Span
from lessons.questions.base import CLEAR, DONE, Answer, Draft, Grade, Prompt, Question
from scheduler.hours import local
from scheduler.memory import Confidence

TICKED = "="  # how what tick boxes press begins


def table(person: Person, given: Given) -> Message:
    """The message of what is on the table: a card to read, a question, "how sure?", or feedback."""
    mode, session, voice = person.mode, person.session, Voice(person.language)
    if session is None or not isinstance(mode, Asking | Shown):
        return Message((voice.para("card.gone"),))
    item = mode.answered if isinstance(mode, Shown) and mode.answered else session.queue[0]
    place = given.catalog.place(item.ref, person.language)
    if place is None:
        return Message((voice.para("card.gone"),))
    pack, lesson, at = place
    card = lesson.cards[at]
    rows: tuple[tuple[Button, ...], ...] = ()
    blocks = _body(card, pack)
    typing = ""
    if isinstance(mode, Asking) and card.question:
        if mode.answer is None:
            prompt = card.question.ask(mode.draft, mode.luck)
            blocks += _task(prompt, voice)
            rows = _options(prompt, mode, voice)
            typing = ("number" if prompt.how == "number" else "text") if prompt.typed else ""
        else:
            blocks += _said(card.question.grade(mode.answer), voice) + (voice.para("sure.ask"),)
            rows = _levels(mode, voice)
    else:
        if isinstance(mode, Shown) and mode.answered and card.question:
            blocks += _verdict(card.question, mode.answer, voice, comes_back=_comes_back(session, item))
        rows = (_onward(mode.token, voice),) if session.queue else ()
    if isinstance(mode, Asking):
        rows = (*rows, (Button(voice("button.enough"), f"{mode.token}.enough", aside=True),))
    counted = isinstance(mode, Shown) and mode.answered is not None
    title = f"{titled(pack, voice)} · {lesson.title}" if session.kind == "lesson" else titled(pack, voice)
    return Message(blocks, rows, _where(session, counted, title, voice), typing)


def closed(person: Person, given: Given) -> Message:
    """The same without anything to press: it stays to be read."""
    return replace(table(person, given), rows=(), typing="")


def read_tap(what: str, draft: Draft) -> int | None:
    """The option number of a tap (or DONE, CLEAR); None for a tap that came too late to mean anything."""
    if what in ("done", "clear"):
        return DONE if what == "done" else CLEAR
    step, colon, number = what.rpartition(":")
    if colon and step != str(len(draft)):
        return None
    if not number.lstrip("+-").isdecimal():
        return None
    option = int(number.lstrip("+-"))
    if (number[0] == "+" and option in draft) or (number[0] == "-" and option not in draft):
        return None
    return option


def is_ticked(press: str) -> bool:
    """Whether a button's whole press comes from tick boxes."""
    moment, _, what = press.partition(".")
    return moment != "do" and what.startswith(TICKED)


def read_ticked(what: str, prompt: Prompt) -> Draft | None:
    """The draft that tick boxes show: exactly these options, or none of them; None where nothing is to be ticked."""
    numbers = what.removeprefix(TICKED).split(",") if what != TICKED else []
    if prompt.how != "many" or not all(number.isdecimal() and len(number) < 4 for number in numbers):
        return None
    ticked = {int(number) for number in numbers}
    return tuple(sorted(ticked)) if ticked <= {choice.number for choice in prompt.choices} else None


def enough(voice: Voice, session: Session) -> Message:
    """The end that the person chose."""
    blocks = (voice.para("enough.done", session.cards) if session.cards else voice.para("enough.none"),)
    return Message(blocks, (_more(voice),))


def summary(person: Person, session: Session, closing: Closing) -> Message:
    """The end of a walk: how it went, what is complete, what comes next."""
    voice = Voice(person.language)
    blocks: list[Block] = [voice.para("done.title")]
    if session.asked:
        blocks.append(voice.para("done.right", session.asked, right=session.right))
    for pack, score in closing.completed:
        blocks.append(voice.para("done.pack", pack=titled(pack, voice), score=voice.percent(score)))
    for pack, score in closing.below:
        title = titled(pack, voice)
        blocks.append(
            voice.para("done.below", pack=title, score=voice.percent(score), mark=voice.percent(pack.pass_mark))
        )
    if closing.next_due:
        blocks.append(voice.para("done.next", day=voice.day(local(closing.next_due, person.rhythm.zone).date())))
    if person.streak > 1:
        blocks.append(voice.para("done.streak", person.streak))
    buttons = _more(voice)
    if session.kind == "lesson" and session.packs and not closing.completed:
        label = voice("button.practise") if closing.below else voice("button.next_lesson")
        buttons = (Button(label, f"do.learn {session.packs[0]}", main=True),)
    return Message(tuple(blocks), (buttons,))


def titled(pack: Pack, voice: Voice) -> str:
    """The pack's title with its icon."""
    return f"{pack.icon} {pack.title(voice.language)}".strip()


def bar(share: float, width: int) -> str:
    """A share from 0 to 1 as a bar of signs. Full only when all is there; never the only way that something is told."""
    full = int(share * width + 1e-9)
    return "▓" * full + "░" * (width - full)


def _more(voice: Voice) -> tuple[Button, ...]:
    return (Button(voice("button.more"), "do.learn"), Button(voice("button.progress"), "do.progress"))


def _body(card: Card, pack: Pack) -> tuple[Block, ...]:
    return tuple(replace(block, pack=pack.id) if isinstance(block, Picture) else block for block in card.body)


def _task(prompt: Prompt, voice: Voice) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if prompt.so_far:
        blocks.append(paragraph(voice("task.so_far", list=" → ".join(prompt.so_far))))
    if prompt.now:
        blocks.append(voice.para("task.partner", left=prompt.now))
    else:
        blocks.append(Paragraph(tuple(replace(span, italic=True) for span in voice.line(f"task.{prompt.how}"))))
    return tuple(blocks)


def _options(prompt: Prompt, mode: Asking, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    def tap(number: int, picked: bool) -> str:
        if prompt.how == "many":
            return f"{'-' if picked else '+'}{number}"
        return f"{len(mode.draft)}:{number}" if prompt.how == "match" else str(number)

    choices = tuple(
        Button(choice.label, f"{mode.token}.{tap(choice.number, choice.picked)}", picked=choice.picked)
        for choice in prompt.choices
    )
    extra: tuple[Button, ...] = ()
    if prompt.clear:
        extra += (Button(voice("button.clear"), f"{mode.token}.clear", aside=True),)
    if prompt.done:
        extra += (Button(voice("button.done"), f"{mode.token}.done", main=True),)
    return (*rows_of(choices), extra) if extra else rows_of(choices)


def _said(grade: Grade, voice: Voice) -> tuple[Block, ...]:
    return (voice.para("answer.yours", answer=grade.said),)


def _levels(mode: Asking, voice: Voice) -> tuple[tuple[Button, ...], ...]:
    levels = tuple(Button(voice(f"sure.{level}"), f"{mode.token}.sure.{level}") for level in Confidence)
    return (levels, (Button(voice("button.change"), f"{mode.token}.change", aside=True),))


def _verdict(question: Question, answer: Answer, voice: Voice, *, comes_back: bool) -> tuple[Block, ...]:
    """What the answer was worth, what the author says about it, and whether the card comes back."""
    grade = question.grade(answer)
    blocks = list(_said(grade, voice))
    if not question.graded:
        blocks.append(voice.para(f"verdict.{question.kind}"))
    elif grade.right:
        blocks.append(voice.para("verdict.right"))
    else:
        key = "verdict.partly" if grade.credit > 0 else "verdict.wrong"
        blocks.append(voice.para(key, solution=grade.solution))
    if grade.feedback:
        blocks.append(Paragraph(grade.feedback))
    blocks.extend(question.explanation)
    if comes_back:
        blocks.append(Paragraph((Span(voice("verdict.comes_back"), italic=True),)))
    return tuple(blocks)


def _comes_back(session: Session, item: Item) -> bool:
    return not item.again and Item(item.ref, again=True) in session.queue


def _onward(token: str, voice: Voice) -> tuple[Button, ...]:
    return (
        Button(voice("button.next"), f"{token}.next", main=True),
        Button(voice("button.enough"), f"{token}.enough", aside=True),
    )


def _where(session: Session, counted: bool, title: str, voice: Voice) -> Progress:
    at = session.done + (not counted)
    return Progress(title, at, session.total, voice("step", at=at, of=session.total))

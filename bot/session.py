"""The walk through cards: show, ask, take the answer, ask how sure, give feedback, go on, finish. Pure.

`queue[0]` is the card on the table until it is done. Every step gives the new person and what is wanted; which cards
are chosen for a walk is `bot/choosing.py`'s, and what an answer is worth `bot/counting.py`'s.
"""

from msgspec.structs import replace

from bot import showing
from bot.counting import count_answer, count_reading
from bot.effects import Amend, Effects, Note, Say
from bot.facts import Finished
from bot.given import Catalog, Given, Query
from bot.message import Message
from bot.person import Asking, Idle, Item, Mode, Person, Session, Shown
from bot.progress import close_packs
from bot.texts import Voice
from lessons.model import Card, CardRef
from lessons.questions.base import DONE, Answer, Grade
from scheduler.hours import local
from scheduler.memory import Confidence

Step = tuple[Person, Effects]
SURE = {f"sure.{level}": level for level in Confidence}
LONGEST_CARD = 60.0  # seconds of a card that count as active time; beyond it somebody put the phone away


def needs(person: Person, catalog: Catalog) -> Query | None:
    """What the next tap or word may need: nothing unless it counts the card; what finishing needs, where that may end."""
    session, mode = person.session, person.mode
    if session is None or not session.queue or isinstance(mode, Idle) or (isinstance(mode, Shown) and mode.answered):
        return None
    ref = session.queue[0].ref
    if isinstance(mode, Asking) and mode.answer is None and _asks_how_sure(ref, catalog):
        return None
    if not _may_end(session, catalog):
        return Query(cards=(ref,), packs=(ref.pack,))
    return Query(cards=(ref,), packs=tuple(sorted({ref.pack, *session.packs})), met=True, due=1)


def begin(person: Person, session: Session, given: Given, first: Effects = ()) -> Step:
    """Starts a walk; what lay open before is left. `first` is said before the first card."""
    settled = isinstance(person.mode, Asking) and person.mode.answer is not None
    just = person.session.queue[0].ref if settled and person.session else None
    person, left = leave(person, given)
    queue = tuple(item for item in session.queue if item.ref != just)
    session = replace(session, queue=queue, total=session.total - (len(queue) < len(session.queue)))
    person, effects = show(replace(person, session=session), given)
    return person, (*left, *first, *effects)


def leave(person: Person, given: Given) -> Step:
    """Ends whatever is open without a word."""
    person, effects = _settle(person, given)
    if isinstance(person.mode, Asking | Shown):
        effects = (*effects, Amend(person.mode.key, showing.closed(person, given)))
    return replace(_spend(person), mode=Idle(), session=None), effects


def _settle(person: Person, given: Given) -> Step:
    """An answer that only waits for its confidence tap counts without it: no answer is lost."""
    mode = person.mode
    if isinstance(mode, Asking) and mode.answer is not None and _fits(person, given):
        return _answered(person, mode, mode.answer, None, given)
    return person, ()


def resume(person: Person, given: Given) -> Step:
    """Shows what is on the table once more, further down; taps made and an answer given stay."""
    mode = person.mode
    if not isinstance(mode, Asking) or not _fits(person, given):
        closed = () if isinstance(mode, Idle) else (Amend(mode.key, showing.closed(person, given)),)
        person, effects = show(_spend(person), given)
        return person, (*closed, *effects)
    old = Amend(mode.key, showing.closed(person, given))
    token = given.token("card")
    person = replace(_spend(person), mode=replace(mode, token=token, key=token))
    return person, (old, Say(showing.table(person, given), key=token))


def show(person: Person, given: Given) -> Step:
    """Puts `queue[0]` on the table. A card that has left its pack meanwhile is passed over."""
    session = person.session
    while session and session.queue:
        card = given.catalog.card(session.queue[0].ref, person.language)
        if card is not None:
            return _lay(replace(person, session=session), card, given)
        session = replace(session, queue=session.queue[1:], total=session.total - 1)
    return finish(replace(person, session=session), given)


def _lay(person: Person, card: Card, given: Given) -> Step:
    token = given.token("card")
    mode: Mode
    if card.question is None:
        mode = Shown(token=token, key=token, at=given.now)
    else:
        mode = Asking(token=token, key=token, at=given.now, luck=given.luck)
    person = replace(person, mode=mode)
    return person, (Say(showing.table(person, given), key=token),)


def press(person: Person, what: str, given: Given) -> Step:
    """A press on a button of what is on the table; `what` is the button's part after the token."""
    mode = person.mode
    if what == "enough":
        return _enough(person, given)
    if not _fits(person, given):
        return resume(person, given)
    if isinstance(mode, Shown) and what == "next":
        return _next(person, mode, given)
    if isinstance(mode, Asking):
        if mode.answer is None:
            return _tap(person, mode, what, given)
        if what in SURE:
            return _answered(person, mode, mode.answer, SURE[what], given)
        if what == "change":
            return _amend(replace(person, mode=replace(mode, answer=None, draft=())), given)
    return person, ()  # a second tap on a button that was just used: nothing to do, nothing to say


def _tap(person: Person, mode: Asking, what: str, given: Given) -> Step:
    card = table_card(person, given)
    if card is None or card.question is None:
        return person, ()
    if what.startswith(showing.TICKED):
        draft = showing.read_ticked(what, card.question.ask(mode.draft, mode.luck))
        if draft is None or draft == mode.draft:
            return person, ()
        return _amend(replace(person, mode=replace(mode, draft=draft)), given)
    tap = showing.read_tap(what, mode.draft)
    if tap is None:
        return person, ()
    draft = card.question.tap(mode.draft, tap)
    answer = card.question.answer(draft, done=tap == DONE)
    if answer is not None:
        return _take(replace(person, mode=replace(mode, draft=draft)), card, answer, given)
    if draft == mode.draft:
        return person, ()
    return _amend(replace(person, mode=replace(mode, draft=draft)), given)


def typed(person: Person, text: str, given: Given) -> Step | None:
    """Typed words while a question is on the table: an answer, or None when they cannot be one."""
    mode = person.mode
    if not isinstance(mode, Asking) or mode.answer is not None:
        return None
    card = table_card(person, given)
    if card is None or card.question is None:
        return resume(person, given)
    answer = card.question.read_typed(text)
    return None if answer is None else _take(person, card, answer, given)


def _take(person: Person, card: Card, answer: Answer, given: Given) -> Step:
    """An answer is there: ask how sure, where that is wanted, or count it at once."""
    mode = person.mode
    assert isinstance(mode, Asking) and person.session and card.question
    if _asks_how_sure(person.session.queue[0].ref, given.catalog):
        return _amend(replace(person, mode=replace(mode, answer=answer)), given)
    return _answered(person, mode, answer, None, given)


def _asks_how_sure(ref: CardRef, catalog: Catalog) -> bool:
    pack, card = catalog.packs.get(ref.pack), catalog.card(ref, "")
    return bool(pack and pack.confidence and card and card.question and card.question.graded)


def _answered(person: Person, mode: Asking, answer: Answer, sure: Confidence | None, given: Given) -> Step:
    session, card = person.session, table_card(person, given)
    if session is None or card is None:
        return show(person, given)
    item = session.queue[0]
    counted = count_answer(person, card, mode, answer, sure, given)
    session = _remaining(_after(session, item, counted.grade, mode, given), given.catalog)
    shown = Shown(mode.token, mode.key, given.now, answered=item, answer=answer)
    person = replace(person, session=session, mode=shown)
    effects = (*counted.effects, Amend(mode.key, showing.table(person, given)))
    if session.queue:
        return person, effects
    person, ending = finish(person, given, counted.effects)
    return person, (*effects, *ending)


def _after(session: Session, item: Item, grade: Grade | None, mode: Asking, given: Given) -> Session:
    """The walk after an answer: a wrong one comes back before the end, once."""
    fresh = grade is not None and not item.again
    right = grade is not None and grade.right
    comes_back = fresh and not right
    return replace(
        session,
        queue=(*session.queue[1:], Item(item.ref, again=True)) if comes_back else session.queue[1:],
        total=session.total + comes_back,
        done=session.done + 1,
        asked=session.asked + fresh,
        right=session.right + (fresh and right),
        seconds=session.seconds + _spent(mode, given),
    )


def _next(person: Person, mode: Shown, given: Given) -> Step:
    session = person.session
    effects: Effects = (Amend(mode.key, showing.closed(person, given)),)
    if session is None:
        return replace(person, mode=Idle()), effects
    if mode.answered is None:
        counted = count_reading(person, given)
        effects = (*counted, *effects)
        seconds = session.seconds + _spent(mode, given)
        session = replace(session, queue=session.queue[1:], done=session.done + 1, seconds=seconds)
        session = _remaining(session, given.catalog)
        person = replace(person, session=session)
        if not session.queue:
            person, ending = finish(person, given, counted)
            return person, (*effects, *ending)
    person, more = show(_spend(person), given)
    return person, (*effects, *more)


def _enough(person: Person, given: Given) -> Step:
    """Ends the walk here, kindly."""
    person, settled = _settle(person, given)
    session = person.session
    if session is None:  # the answer that waited was the last one
        return person, settled
    person, closed = leave(person, given)
    person, fact = _close(person, session, given)
    return person, (*settled, *closed, *fact, Say(showing.enough(Voice(person.language), session)))


def finish(person: Person, given: Given, just: Effects = ()) -> Step:
    """The walk is over: completions are noted, and the summary is said. `just` holds the last card's own effects."""
    session = person.session
    person = _spend(replace(person, mode=Idle()))
    if session is None:
        return person, ()
    person, fact = _close(person, session, given)
    closing = close_packs(session.packs, given, just)
    message = showing.summary(person, session, closing)
    return person, (*fact, *closing.effects, Say(message))


def _close(person: Person, session: Session, given: Given) -> Step:
    """The session as a fact; the streak goes on."""
    person = replace(person, session=None)
    if not session.cards:
        return person, ()
    now = local(given.now, person.rhythm.zone)
    today = now.date().isoformat()
    if person.learned_on != today:
        yesterday = now.date().fromordinal(now.date().toordinal() - 1).isoformat()
        person = replace(person, streak=person.streak + 1 if person.learned_on == yesterday else 1, learned_on=today)
    fact = Finished(session.kind, session.cards, session.right, round(session.seconds, 1))
    return person, (Note(fact),)


def _fits(person: Person, given: Given) -> bool:
    """Whether what is on the table still is so in its pack: a new version may have dropped the card, or its question."""
    mode = person.mode
    if isinstance(mode, Idle) or (isinstance(mode, Shown) and mode.answered):
        return True
    card = table_card(person, given)
    return card is not None and (card.question is not None) == isinstance(mode, Asking)


def table_card(person: Person, given: Given) -> Card | None:
    """The card on the table in the person's language, or None."""
    if person.session is None or not person.session.queue:
        return None
    return given.catalog.card(person.session.queue[0].ref, person.language)


def table(person: Person, given: Given) -> Message | None:
    """The message that is open now, with the buttons that count: so that typing a label is as good as a tap."""
    if isinstance(person.mode, Asking | Shown) and person.session:
        return showing.table(person, given)
    return None


def _amend(person: Person, given: Given) -> Step:
    assert isinstance(person.mode, Asking)
    return person, (Amend(person.mode.key, showing.table(person, given)),)


def _spend(person: Person) -> Person:
    """Keeps the last tokens in mind, so that a double tap is told from an old button."""
    token = getattr(person.mode, "token", "")
    return replace(person, spent=(token, *person.spent)[:4]) if token else person


def _spent(mode: Asking | Shown, given: Given) -> float:
    """Active seconds on the card."""
    return min(max((given.now - mode.at).total_seconds(), 0.0), LONGEST_CARD)


def _may_end(session: Session, catalog: Catalog) -> bool:
    """Whether the walk may be over after this card: nothing is left, or its minutes may be up."""
    late = bool(session.enough) and session.seconds + LONGEST_CARD >= session.enough
    return late or not any(catalog.card(item.ref, "") for item in session.queue[1:])


def _remaining(session: Session, catalog: Catalog) -> Session:
    """The walk without cards that have left their pack. A daily one ends after its minutes; only what was wrong still
    comes back then."""
    late = bool(session.enough) and session.seconds >= session.enough
    queue = tuple(item for item in session.queue if catalog.card(item.ref, "") and (item.again or not late))
    return replace(session, queue=queue, total=session.total - len(session.queue) + len(queue))

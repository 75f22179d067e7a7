"""/invite UNIT [role] [N uses] [N days]: a code and a link that let people in."""

import re
from datetime import timedelta

from bot.commands.base import ADMINS, Command, Step, reply
from bot.commands.start import hashed
from bot.effects import Invite, MakeInvite, Note
from bot.facts import Invited
from bot.finding import find_unit
from bot.given import Given
from bot.message import Button
from bot.person import Person, Role
from bot.texts import Voice
from scheduler.hours import local

DAYS, MOST_DAYS = 7, 90
MOST_USES = 500
MANY = 50
_DAYS = re.compile(r"\b(\d{1,6})\s*(?:days?|tage?n?|d[ií]as?)\b", re.IGNORECASE)
_USES = re.compile(
    r"\b(?:x\s*(\d{1,6})|(\d{1,6})\s*(?:x|uses?|people|mal|personen|usos?|personas)|(many))\b", re.IGNORECASE
)
_ROLE = re.compile(r"\b(learner|manager|admin)\b", re.IGNORECASE)


def run(person: Person, args: str, given: Given) -> Step:
    voice, catalog = Voice(person.language), given.catalog
    words, days = _take(_DAYS, args, DAYS)
    words, uses = _take(_USES, words, 1)
    role = _ROLE.search(words)
    words = _ROLE.sub("", words).strip()
    unit = find_unit(words, catalog, person.unit)
    if unit is None:
        rows = tuple((Button(each.name[:75], f"do.invite {each.id}"),) for each in catalog.below(person.unit)[:10])
        return person, reply(voice.para("invite.where" if not words else "invite.unknown", words=words[:60]), rows=rows)
    if not (1 <= days <= MOST_DAYS and 1 <= uses <= MOST_USES):
        return person, reply(voice.para("invite.limits", days=MOST_DAYS, uses=MOST_USES))
    code = given.token("invite")
    invite = Invite(
        code=hashed(code),
        unit=unit.id,
        role=Role(role[1].lower()) if role else Role.LEARNER,
        expires_at=given.now + timedelta(days=days),
        by=person.id,
        uses=uses,
    )
    until = voice.date(local(invite.expires_at, person.rhythm.zone).date())
    shown = f"{code[:5]}-{code[5:]}"
    blocks = (
        voice.para("invite.done", uses, unit=unit.name, role=voice(f"role.{invite.role}"), day=until),
        voice.para("invite.code", code=shown),
        *(voice.para("invite.link", link=link) for link in catalog.house.ways_in(code)),
    )
    rows = () if uses > 1 else ((Button(voice("button.many"), f"do.invite {unit.id} {invite.role} {MANY} uses"),),)
    fact = Invited(unit.id, invite.role, uses, invite.expires_at)
    return person, (MakeInvite(invite), Note(fact), *reply(*blocks, rows=rows))


def _take(pattern: re.Pattern[str], words: str, default: int) -> tuple[str, int]:
    """The number that the pattern finds, and the words without it."""
    found = pattern.search(words)
    if not found:
        return words, default
    number = next((int(group) for group in found.groups() if group and group.isdecimal()), MANY)
    return pattern.sub(" ", words), number


COMMAND = Command("invite", ADMINS, run, usage="UNIT [ROLE] [N uses] [N days]")

"""/later [no|hour|tomorrow|week]: the buttons under a nudge."""

from datetime import time, timedelta

from msgspec.structs import replace

from bot.commands.base import MEMBERS, Command, Step
from bot.effects import Amend, Say
from bot.given import Given
from bot.message import Button, Message
from bot.nudging import HERE, KEY
from bot.person import Person
from bot.texts import Voice
from scheduler.hours import at_local, local

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)


def run(person: Person, args: str, given: Given) -> Step:
    word, _, here = args.partition(" ")
    when = word if word in ("no", "hour", "tomorrow", "week") else "no"
    voice, rhythm, now = Voice(person.language), person.rhythm, given.now
    tomorrow = local(now, rhythm.zone).date() + timedelta(days=1)
    if when == "hour":
        rhythm = replace(rhythm, snoozed_until=now + HOUR)
    elif when == "week":
        rhythm = replace(rhythm, paused_until=now + WEEK, snoozed_until=None)
    elif when == "tomorrow":
        midnight = at_local(tomorrow, time(0), rhythm.zone)
        rhythm = replace(rhythm, paused_until=midnight, snoozed_until=None)
    buttons = (Button(voice("button.start"), "do.learn"),)
    said = Message((voice.para(f"later.{when}"),), (buttons,))
    return replace(person, rhythm=rhythm), (Amend(KEY, said) if here == HERE else Say(said),)


COMMAND = Command("later", MEMBERS, run, usage="[hour|tomorrow|week]")

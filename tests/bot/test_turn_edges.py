"""What no talk can play: people without an address, roles that changed, words that are absurdly long or far away."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from bot.commands.start import hashed
from bot.dates import parse_day
from bot.effects import CardState, Invite, Publish, Say
from bot.events import Address, Called, Pressed, Prodded, Rang
from bot.finding import split_pack_rest, split_unit_pack
from bot.given import Catalog, Found, Given, Unit
from bot.person import Confirming, Person, PublishPack, Role
from bot.turn import take_turn
from lessons.model import CardRef
from scheduler.plan import Rhythm

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DUE = Found(due=(CardState(CardRef("geo", "france"), NOW),), due_count=1)
IMPORTED = Person("p1", "Amina", "all", Role.LEARNER, planned=NOW, wake_at=NOW)


def given(found: Found = DUE) -> Given:
    return Given(Catalog(units={"all": Unit("all", "All")}), NOW, 1, found)


def test_who_never_came_in_is_not_spoken_to_and_does_not_fall_silent() -> None:
    for event in (Rang(NOW), Prodded("Mia")):
        after, effects = take_turn(IMPORTED, event, given())
        assert not any(isinstance(effect, Say) for effect in effects)
        assert after.rhythm.unanswered == 0
    heard = replace(IMPORTED, home=Address("web", "a"))
    assert any(isinstance(effect, Say) for effect in take_turn(heard, Rang(NOW), given())[1])


def test_who_is_no_admin_any_more_publishes_nothing() -> None:
    asked = Confirming("token", "token", PublishPack("f00d", "geo", "1.0.0"))
    admin = Person("p1", "Ada", "all", Role.ADMIN, confirming=asked, home=Address("web", "a"), rhythm=Rhythm())
    yes = Pressed("token.yes")
    assert any(isinstance(effect, Publish) for effect in take_turn(admin, yes, given())[1])
    after, effects = take_turn(replace(admin, role=Role.LEARNER), yes, given())
    assert not any(isinstance(effect, Publish) for effect in effects)
    assert after.confirming is None


CODE = "abcdefghij"
RAISE = Found(invite=Invite(hashed(CODE), "north", Role.MANAGER, NOW + timedelta(days=1), "root"))


def test_a_code_that_makes_more_of_somebody_is_no_good_in_a_group() -> None:
    amina = replace(IMPORTED, home=Address("web", "a"), rhythm=Rhythm(active_at=NOW))
    alone = replace(given(RAISE), address=amina.home)
    after, _ = take_turn(amina, Called("start", CODE), alone)
    assert (after.unit, after.role) == ("north", Role.MANAGER)
    assert take_turn(amina, Called("start", CODE), replace(alone, place=Address("web", "-shop")))[0] == amina


def test_who_goes_into_another_unit_is_asked_about_its_packs_soon() -> None:
    later = NOW + timedelta(days=30)
    amina = replace(IMPORTED, home=Address("web", "a"), rhythm=Rhythm(active_at=NOW), planned=later, wake_at=later)
    after, _ = take_turn(amina, Called("start", CODE), replace(given(RAISE), address=amina.home))
    assert after.wake_at
    assert after.wake_at <= NOW + timedelta(days=1)


def test_a_day_at_the_end_of_the_calendar_is_a_slip() -> None:
    today = date(2026, 3, 2)
    assert parse_day("9999-12-31", today) is None
    assert parse_day("2031-12-31", today) == date(2031, 12, 31)


def test_more_words_than_any_name_has_are_not_looked_up() -> None:
    """They cost time for each place where they may be cut in two, and everybody else waits for that turn."""
    short, long = " ".join("abcde"), " ".join(f"w{n}" for n in range(60))
    catalog = Catalog(units={"s": Unit("s", short), "l": Unit("l", long, "s")})
    assert split_unit_pack(short, catalog, "s") == (catalog.units["s"], None, "")
    assert split_unit_pack(long, catalog, "s") == (None, None, long)
    assert split_pack_rest(long, catalog) == (None, long)

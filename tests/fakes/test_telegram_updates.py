"""Updates in the queue, floods and storms: what is confirmed when, who is too fast, and that luck repeats itself."""

from collections import Counter
from typing import Any

import pytest

from tests.fakes.telegram import FakeTelegram, FakeUser, Upload
from tests.fakes.telegram.asking import Clock, button, said


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fake(clock: Clock) -> FakeTelegram:
    return FakeTelegram(clock=clock)


@pytest.fixture
def amira(fake: FakeTelegram) -> FakeUser:
    user = fake.user("Amira", "en")
    user.start()
    return user


def ids(fake: FakeTelegram, **params: Any) -> list[int]:
    return [each["update_id"] for each in fake.call("getUpdates", params).result]


def kinds(fake: FakeTelegram, **params: Any) -> list[str]:
    return [next(iter(set(each) - {"update_id"})) for each in fake.call("getUpdates", params).result]


def test_only_a_higher_offset_confirms(fake: FakeTelegram, amira: FakeUser) -> None:
    for at in range(4):
        amira.say(f"{at}")
    first, *others = all_of_them = ids(fake)
    assert ids(fake) == all_of_them  # asking confirms nothing
    assert ids(fake, offset=first) == all_of_them
    assert ids(fake, offset=first + 1) == others
    assert ids(fake, limit=2) == others[:2]
    assert ids(fake, offset=-2) == others[-2:]  # the last two; what came before is forgotten
    assert ids(fake, offset=0) == others[-2:]
    assert ids(fake, offset=others[-1] + 5) == []


def test_an_offset_of_the_far_future_begins_anew(fake: FakeTelegram, amira: FakeUser) -> None:
    assert ids(fake, offset=2_000_000_000) == ids(fake)


@pytest.mark.parametrize(("asked", "got"), [(0, 1), (1, 1), (100, 100), (101, 100), (None, 100)])
def test_a_batch_has_1_to_100(fake: FakeTelegram, amira: FakeUser, asked: int | None, got: int) -> None:
    for at in range(120):
        amira.say(f"{at}")
    assert len(ids(fake, limit=asked)) == got


def test_an_update_lives_a_day_and_a_press_150_seconds(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    fake.call("sendMessage", {"chat_id": amira.id, "text": "x", "reply_markup": button(callback_data="x")})
    amira.press("Go")
    clock.now += 150
    assert kinds(fake) == ["message", "callback_query"]
    clock.now += 1
    assert kinds(fake) == ["message"]
    clock.now += 86_400 - 151
    assert kinds(fake) == ["message"]
    clock.now += 1
    assert kinds(fake) == []


def test_a_bot_gets_the_kinds_it_asked_for(fake: FakeTelegram, amira: FakeUser) -> None:
    amira.block()
    amira.unblock()
    assert kinds(fake) == ["message", "my_chat_member", "my_chat_member"]  # by default
    fake.call("getUpdates", {"offset": -1, "allowed_updates": '["message"]'})
    amira.block()
    amira.unblock()
    amira.say("a")
    assert kinds(fake)[1:] == ["message"]  # it holds until the next time
    fake.call("getUpdates", {"allowed_updates": "[]"})
    amira.block()
    assert kinds(fake)[2:] == ["my_chat_member"]  # an empty list means the default again
    assert "allowed_updates" not in fake.call("getWebhookInfo", {}).result


def test_no_polling_beside_a_webhook(fake: FakeTelegram, amira: FakeUser) -> None:
    assert said(fake, "setWebhook", url="https://example.com/hook", max_connections=7, secret_token="s") == ""
    info = fake.call("getWebhookInfo", {}).result
    assert (info["url"], info["max_connections"], info["pending_update_count"]) == ("https://example.com/hook", 7, 1)
    answer = fake.call("getUpdates", {})
    assert answer.status == 409
    assert said(fake, "getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    assert said(fake, "setWebhook", url="https://example.com/hook") == "Too Many Requests: retry after 1"
    assert b"Webhook was deleted" in fake.call("deleteWebhook", {}).body
    assert b"Webhook is already deleted" in fake.call("deleteWebhook", {}).body
    assert len(ids(fake)) == 1
    fake.call("deleteWebhook", {"drop_pending_updates": True})
    assert ids(fake) == []


def test_any_shape_can_be_injected(fake: FakeTelegram, amira: FakeUser) -> None:
    start = ids(fake)[0]
    fake.inject_unknown()
    fake.inject_lacking()
    fake.inject({"message": 7})
    fake.inject({"update_id": None})
    told = fake.call("getUpdates", {"offset": start + 1}).result
    assert [each.get("update_id") for each in told] == [start + 1, start + 2, start + 3, None]
    assert "telepathy" in told[0]
    assert "chat" not in told[1]["message"]
    fake.inject(b'{"update_id": nonsense')
    assert b"nonsense" in fake.call("getUpdates", {"offset": start + 5}).body
    assert ids(fake, offset=start + 6) == []


def test_updates_can_come_twice_and_in_the_wrong_order(fake: FakeTelegram, amira: FakeUser) -> None:
    for at in range(2):
        amira.say(f"{at}")
    first, second, third = ids(fake)
    assert ids(fake, offset=third) == [third]
    fake.faults.next("duplicate")
    assert ids(fake, offset=third) == [first, second, third]
    amira.say("again")
    fake.faults.next("reorder", method="getUpdates")
    assert ids(fake, offset=third) == [third + 1, third]
    assert ids(fake, offset=third) == [third, third + 1]


# Floods


def test_a_chat_takes_5_at_once_and_then_1_a_second(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    def send() -> int:
        return fake.call("sendMessage", {"chat_id": amira.id, "text": "x"}).status

    assert [send() for _ in range(6)] == [200] * 5 + [429]
    answer = fake.call("sendMessage", {"chat_id": amira.id, "text": "x"})
    assert answer.headers["Retry-After"] == "1"
    assert answer.body == (
        b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}'
    )
    assert len(fake.flood.early) == 1  # the seventh did not wait
    for _ in range(3):
        clock.now += 1
        assert [send(), send()] == [200, 429]
    assert len(amira.messages) == fake.sent[amira.id] == 8


def test_30_a_second_to_those_who_did_not_write(fake: FakeTelegram, clock: Clock) -> None:
    people = [fake.user(f"P{at}") for at in range(40)]
    for person in people:
        person.start()
    clock.now += 61

    def send(person: FakeUser) -> int:
        return fake.call("sendMessage", {"chat_id": person.id, "text": "x"}).status

    people[35].say("I am here")  # an answer to somebody is no bulk
    assert [send(person) for person in people[:36]] == [200] * 30 + [429] * 5 + [200]
    clock.now += 1
    assert {send(person) for person in people[:30]} == {200}
    fake.limits.off = True
    assert {send(person) for person in people} == {200}


def test_a_steady_pace_at_the_limit_is_no_flood(fake: FakeTelegram, clock: Clock) -> None:
    people = [fake.user(f"P{at}") for at in range(600)]
    for person in people:
        person.start()
    clock.now += 61
    began = clock.now
    for at, person in enumerate(people):
        clock.now = began + at / 30
        assert said(fake, "sendMessage", chat_id=person.id, text="x") == ""


def test_20_a_minute_in_a_group(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    group = fake.group("Shift", [amira])
    for _ in range(20):
        clock.now += 1.5
        assert said(fake, "sendMessage", chat_id=group.id, text="x") == ""
    clock.now += 1.5
    waits = said(fake, "sendMessage", chat_id=group.id, text="x")
    assert waits == "Too Many Requests: retry after 30"
    clock.now += 30
    assert said(fake, "sendMessage", chat_id=group.id, text="x") == ""


# Faults


@pytest.mark.parametrize(
    ("kind", "status", "broken", "stands"),
    [
        ("429", 429, "", 0),
        ("500", 500, "", 0),
        ("502", 502, "", 0),
        ("reset", 0, "reset", 0),
        ("silence", 0, "silence", 0),
        ("lost", 200, "reset", 1),
        ("mute", 200, "silence", 1),
        ("slow", 200, "", 1),
        ("garbage", 200, "", 1),
        ("lacking", 200, "", 1),
    ],
)
def test_a_fault(fake: FakeTelegram, amira: FakeUser, kind: str, status: int, broken: str, stands: int) -> None:
    fake.faults.next(kind, method="sendMessage", seconds=3)
    fake.call("getMe", {})  # not meant
    answer = fake.call("SENDMESSAGE", {"chat_id": amira.id, "text": "x"})
    assert (answer.status, answer.broken, len(amira.messages)) == (status, broken, stands)
    assert answer.delay == (3.0 if kind == "slow" else 0.0)
    assert fake.faults.happened == [("sendmessage", kind)]
    assert said(fake, "sendMessage", chat_id=amira.id, text="y") == ""
    assert len(fake.flood.early) == (kind == "429")


def test_a_fault_without_a_method_spares_getupdates(fake: FakeTelegram, amira: FakeUser) -> None:
    fake.faults.next("500", times=2)
    assert fake.call("getUpdates", {}).status == 200
    assert [fake.call("getMe", {}).status for _ in range(3)] == [500, 500, 200]
    with pytest.raises(ValueError, match="No such fault"):
        fake.faults.next("earthquake")


def test_a_storm_repeats_itself_whatever_else_is_called() -> None:
    def blows(seed: int, polls: int) -> list[tuple[int, str]]:
        fake = FakeTelegram()
        fake.limits.off = True
        amira = fake.user("Amira")
        amira.start()
        chances = {"429": 0.3, "500": 0.1, "reset": 0.05, "lost": 0.02}
        fake.faults.storm(seed, {"sendMessage": chances, "getUpdates": {"500": 0.5}})
        answers = []
        for at in range(1000):
            if at < polls:
                fake.call("getUpdates", {})
            answers.append(fake.call("sendMessage", {"chat_id": amira.id, "text": "x"}))
        return [(answer.status, answer.broken + answer.headers.get("Retry-After", "")) for answer in answers]

    once = blows(1, 0)
    assert once == blows(1, 500)
    assert once != blows(2, 0)
    told = Counter(status if broken != "reset" else f"{status} reset" for status, broken in once)
    assert 250 < told[429] < 350
    assert 70 < told[500] < 130
    assert 30 < told["0 reset"] < 70
    assert 8 < told["200 reset"] < 35
    waits = {int(wait) for status, wait in once if status == 429}
    assert (min(waits), max(waits)) == (1, 30)


def test_calls_and_downloads_are_written_down(fake: FakeTelegram, clock: Clock, amira: FakeUser) -> None:
    fake.call("sendmessage", {"chat_id": amira.id, "text": "x"})
    fake.call("sendDocument", {"chat_id": amira.id}, {"document": Upload("a.txt", b"a")})
    assert [(each.at, each.method) for each in fake.calls] == [
        (1_800_000_000.0, "sendMessage"),
        (1_800_000_000.0, "sendDocument"),
    ]
    assert fake.calls[0].params["text"] == "x"
    assert amira.last.document == "a.txt"

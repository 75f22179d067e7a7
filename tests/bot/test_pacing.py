"""How fast one account may talk, second by second."""

import random
from collections.abc import Iterator, Sequence

import pytest

from bot.pacing import Account
from bot.ports import Pace

NOW = 1_772_443_800.123456
PACE = Pace(pushes=30, chat=1, group=3, burst=5)


def test_a_few_at_once_and_then_as_many_a_second_as_agreed() -> None:
    account, now, sent = Account(PACE), NOW, list[float]()
    while now < NOW + 100:
        while account.pushes(now):
            account.spend(len(sent), now, group=False)
            sent.append(now)
        assert account.pushes_at() > now
        now = account.pushes_at()
    assert len(sent) == 3000
    assert all(later - earlier > 1 for earlier, later in pairwise_by(30, sent)), "in any second, not only on average"


def pairwise_by(step: int, times: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Each time and that of so many later."""
    return zip(times, times[step:], strict=False)


def test_no_second_holds_more_than_it_may_however_late_one_looks() -> None:
    account, luck, now, sent = Account(PACE), random.Random(1), NOW, list[float]()
    while now < NOW + 100:
        now = max(account.pushes_at(), now) + luck.uniform(0, 0.04)
        for _ in range(account.pushes(now) or 0):
            account.spend(len(sent), now, group=False)
            sent.append(now)
    assert len(sent) > 2900
    assert all(later - earlier > 1 for earlier, later in pairwise_by(30, sent))


def test_less_than_one_a_second() -> None:
    account = Account(Pace(pushes=0.1))
    account.spend("one", NOW, group=False)
    assert account.pushes(NOW + 9) == 0
    assert account.pushes(NOW + 10.01) == 1


def test_a_late_look_makes_up_for_it_a_little() -> None:
    account = Account(PACE)
    for n in range(3):
        account.spend(n, NOW, group=False)
    assert account.pushes(NOW) == 0
    assert account.pushes(NOW + 0.07) == 2
    assert account.pushes(NOW + 60) == 3
    assert Account(Pace(pushes=1000)).pushes(NOW) == 100, "a tenth of a second's worth"
    assert Account(Pace()).pushes(NOW) is None


def test_answers_use_up_what_speaks_first_but_a_second_at_most() -> None:
    account = Account(PACE)
    for n in range(10):
        account.spend(n, NOW, group=False)
    assert account.pushes_at() == pytest.approx(NOW + 8 / 30, abs=1e-5)
    for n in range(1000):
        account.spend(n, NOW, group=False)
    assert account.pushes_at() == pytest.approx(NOW + 1 + 1 / 30, abs=1e-5)
    assert account.open_at() <= NOW and account.chat_at("another") <= NOW, "answers never wait for it"


def test_a_chat_gets_a_few_at_once_and_a_group_less() -> None:
    account = Account(PACE)
    for chat, group in (("one", False), ("group", True)):
        for _ in range(5):
            assert account.chat_at(chat) <= NOW
            account.spend(chat, NOW, group=group)
    assert account.chat_at("one") == pytest.approx(NOW + 1)
    assert account.chat_at("group") == pytest.approx(NOW + 3)
    assert account.held(NOW) == 2
    assert account.held(NOW + 1.5) == 1
    assert account.held(NOW + 16) == 0 and not account._chats, "who rests is forgotten"


def test_what_the_platform_wants_to_be_left_alone() -> None:
    account = Account(PACE)
    account.rest("one", NOW + 30)
    account.rest("one", NOW + 10)
    assert (account.chat_at("one"), account.chat_at("two")) == (NOW + 30, 0.0)
    assert (account.held(NOW), account.held(NOW + 30)) == (1, 0)
    account.rest_all(NOW + 60)
    assert account.open_at() == account.chat_at("two") == NOW + 60


def test_a_clock_that_is_set_back_stops_nobody_for_long() -> None:
    account = Account(PACE)
    for n in range(40):
        account.spend("one", NOW + n, group=False)
    account.held(NOW - 3600)
    assert account.chat_at("one") <= NOW - 3600 + 2.1
    assert account.pushes_at() <= NOW - 3600 + 1.1


def test_where_new_messages_rest_the_rest_does_not() -> None:
    account = Account(PACE)
    account.rest_sends(NOW + 30)
    account.rest_sends(NOW + 20)
    assert account.sends_at() == account.rests_until("a", new=True) == account.chat_at("b", new=True) == NOW + 30
    assert account.open_at() <= NOW and account.chat_at("a") <= NOW and account.rests_until("b") <= NOW
    account.rest_all(NOW + 40)
    assert account.sends_at() == account.chat_at("a") == NOW + 40

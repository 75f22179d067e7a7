"""Slack's words for why not, and what the outbox makes of each."""

import pytest

from adapters.slack.errors import SAID_ANEW, TABLE, Declined, answered, declined, seconds, send_error
from bot.ports import BadMessage, Gone, Misconfigured, Refused, SendError, Throttled, Unknown, Unreachable

# (word, what follows): the twin of the table for the other platform.
WORDS: list[tuple[str, type[SendError]]] = [
    ("channel_not_found", Gone),
    ("user_not_found", Gone),
    ("user_disabled", Gone),
    ("cannot_dm_bot", Gone),
    ("is_archived", Gone),
    ("not_in_channel", Gone),
    ("user_not_in_channel", Gone),
    ("messages_tab_disabled", Misconfigured),
    ("account_inactive", Misconfigured),
    ("token_revoked", Misconfigured),
    ("invalid_auth", Misconfigured),
    ("not_authed", Misconfigured),
    ("missing_scope", Misconfigured),
    ("not_allowed_token_type", Misconfigured),
    ("team_access_not_granted", Misconfigured),
    ("no_permission", Misconfigured),
    ("ratelimited", Throttled),
    ("rate_limited", Throttled),
    ("msg_too_long", BadMessage),
    ("msg_blocks_too_long", BadMessage),
    ("invalid_blocks", BadMessage),
    ("invalid_blocks_format", BadMessage),
    ("invalid_arguments", BadMessage),
    ("no_text", BadMessage),
    ("too_many_attachments", BadMessage),
    ("metadata_too_large", BadMessage),
    ("view_too_large", BadMessage),
    ("internal_error", Unknown),
    ("fatal_error", Unknown),
    ("service_unavailable", Unreachable),
    ("request_timeout", Unreachable),
    ("team_added_to_org", Unreachable),
    ("org_login_required", Unreachable),
    ("ekm_access_denied", Unreachable),
    ("message_limit_exceeded", Unreachable),
    ("token_expired", Unreachable),
    ("restricted_action", Refused),
    ("not_enabled", Refused),
    ("a_word_of_next_year", Refused),
]


@pytest.mark.parametrize(("word", "kind"), WORDS)
def test_a_word_of_slacks(word: str, kind: type[SendError]) -> None:
    why = send_error(declined("chat.postMessage", {"ok": False, "error": word}))
    assert type(why) is kind
    assert word in why.told or kind is Throttled


@pytest.mark.parametrize("word", sorted(TABLE))
def test_what_may_be_done_twice_is_never_in_doubt(word: str) -> None:
    for method in ("chat.update", "views.publish", "conversations.history", "files.info"):
        assert not isinstance(send_error(Declined(method, word)), Unknown)


@pytest.mark.parametrize("word", sorted(word for word, kind in TABLE.items() if kind is Misconfigured))
def test_what_stops_a_workspace_is_told_with_its_word(word: str) -> None:
    assert word in send_error(Declined("chat.postMessage", word)).told


def test_a_missing_scope_is_named() -> None:
    data = {"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "im:write"}
    told = send_error(declined("chat.postMessage", data)).told
    assert "chat:write" in told and "morsel slack manifest" in told


@pytest.mark.parametrize(
    ("status", "after", "kind", "wait"),
    [
        (429, "7", Throttled, 7.0),
        (429, "", Throttled, 30.0),
        (429, "soon", Throttled, 30.0),
        (429, "-1", Throttled, 30.0),
        (429, "0", Throttled, 1.0),
        (429, "99999999", Throttled, 3600.0),
        (429, "9" * 5000, Throttled, 30.0),
        (429, "٣", Throttled, 30.0),
        (500, "", Unknown, 0.0),
        (502, "", Unknown, 0.0),
        (503, "", Unreachable, 0.0),
        (503, "12", Unreachable, 12.0),
        (504, "", Unknown, 0.0),
        (404, "", Unreachable, 30.0),
        (302, "", Unreachable, 30.0),
        (0, "", Unreachable, 30.0),
    ],
)
def test_a_status(status: int, after: str, kind: type[SendError], wait: float) -> None:
    why = answered("chat.postMessage", status, after)
    assert type(why) is kind and why.after == wait
    assert answered("chat.postMessage", 200, after) is None
    if kind is Unknown:
        assert type(answered("chat.update", status, after)) is Unreachable


@pytest.mark.parametrize(
    ("method", "covers"),
    [("chat.postMessage", "sends")]
    + [(each, "chat") for each in ("chat.update", "chat.postEphemeral", "views.publish", "files.info")],
)
def test_what_retry_after_covers(method: str, covers: str) -> None:
    why = answered(method, 429, "5")
    assert why and why.covers == covers
    assert seconds(" 5 ") == 5.0


def test_only_places_are_kept_of_what_slack_quotes() -> None:
    data = {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]"],
        "response_metadata": {
            "messages": [
                "[ERROR] `Anna said this` is wrong [json-pointer:/blocks/1/elements/0/text/text]",
                "[ERROR] invalid slack file [json-pointer:/blocks/12/slack_file]",
                "no pointer at all",
            ]
        },
    }
    why = declined("chat.postMessage", data)
    assert why.places == ("/blocks/1/elements/0/text/text", "/blocks/12/slack_file")
    assert why.pictures == (12,)
    assert "Anna" not in send_error(why).told


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"error": None},
        {"error": 5},
        {"error": ["x"]},
        {"error": "<b>what Anna said</b>"},
        {"error": "x" * 5000},
        {"error": "invalid_blocks", "response_metadata": []},
        {"error": "invalid_blocks", "response_metadata": {"messages": "x"}},
        {"error": "invalid_blocks", "errors": {"a": 1}},
        {"error": "missing_scope", "needed": {"a": 1}},
    ],
)
def test_odd_answers_are_errors_too(data: dict[str, object]) -> None:
    why = send_error(declined("chat.postMessage", data))
    assert isinstance(why, SendError) and len(why.told) < 300 and "Anna" not in why.told


def test_what_is_said_anew_is_known_to_the_table() -> None:
    assert {"message_not_found", "cant_update_message", "edit_window_closed"} <= SAID_ANEW
    # where it is no amendment, these words still end in something
    for word in SAID_ANEW:
        assert isinstance(send_error(Declined("chat.postMessage", word)), SendError)

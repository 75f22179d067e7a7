"""The strict fake Slack on its own: every refusal, pace, deliveries, people, and what it can be asked."""

import json
from typing import Any

import pytest
from slack_sdk.signature import Clock, SignatureVerifier

from tests.fakes.slack import (
    NotThere,
    read,
    uploads,
)
from tests.fakes.slack.chat import respond
from tests.fakes.slack.oauth import authorize
from tests.fakes.slack.outgoing import request_of
from tests.fakes.slack.world import App
from tests.fakes.slack_kit import (
    NOW,
    PNG,
    Json,
    Scene,
    actions,
    button,
    menu,
    mrkdwn,
    plain,
    rich,
    section,
)


@pytest.fixture
def scene() -> Scene:
    return Scene()


# texts -----------------------------------------------------------------------------------------------------------

TEXTS = [
    ("plain", "hello", "hello", (), ()),
    ("entities", "a &lt;b&gt; &amp;amp;", "a <b> &amp;", (), ()),
    ("channel", "hi <!channel>", "hi @channel", ("!channel",), ()),
    ("here with a label", "<!here|here>", "here", ("!here",), ()),
    ("person", "<@U123|amira> and <@W9>", "amira and @W9", ("@U123", "@W9"), ()),
    ("group", "<!subteam^S1|@heads>", "@heads", ("!subteam^S1",), ()),
    ("link", "<https://a.example/?x=1&amp;y=2|here>", "here", (), ("https://a.example/?x=1&y=2",)),
    ("mail link", "<mailto:a@b.example|write>", "write", (), ("mailto:a@b.example",)),
    ("channel link", "see <#C1|general>", "see general", (), ("#C1",)),
    ("bare address", "go https://a.example/x now", "go https://a.example/x now", (), ("https://a.example/x",)),
    ("date", "<!date^1392734382^{date}^https://a.example|then>", "then", (), ("https://a.example",)),
    ("not a sequence", "a < b > c and <b>", "a < b > c and <b>", (), ()),
    ("escaped ping", "&lt;!channel&gt; &lt;@U1&gt;", "<!channel> <@U1>", (), ()),
    ("styles", "*bold* _it_ ~no~ `code` 2*3*4 a_b_c", "bold it no code 2*3*4 a_b_c", (), ()),
    ("bare ping without link_names", "@here", "@here", (), ()),
]


@pytest.mark.parametrize(("what", "text", "visible", "pings", "links"), TEXTS, ids=[row[0] for row in TEXTS])
def test_a_text_is_read_as_slack_reads_it(
    what: str, text: str, visible: str, pings: tuple[str, ...], links: tuple[str, ...]
) -> None:
    seen = read(text)
    assert (seen.visible, seen.pings, seen.links) == (visible, pings, links)


def test_a_message_knows_all_that_it_rings_and_links_to(scene: Scene) -> None:
    words: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "<!channel> https://a.example @everyone"}}
    rung = rich({"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]})
    scene.post(text="<@U1> https://fallback.example", blocks=[words, *rung])
    shown = scene.amira.messages[0]
    assert shown.pings == ("@U1", "!channel", "@everyone", "!here")
    assert shown.links == ("https://a.example",), "a fallback is not shown, so its bare address is no link"

    words = {"type": "section", "text": {**words["text"], "verbatim": True}}
    scene.post(text="@here", blocks=[words], link_names=True)
    assert scene.amira.messages[1].pings == ("@here", "!channel")
    quiet = rich({"type": "rich_text_section", "elements": [{"type": "text", "text": "<!channel> https://a.example"}]})
    scene.post(blocks=[*quiet, *section(text=plain("<@U1> @here"))])
    assert (scene.amira.messages[2].pings, scene.amira.messages[2].links) == ((), ())


# refusals --------------------------------------------------------------------------------------------------------


def revoked(scene: Scene) -> None:
    scene.acme.revoke_token()


def uninstalled(scene: Scene) -> None:
    scene.acme.uninstall()


def rotated(scene: Scene) -> None:
    scene.fake.tokens[scene.acme.token].expires = NOW - 1


def test_tokens_are_looked_at_first(scene: Scene) -> None:
    token = scene.acme.token
    call = scene.call
    assert call("auth.test", "")["error"] == "not_authed"
    assert call("auth.test", "xoxb-wrong")["error"] == "invalid_auth"
    assert call("auth.tset")["error"] == "unknown_method"
    assert call("chat.postMessage", scene.fake.app.app_token, channel="C1")["error"] == "not_allowed_token_type"
    assert call("apps.connections.open")["error"] == "not_allowed_token_type"
    assert call("apps.connections.open", scene.fake.app.app_token)["ok"]
    for end, word in ((rotated, "token_expired"), (uninstalled, "account_inactive")):
        other = Scene()
        held = other.acme.token
        end(other)
        assert other.call("auth.test", held)["error"] == word
    revoked(scene)
    assert call("auth.test", token)["error"] == "token_revoked"


def test_a_scope_that_was_not_granted_is_named(scene: Scene) -> None:
    scene.fake.tokens[scene.acme.token].scopes = frozenset({"im:write"})
    answer = scene.fake.call("chat.postMessage", scene.acme.token, {"channel": "C1", "text": "x"})
    assert (answer.data["error"], answer.data["needed"], answer.data["provided"]) == (
        "missing_scope",
        "chat:write",
        "im:write",
    )
    assert answer.headers["X-Accepted-OAuth-Scopes"] == "chat:write"
    assert scene.call("users.info", user=scene.amira.id)["needed"] == "users:read"
    assert scene.call("conversations.history", channel="D1")["needed"] == "im:history"
    assert scene.call("conversations.history", channel="C1")["needed"] == "channels:history"


def test_where_the_bot_may_not_write(scene: Scene) -> None:
    boris = scene.acme.user("Boris")
    other = scene.fake.workspace("Umbrella").user("Carla")
    away = scene.acme.channel("away", bot=False)
    secret = scene.acme.channel("secret", bot=False, private=True)
    old = scene.acme.channel("old")
    scene.acme.archive(old)
    refusals = {
        "": "invalid_arguments",
        "C404": "channel_not_found",
        "U404": "channel_not_found",
        other.id: "channel_not_found",
        other.im.id: "channel_not_found",
        away: "not_in_channel",
        secret: "channel_not_found",
        old: "is_archived",
        scene.acme.bot_user: "cannot_dm_bot",
    }
    assert {name: scene.post(channel=name).get("error") for name in refusals} == refusals
    assert scene.post(channel="#old")["error"] == "is_archived"
    boris.deactivate()
    assert scene.post(channel=boris.id)["error"] == "user_disabled"
    assert scene.post(channel=boris.im.id)["error"] == "user_disabled"
    assert scene.call("conversations.open", users=boris.id)["error"] == "user_disabled"
    boris.reactivate()
    assert scene.post(channel=boris.id)["ok"]
    scene.fake.app.messages_tab = False
    assert scene.post(channel=boris.id)["error"] == "messages_tab_disabled"


def test_what_a_message_may_not_be(scene: Scene) -> None:
    scene.fake.limits.on = False
    refusals: list[tuple[Json, str]] = [
        ({"text": ""}, "no_text"),
        ({"text": " \n "}, "no_text"),
        ({"text": "", "blocks": "[]"}, "no_text"),
        ({"blocks": "{"}, "invalid_blocks_format"),
        ({"blocks": "{}"}, "invalid_blocks_format"),
        ({"blocks": section(text=mrkdwn(3000)) * 5}, "msg_blocks_too_long"),
        ({"markdown_text": "x"}, "markdown_text_conflict"),
        ({"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"attachments": [{"blocks": [{"type": "section"}]}]}, "invalid_attachments"),
        ({"metadata": "x"}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x", "event_payload": {"x": "y" * 20_000}}}, "metadata_too_large"),
    ]
    for params, word in refusals:
        assert scene.post(**params).get("error") == word, params
    assert scene.post(text="x" * 40_001)["warning"] == "message_truncated"
    assert len(scene.amira.messages[0].text) == 40_000
    assert scene.post(text="", markdown_text=None, blocks=section())["ok"]
    assert [one.said for one in scene.fake.warnings] == ["message_truncated", "missing_text_in_message"]


def test_a_message_is_changed_by_its_author_only(scene: Scene) -> None:
    ts, im = scene.post(blocks=actions(button(action_id="b")))["ts"], scene.amira.im.id
    written = scene.amira.say("mine")
    assert written
    theirs = written.payload["event"]["ts"]
    update = "chat.update"
    assert scene.call(update, channel=im, ts="1.2", text="x")["error"] == "message_not_found"
    assert scene.call(update, channel=scene.amira.id, ts=ts, text="x")["error"] == "channel_not_found"
    assert scene.call(update, channel=im, ts=theirs, text="x")["error"] == "cant_update_message"
    assert scene.call(update, channel=im, ts=ts, text="x" * 4001)["error"] == "msg_too_long"
    assert scene.call("chat.delete", channel=im, ts=theirs)["error"] == "cant_delete_message"
    assert scene.call(update, channel=im, ts=ts, text="kept", blocks=section())["ok"]
    assert scene.amira.messages[0].visible == "words"
    assert scene.call(update, channel=im, ts=ts, text="alone")["ok"]
    assert (scene.amira.messages[0].visible, scene.amira.messages[0].edits) == ("alone", 2)
    assert scene.call("chat.delete", channel=im, ts=ts)["ok"]
    assert scene.amira.messages == []
    assert scene.call(update, channel=im, ts=ts, text="x")["error"] == "message_not_found"


def test_only_one_person_sees_what_is_ephemeral(scene: Scene) -> None:
    boris = scene.acme.user("Boris")
    room = scene.acme.channel("room", scene.amira)
    assert scene.call("chat.postEphemeral", channel=room, user=boris.id, text="x")["error"] == "user_not_in_channel"
    assert scene.call("chat.postEphemeral", channel=scene.amira.im.id, user=scene.amira.id, text="psst")["ok"]
    assert [(one.visible, one.ephemeral) for one in scene.amira.messages] == [("psst", True)]
    ts = scene.amira.messages[0].ts
    assert scene.call("chat.update", channel=scene.amira.im.id, ts=ts, text="x")["error"] == "message_not_found"


def test_people_are_known_with_zone_and_language_until_they_leave(scene: Scene) -> None:
    scene.amira.change(tz="America/New_York", locale="es-ES")
    user = scene.call("users.info", user=scene.amira.id, include_locale="true")["user"]
    assert (user["tz"], user["tz_offset"], user["locale"]) == ("America/New_York", -18_000, "es-ES")
    assert user["profile"]["email"] == "amira@acme.example"
    assert "locale" not in scene.call("users.info", user=scene.amira.id)["user"]
    assert scene.call("users.info", user="U404")["error"] == "user_not_found"
    scene.amira.deactivate()
    user = scene.call("users.info", user=scene.amira.id)["user"]
    assert user["deleted"] and "tz" not in user


def test_history_shows_metadata_only_when_asked(scene: Scene) -> None:
    note = {"event_type": "delivery", "event_payload": {"id": "7"}}
    stamps = [scene.post(text=f"{number}", metadata=json.dumps(note))["ts"] for number in range(3)]
    im = scene.amira.im.id
    found = scene.call("conversations.history", channel=im, limit=2)
    assert [one["text"] for one in found["messages"]] == ["2", "1"]
    assert found["has_more"] and "metadata" not in found["messages"][0]
    more = scene.call(
        "conversations.history",
        channel=im,
        cursor=found["response_metadata"]["next_cursor"],
        include_all_metadata="1",
    )
    assert [one["metadata"] for one in more["messages"]] == [note]
    since = scene.call("conversations.history", channel=im, oldest=stamps[1], inclusive=True)
    assert [one["text"] for one in since["messages"]] == ["2", "1"]
    assert scene.call("conversations.history", channel="D404")["error"] == "channel_not_found"
    assert scene.call("conversations.history", channel=im, cursor="x")["error"] == "invalid_cursor"
    assert scene.call("conversations.history", channel=im, oldest="x")["error"] == "invalid_ts_oldest"


def test_blocks_are_validated_without_a_token(scene: Scene) -> None:
    validate = "blocks.validate"
    assert scene.call(validate, "", blocks=json.dumps(section())) == {"ok": True}
    answer = scene.call(validate, "", blocks=json.dumps([{"type": "section", "text": {"type": "x", "text": "y"}}]))
    assert (answer["error"], answer["errors"][-1]["pointer"]) == ("invalid_blocks", "/0/text/type")
    assert answer["errors"][-1]["constraint"]["expected"] == ["mrkdwn", "plain_text"]
    assert scene.call(validate, "", view=json.dumps({"type": "modal"}))["error"] == "invalid_view"
    assert scene.call(validate, "", message=json.dumps({"blocks": [{}]}))["error"] == "invalid_message"
    assert scene.call(validate, "")["error"] == "invalid_arguments"
    assert scene.call(validate, "", blocks="[]", view="{}")["error"] == "invalid_arguments"


def test_small_questions(scene: Scene) -> None:
    assert scene.call("api.test", "", foo="bar")["args"] == {"foo": "bar"}
    assert scene.call("api.test", "", error="my_error")["error"] == "my_error"
    me = scene.call("auth.test")
    assert (me["team"], me["user_id"]) == ("Acme", scene.acme.bot_user)
    assert scene.call("bots.info", bot=me["bot_id"])["bot"]["user_id"] == me["user_id"]
    assert scene.call("bots.info", bot="B404")["error"] == "bot_not_found"
    assert scene.call("team.info")["team"]["domain"] == "acme"
    assert scene.call("team.info", team="T404")["error"] == "team_not_found"
    assert scene.call("conversations.open", users=scene.amira.id)["channel"]["id"] == scene.amira.im.id
    assert scene.call("conversations.open", users="U404")["error"] == "user_not_found"
    assert scene.call("conversations.open")["error"] == "users_list_not_supplied"
    assert scene.call("conversations.open", users=scene.acme.bot_user)["error"] == "cannot_dm_bot"


# views -----------------------------------------------------------------------------------------------------------

FORM: Json = {
    "type": "modal",
    "callback_id": "answer",
    "title": plain("Answer"),
    "submit": plain("Send"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("Your answer"),
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
        }
    ],
}


def trigger(scene: Scene) -> str:
    return str(scene.amira.command("/learn").payload["trigger_id"])


def test_a_trigger_lives_three_seconds_and_is_good_once(scene: Scene) -> None:
    name = trigger(scene)
    bad = scene.call("views.open", trigger_id=name, view={**FORM, "title": plain(25)})
    assert bad["error"] == "invalid_arguments"
    assert (
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
        in bad["response_metadata"]["messages"]
    )
    assert scene.call("views.open", trigger_id="1.2.3", view=FORM)["error"] == "invalid_trigger_id"
    assert scene.call("views.open", view=FORM)["error"] == "invalid_arguments"
    scene.time.now += 3
    assert scene.call("views.open", trigger_id=name, view=FORM)["ok"]
    assert scene.call("views.open", trigger_id=name, view=FORM)["error"] == "exchanged_trigger_id"
    late = trigger(scene)
    scene.time.now += 3.1
    assert scene.call("views.open", trigger_id=late, view=FORM)["error"] == "expired_trigger_id"


def test_a_modal_is_filled_in_submitted_and_answered(scene: Scene) -> None:
    opened = scene.call("views.open", trigger_id=trigger(scene), view=FORM)["view"]
    assert scene.amira.view and scene.amira.view.inputs == ("Your answer",)
    with pytest.raises(NotThere, match="fill in"):
        scene.amira.submit_view()
    with pytest.raises(NotThere, match="10 characters"):
        scene.amira.submit_view({"Your answer": "x" * 11})
    sent = scene.amira.submit_view({"Your answer": "Paris"})
    assert sent.payload["view"]["state"]["values"]["words"]["text"]["value"] == "Paris"
    scene.fake.pull()
    scene.fake.ack(sent, {"response_action": "errors", "errors": {"words": "Nearly."}})
    assert scene.amira.view and scene.amira.view.errors == {"words": "Nearly."}
    changed = scene.call(
        "views.update", view_id=opened["id"], hash=opened["hash"], view={**FORM, "title": plain("Again")}
    )
    assert scene.amira.view and scene.amira.view.title == "Again"
    stale = scene.call("views.update", view_id=opened["id"], hash=opened["hash"], view=FORM)
    assert stale["error"] == "hash_conflict" and changed["view"]["hash"] != opened["hash"]
    again = scene.amira.submit_view({})
    scene.fake.pull()
    scene.fake.ack(again)
    assert scene.amira.view is None
    assert scene.call("views.update", view_id=opened["id"], view=FORM)["error"] == "not_found"


def test_an_acknowledgement_that_slack_cannot_read_leaves_the_modal_open(scene: Scene) -> None:
    scene.call("views.open", trigger_id=trigger(scene), view=FORM)
    wrong: list[Any] = [
        {"response_action": "errors"},
        {"response_action": "errors", "errors": ["words"]},
        {"response_action": "errors", "errors": {"other": "x"}},
        {"response_action": "update"},
        {"response_action": "update", "view": {"type": "home", "blocks": []}},
        {"response_action": "dance"},
    ]
    for answer in wrong:
        sent = scene.amira.submit_view({"Your answer": "x"})
        scene.fake.pull()
        scene.fake.ack(sent, answer)
        assert scene.amira.view is not None, answer
    assert scene.amira.notices == ["We had some trouble connecting: invalid response"] * len(wrong)
    for answer, titles in (
        ({"response_action": "push", "view": {**FORM, "title": plain("Deeper")}}, ["Answer", "Deeper"]),
        ({"response_action": "update", "view": {**FORM, "title": plain("Other")}}, ["Answer", "Other"]),
        ({"response_action": "clear"}, []),
    ):
        sent = scene.amira.submit_view({"Your answer": "x"})
        scene.fake.pull()
        scene.fake.ack(sent, answer)
        assert [view.raw["title"]["text"] for view in scene.amira.member.views] == titles


def test_modals_are_three_deep(scene: Scene) -> None:
    scene.call("views.open", trigger_id=trigger(scene), view={**FORM, "blocks": actions(button(action_id="deeper"))})
    view = {**FORM, "blocks": actions(button(action_id="deeper"))}
    for deep in (2, 3):
        press = scene.amira.press("Go", where="view")
        assert scene.call("views.push", trigger_id=press.payload["trigger_id"], view=view)["ok"], deep
    press = scene.amira.press("Go", where="view")
    assert scene.call("views.push", trigger_id=press.payload["trigger_id"], view=view)["error"] == "push_limit_reached"
    closed = scene.amira.close_view()
    assert closed and closed.payload["type"] == "view_closed"
    assert len(scene.amira.member.views) == 2


def test_a_home_tab_is_guarded_by_its_hash(scene: Scene) -> None:
    home = {"type": "home", "blocks": [*section(), *actions(button(action_id="start"))]}
    first = scene.call("views.publish", user_id=scene.amira.id, view=json.dumps(home))["view"]
    second = scene.call("views.publish", user_id=scene.amira.id, view=home, hash=first["hash"])["view"]
    assert (
        scene.call("views.publish", user_id=scene.amira.id, view=home, hash=first["hash"])["error"] == "hash_conflict"
    )
    assert second["id"] == first["id"]
    assert scene.amira.home and scene.amira.home.visible == "words"
    press = scene.amira.press("Go", where="home")
    assert (
        press.payload["container"] == {"type": "view", "view_id": first["id"]} and "response_url" not in press.payload
    )
    assert scene.call("views.publish", user_id="U404", view=home)["error"] == "user_not_found"
    assert scene.call("views.publish", user_id=scene.amira.id, view=FORM)["error"] == "invalid_arguments"
    scene.fake.app.home_tab = False
    assert scene.call("views.publish", user_id=scene.amira.id, view=home)["error"] == "not_enabled"


# files -----------------------------------------------------------------------------------------------------------


def test_a_picture_is_taken_in_step_by_step(scene: Scene) -> None:
    assert scene.call("files.getUploadURLExternal", filename="a.png")["error"] == "missing_argument"
    assert scene.call("files.getUploadURLExternal", filename="a.png", length=0)["error"] == "missing_argument"
    long = scene.call("files.getUploadURLExternal", filename="a.png", length=3, alt_txt="x" * 1001)
    assert long["error"] == "alt_txt_too_large"
    given = scene.call("files.getUploadURLExternal", filename="a.png", length=str(len(PNG)))
    file, key = given["file_id"], given["upload_url"].rpartition("/")[2]
    files = json.dumps([{"id": file, "title": "A map"}])
    block = [{"type": "image", "alt_text": "map", "slack_file": {"id": file}}]
    assert scene.call("files.completeUploadExternal", files=files)["error"] == "file_not_found"
    assert uploads.take_bytes(scene.fake, key, PNG + b"!")[0] == 400
    assert uploads.take_bytes(scene.fake, "nonsense", PNG)[0] == 404
    assert uploads.take_bytes(scene.fake, key, PNG) == (200, f"OK - {len(PNG)}")
    assert scene.post(blocks=block)["error"] == "invalid_blocks"
    assert scene.call("files.completeUploadExternal", files=files)["ok"]
    assert scene.post(blocks=block)["error"] == "invalid_blocks", "it is still being processed"
    assert scene.call("files.info", file=file)["file"]["mimetype"] == ""
    scene.time.now += 1
    assert scene.post(blocks=block)["ok"]
    assert scene.amira.messages[-1].images[0].source == file
    assert scene.call("files.info", file=file)["file"]["mimetype"] == "image/png"
    assert scene.call("files.completeUploadExternal", files=files)["error"] == "file_not_found", "once only"


def test_a_file_that_a_person_sends_is_told_twice_and_fetched_with_the_token(scene: Scene) -> None:
    file = scene.amira.upload("pack.md", b"# Pack", "text/markdown", text="here")
    told = [one.payload["event"] for one in scene.fake.pull()]
    assert [one.get("subtype") or one["type"] for one in told] == ["file_share", "file_shared"]
    info = scene.call("files.info", file=file)["file"]
    assert info["url_private_download"] == told[0]["files"][0]["url_private_download"]
    assert uploads.download(scene.fake, scene.acme.id, file, scene.acme.token) == ("text/markdown", b"# Pack")
    kind, page = uploads.download(scene.fake, scene.acme.id, file, "xoxb-wrong")
    assert kind.startswith("text/html") and b"Sign in" in page
    other = scene.fake.workspace("Umbrella")
    assert uploads.download(scene.fake, scene.acme.id, file, other.token)[0].startswith("text/html")
    assert scene.fake.call("files.info", other.token, {"file": file}).data["error"] == "file_not_found"
    scene.amira.upload("far.md", b"x", check_info=True)
    assert scene.fake.pull()[0].payload["event"]["files"][0].keys() == {"id", "mode", "file_access"}


# pace ------------------------------------------------------------------------------------------------------------


def test_a_channel_takes_a_burst_and_then_one_a_second(scene: Scene) -> None:
    boris = scene.acme.user("Boris")
    assert all(scene.post()["ok"] for _ in range(5))
    answer = scene.fake.call("chat.postMessage", scene.acme.token, {"channel": scene.amira.id, "text": "x"})
    assert (answer.status, answer.headers["Retry-After"], answer.data["error"]) == (429, "1", "ratelimited")
    assert scene.post(channel=boris.id)["ok"], "another channel goes on"
    assert scene.post()["error"] == "ratelimited" and len(scene.fake.early) == 1
    scene.time.now += 1
    assert scene.post()["ok"] and scene.post()["error"] == "ratelimited"
    scene.fake.limits.on = False
    scene.time.now += 1
    assert all(scene.post()["ok"] for _ in range(50))


def test_methods_have_tiers_and_a_workspace_a_cap(scene: Scene) -> None:
    answers = [scene.call("users.info", user=scene.amira.id).get("error") for _ in range(101)]
    assert answers == [None] * 100 + ["ratelimited"]
    assert scene.fake.workspace("Umbrella").token and scene.call("team.info")["ok"], "the limit is the method's"
    people = [scene.acme.user(f"Person {number}") for number in range(102)]
    answers = [scene.post(channel=one.id).get("error") for one in people]
    assert answers == [None] * 100 + ["ratelimited", "ratelimited"]
    other = scene.fake.workspace("Umbrella")
    assert scene.fake.call("chat.postMessage", other.token, {"channel": other.user("Z").id, "text": "x"}).data["ok"]


def test_a_refusal_of_the_fault_door_rests_the_method_in_that_workspace(scene: Scene) -> None:
    scene.fake.faults.add("chat.postMessage", "429", seconds=30)
    boris = scene.acme.user("Boris")
    assert scene.post()["error"] == "ratelimited"
    assert scene.post(channel=boris.id)["error"] == "ratelimited"
    assert scene.call("users.info", user=boris.id)["ok"]
    assert [call.early for call in scene.fake.calls] == [False, True, False]
    scene.time.now += 30
    assert scene.post()["ok"]


def test_faults_by_count(scene: Scene) -> None:
    for kind in ("500", "503", "reset", "hang", "lost", "garbage", "slow"):
        scene.fake.faults.add("*", kind)
    answers = [
        scene.fake.call("chat.postMessage", scene.acme.token, {"channel": scene.amira.id, "text": "x"})
        for _ in range(8)
    ]
    assert [(one.status, one.fault) for one in answers] == [
        (500, ""),
        (503, ""),
        (0, "reset"),
        (0, "hang"),
        (200, "lost"),
        (200, ""),
        (200, "slow"),
        (200, ""),
    ]
    assert b"<html>" in answers[0].body and b"<html>" in answers[5].body
    assert len(scene.amira.messages) == 4, "lost, garbage and slow answers were deliveries all the same"
    with pytest.raises(ValueError, match="no such fault"):
        scene.fake.faults.add("*", "flood")


def test_a_storm_is_the_same_each_time() -> None:
    def weather(seed: int) -> tuple[list[str], int]:
        scene = Scene()
        scene.fake.limits.on = False
        scene.fake.faults.storm({"429": 0.3, "500": 0.1, "reset": 0.05, "lost": 0.02}, seed)
        for _ in range(400):
            scene.fake.call("chat.postMessage", scene.acme.token, {"channel": scene.amira.id, "text": "x"})
            scene.time.now += 31
        return [call.error for call in scene.fake.calls], len(scene.amira.messages)

    first, second, other = weather(1), weather(1), weather(2)
    assert first == second != other
    errors, arrived = first
    assert 80 < errors.count("ratelimited") < 160 and 20 < errors.count("500") < 60 and errors.count("reset") > 5
    assert arrived == errors.count("") + errors.count("lost")


# deliveries ------------------------------------------------------------------------------------------------------


def test_an_event_comes_again_at_once_after_a_minute_and_after_five_and_then_never(scene: Scene) -> None:
    said = scene.amira.say("hi")
    assert said
    seen: list[tuple[float, int, str]] = []
    ids = set()
    for _ in range(4000):
        for one in scene.fake.pull():
            seen.append((scene.time.now - NOW, one.attempt, one.reason))
            ids.add(one.event_id)
            frame = json.loads(one.envelope())
            assert (frame["retry_attempt"], frame["accepts_response_payload"]) == (one.attempt, False)
        scene.time.now += 0.5
        if scene.fake.lost:
            break
    assert [(round(at), attempt, reason) for at, attempt, reason in seen] == [
        (0, 0, ""),
        (4, 1, "timeout"),
        (67, 2, "timeout"),
        (370, 3, "timeout"),
    ]
    assert scene.fake.lost == [said] and len(ids) == 1
    assert scene.fake.deliveries.replay_lost(scene.time.now) == 1
    assert scene.fake.pull()[0].event_id == said.event_id, "delayed events keep their id"


def test_what_is_acknowledged_in_time_comes_once(scene: Scene) -> None:
    scene.amira.say("one")
    first = scene.fake.pull()[0]
    scene.time.now += 3
    scene.fake.ack(first)
    assert (first.state, scene.fake.pull()) == ("done", [])
    scene.amira.say("two")
    second = scene.fake.pull()[0]
    name = second.envelope_id
    scene.time.now += 3.5
    scene.fake.ack(second)
    assert scene.fake.deliveries.late == [name]
    assert [one.attempt for one in scene.fake.pull()] == [1], "too late: it comes again"


def test_a_click_or_a_command_that_nobody_answers_is_lost_and_the_person_is_told(scene: Scene) -> None:
    scene.post(blocks=actions(button(action_id="b")))
    press, command = scene.amira.press("Go"), scene.amira.command("/learn", "now")
    assert scene.fake.pull() == [press, command]
    scene.time.now += 4
    assert scene.fake.pull() == []
    assert scene.fake.lost == [press, command]
    assert scene.amira.notices == ["button 'Go': operation_timeout", "/learn failed with the error operation_timeout"]


def test_a_command_may_be_answered_with_its_acknowledgement(scene: Scene) -> None:
    answers: list[Any] = [
        "plain",
        {"text": "for all", "response_type": "in_channel"},
        {"blocks": [{"type": "x"}]},
        7,
        None,
    ]
    for answer in answers:
        command = scene.amira.command("/learn")
        assert scene.fake.pull() == [command]
        scene.fake.ack(command, answer)
    assert [(one.visible, one.ephemeral) for one in scene.amira.messages] == [("plain", True), ("for all", False)]
    assert scene.amira.notices == ["/learn failed with the error invalid_command_response"] * 2


def test_a_response_url_is_good_five_times_in_half_an_hour(scene: Scene) -> None:
    def key(url: str) -> str:
        return url.partition("/commands/")[2] or url.partition("/actions/")[2]

    scene.post(blocks=actions(button(action_id="b")))
    pressed = key(scene.amira.press("Go").payload["response_url"])
    assert respond(scene.fake, pressed, {"text": "instead", "replace_original": True})[0] == 200
    assert scene.amira.messages[0].visible == "instead"
    status, body = respond(scene.fake, pressed, {"blocks": [{"type": "x"}]})
    assert (status, body["error"]) == (404, "invalid_blocks")
    assert [respond(scene.fake, pressed, {"text": "x"})[0] for _ in range(4)] == [200, 200, 200, 404]
    late = key(scene.amira.command("/learn").payload["response_url"])
    scene.time.now += 1801
    assert respond(scene.fake, late, {"text": "x"}) == (404, {"ok": False, "error": "expired_url"})
    assert respond(scene.fake, "T/1/2", {"text": "x"})[0] == 404


def test_events_come_twice_reordered_stripped_unknown_and_as_garbage(scene: Scene) -> None:
    scene.fake.faults.duplicates = 1.0
    scene.amira.say("twice")
    assert len({one.event_id for one in scene.fake.pull()}) == 1
    scene.fake.faults.duplicates = 0.0
    scene.fake.faults.reorder = 8
    for number in range(8):
        scene.amira.say(f"{number}")
    words = [one.payload["event"]["text"] for one in scene.fake.pull()]
    assert sorted(words) == [f"{number}" for number in range(8)] != words
    scene.fake.faults.reorder = 0
    scene.fake.faults.strip.append("user")
    scene.amira.say("from nobody")
    assert "user" not in scene.fake.pull()[0].payload["event"]
    scene.acme.event({"type": "reaction_exploded", "reaction": "tada"})
    assert scene.fake.pull()[0].payload["event"]["type"] == "reaction_exploded"
    scene.fake.inject(b"\xff{")
    assert scene.fake.pull()[0].payload == b"\xff{"
    scene.acme.rate_limited()
    assert scene.fake.pull()[0].payload["type"] == "app_rate_limited"


def test_what_people_do_becomes_the_events_slack_sends(scene: Scene) -> None:
    fake, amira = scene.fake, scene.amira
    room = scene.acme.channel("room", amira)
    amira.say("a <b> & https://a.example/?x=1&y=2")
    amira.mention("help", room)
    amira.open_home()
    amira.open_messages_tab()
    amira.change(tz="Asia/Tokyo")
    amira.deactivate()
    scene.acme.join("Boris")
    scene.acme.revoke_token()
    scene.acme.uninstall()
    payloads = [one.payload for one in fake.pull()]
    events = [one["event"] for one in payloads]
    assert [one["type"] for one in events] == [
        "message",
        "message",
        "app_mention",
        "app_home_opened",
        "app_home_opened",
        "user_change",
        "user_change",
        "team_join",
        "tokens_revoked",
        "tokens_revoked",
        "app_uninstalled",
    ]
    assert events[0]["text"] == "a &lt;b&gt; &amp; <https://a.example/?x=1&amp;y=2>"
    assert events[0]["channel_type"] == "im" and events[1]["ts"] == events[2]["ts"]
    assert events[2]["text"] == f"<@{scene.acme.bot_user}> help"
    assert [one["tab"] for one in events[3:5]] == ["home", "messages"]
    assert events[6]["user"]["deleted"] is True
    assert len({one["event_id"] for one in payloads}) == len(payloads)
    assert payloads[0]["authorizations"][0]["user_id"] == scene.acme.bot_user
    amira.say("is anybody there?")
    assert fake.pull() == [], "an app that is not installed hears nothing"


def test_only_what_is_subscribed_comes(scene: Scene) -> None:
    scene.fake.app.events = frozenset({"app_mention"})
    room = scene.acme.channel("room", scene.amira)
    scene.amira.say("hi")
    scene.amira.mention("hi", room)
    assert [one.payload["event"]["type"] for one in scene.fake.pull()] == ["app_mention"]
    scene.fake.app.events = frozenset({"message.im"})
    scene.amira.say("hi")
    scene.amira.upload("a.txt", b"x")
    scene.amira.mention("hi", room)
    assert [one.payload["event"].get("subtype", "") for one in scene.fake.pull()] == ["", "file_share"]
    scene.fake.app.events = frozenset({"message.channels"})
    scene.amira.say("hi")
    scene.amira.mention("hi", room)
    assert [one.payload["event"]["channel"] for one in scene.fake.pull()] == [room]


def test_the_bots_own_words_come_back_while_it_listens(scene: Scene) -> None:
    scene.post()
    assert scene.fake.pull() == []
    scene.fake.listening = 1
    ts = scene.post()["ts"]
    scene.call("chat.update", channel=scene.amira.im.id, ts=ts, text="x")
    own, changed = (one.payload["event"] for one in scene.fake.pull())
    assert own["bot_id"] == scene.acme.team.bot_id and changed["subtype"] == "message_changed"


# choosing --------------------------------------------------------------------------------------------------------


def test_people_choose_what_is_offered_and_nothing_else(scene: Scene) -> None:
    boxes = {"type": "checkboxes", "action_id": "c", "options": [{"text": plain(one), "value": one} for one in "ABC"]}
    blocks: list[Json] = [
        {
            "type": "section",
            "text": plain("Which?"),
            "accessory": {**menu(0), "action_id": "s", "options": [{"text": plain("Lyon"), "value": "l"}]},
        },
        {"type": "actions", "block_id": "x", "elements": [boxes, button(action_id="done", value="d")]},
        {
            "type": "actions",
            "elements": [
                {"type": "radio_buttons", "action_id": "r", "options": [{"text": plain("Sure"), "value": "s"}]}
            ],
        },
        {
            "type": "actions",
            "elements": [{"type": "overflow", "action_id": "o", "options": [{"text": plain("Skip"), "value": "k"}]}],
        },
    ]
    ts = scene.post(blocks=blocks)["ts"]
    scene.amira.tick(["A", "C"])
    assert [one.ticked for one in scene.amira.messages[0].checkboxes] == [True, False, True]
    press = scene.amira.press("Go")
    held = press.payload["state"]["values"]["x"]["c"]["selected_options"]
    assert [one["value"] for one in held] == ["A", "C"]
    assert press.payload["actions"][0]["value"] == "d" and press.payload["message"]["ts"] == ts
    assert scene.amira.press("Lyon").payload["actions"][0]["selected_option"]["value"] == "l"
    assert scene.amira.press("Sure").payload["actions"][0]["type"] == "radio_buttons"
    assert scene.amira.press("Skip").payload["actions"][0]["selected_option"]["value"] == "k"
    assert scene.amira.messages[0].selects[0].chosen == "Lyon" and scene.amira.messages[0].radios[0].ticked
    with pytest.raises(NotThere, match="Nice"):
        scene.amira.press("Nice")
    with pytest.raises(NotThere):
        scene.amira.tick(["A", "D"])
    scene.call("chat.update", channel=scene.amira.im.id, ts=ts, text="x", blocks=blocks)
    assert [one.ticked for one in scene.amira.messages[0].checkboxes] == [True, False, True], "same block_id: kept"
    blocks[1]["block_id"] = "y"
    scene.call("chat.update", channel=scene.amira.im.id, ts=ts, text="x", blocks=blocks)
    assert [one.ticked for one in scene.amira.messages[0].checkboxes] == [False] * 3, "a new block_id starts afresh"


def test_the_newest_message_with_the_button_is_pressed(scene: Scene) -> None:
    old = scene.post(blocks=actions(button(action_id="b", value="old")))["ts"]
    scene.post(blocks=actions(button(action_id="b", value="new")))
    scene.post()
    assert scene.amira.press("Go").payload["actions"][0]["value"] == "new"
    assert scene.amira.press("Go", old).payload["actions"][0]["value"] == "old"


# installing ------------------------------------------------------------------------------------------------------


def consent(scene: Scene, **query: str) -> str:
    given = {
        "client_id": scene.fake.app.client_id,
        "scope": "chat:write",
        "redirect_uri": "https://bot.example/back",
        **query,
    }
    target = authorize(scene.fake, given, scene.acme.team, scene.amira.id)
    return target.partition("code=")[2].partition("&")[0]


def exchange(scene: Scene, **params: str) -> Json:
    app = scene.fake.app
    given = {"client_id": app.client_id, "client_secret": app.client_secret, "redirect_uri": "https://bot.example/back"}
    return scene.call("oauth.v2.access", "", **{**given, **params})


def test_a_code_is_exchanged_once(scene: Scene) -> None:
    code = consent(scene, state="s")
    assert exchange(scene, code=code, client_id="x")["error"] == "invalid_client_id"
    assert exchange(scene, code=code, client_secret="x")["error"] == "bad_client_secret"
    assert exchange(scene, code="x")["error"] == "invalid_code"
    assert exchange(scene, code=code, redirect_uri="https://other.example")["error"] == "bad_redirect_uri"
    assert exchange(scene, code=code)["error"] == "invalid_code", "a wrong address has used it up"
    granted = exchange(scene, code=consent(scene))
    assert granted["access_token"] == scene.acme.token and granted["team"]["name"] == "Acme"
    late = consent(scene)
    scene.time.now += 601
    assert exchange(scene, code=late)["error"] == "invalid_code"
    assert exchange(scene, grant_type="password")["error"] == "invalid_grant_type"


def test_tokens_rotate() -> None:
    scene = Scene(App(token_rotation=True))
    first = exchange(scene, code=consent(scene))
    assert first["access_token"].startswith("xoxe.xoxb-") and first["expires_in"] == 43_200
    second = exchange(scene, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    again = exchange(scene, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again["error"] == "invalid_refresh_token"
    assert scene.call("auth.test", first["access_token"])["ok"]
    scene.time.now += 43_201
    assert scene.call("auth.test", first["access_token"])["error"] == "token_expired"


def test_the_app_is_removed_and_comes_back(scene: Scene) -> None:
    token, app = scene.acme.token, scene.fake.app
    assert scene.call("apps.uninstall", client_id="x", client_secret="y")["error"] == "invalid_client_id"
    assert scene.call("apps.uninstall", client_id=app.client_id, client_secret=app.client_secret)["ok"]
    assert scene.call("auth.test", token)["error"] == "account_inactive"
    assert scene.acme.install() != token and scene.call("auth.test")["ok"]
    assert scene.call("auth.revoke", test=True) == {"ok": True, "revoked": False}
    assert scene.call("auth.revoke")["revoked"]


# signatures ------------------------------------------------------------------------------------------------------


def test_a_delivery_is_signed_over_its_raw_body_and_says_which_try_it_is(scene: Scene) -> None:
    said = scene.amira.say("hï")
    assert said
    clicked = scene.amira.command("/learn", "a b")
    said.attempt, said.reason = 2, "http_timeout"
    for delivery, kind in ((said, "application/json"), (clicked, "application/x-www-form-urlencoded")):
        body, headers = request_of(scene.fake, delivery)
        verifier = SignatureVerifier(scene.fake.app.signing_secret, clock=at_time(scene.time.now))
        assert verifier.is_valid_request(body, headers) and headers["Content-Type"] == kind
        assert not verifier.is_valid_request(body + b" ", headers)
        assert ("X-Slack-Retry-Num" in headers) == (delivery is said)
    assert request_of(scene.fake, said)[1]["X-Slack-Retry-Reason"] == "http_timeout"


def at_time(now: float) -> Clock:
    class At(Clock):
        def now(self) -> float:
            return now

    return At()

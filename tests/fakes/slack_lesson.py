"""A small lesson for any client of the fake Slack: what the teacher does, and the play that a person takes with it."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakePerson, FakeSlack
from tests.fakes.slack_kit import PNG, plain

Json = dict[str, Any]
PATIENCE = 15.0  # seconds until a test gives up


async def until(true: Callable[[], Any]) -> Any:
    """Waits for something to be so; what it is."""
    async with asyncio.timeout(PATIENCE):
        while not (found := true()):
            await asyncio.sleep(0.01)
    return found


def _button(label: str, action: str) -> Json:
    return {"type": "button", "text": plain(label), "action_id": action, "value": label}


QUESTION: list[Json] = [
    {"type": "section", "text": plain("Capital of France?")},
    {
        "type": "actions",
        "elements": [_button("Lyon", "answer_1"), _button("Paris", "answer_2"), _button("Type it", "type")],
    },
]
SEVERAL: list[Json] = [
    {"type": "section", "text": plain("Which are capitals?")},
    {
        "type": "actions",
        "block_id": "several",
        "elements": [
            {
                "type": "checkboxes",
                "action_id": "chosen",
                "options": [{"text": plain(name), "value": name} for name in ("Paris", "Lyon", "Rome")],
            },
            _button("Done", "done"),
        ],
    },
]
FORM: Json = {
    "type": "modal",
    "callback_id": "typed",
    "title": plain("Your answer"),
    "submit": plain("Send"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("The capital"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}
HOME: Json = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("Today")},
        {"type": "actions", "elements": [_button("Start", "start")]},
    ],
}


class Teacher:
    """What the bot does, on slack_sdk's client; how the words reach it is each client's own."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client

    async def message(self, event: Json) -> None:
        if event.get("bot_id") or event.get("subtype") not in (None, "file_share"):
            return
        if event.get("files"):
            await self._fetch(event)
            return
        await self.client.chat_postMessage(channel=event["channel"], text="Capital of France?", blocks=QUESTION)

    async def _fetch(self, event: Json) -> None:
        told = await self.client.files_info(file=event["files"][0]["id"])
        file: Json = told["file"]
        headers = {"Authorization": f"Bearer {self.client.token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(file["url_private_download"], headers=headers) as got,
        ):
            text = await got.text()
        await self.client.chat_postMessage(
            channel=event["channel"], text=f"Got {len(text)} characters of {file['name']}"
        )

    async def home(self, event: Json) -> None:
        await self.client.views_publish(user_id=event["user"], view=HOME)

    async def pressed(self, body: Json) -> None:
        action = body["actions"][0]
        match action["action_id"]:
            case "answer_1" | "answer_2":
                text = "Right." if action["value"] == "Paris" else "Not quite. It is Paris."
                await self.client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text=text)
                await self.client.chat_postMessage(
                    channel=body["channel"]["id"], text="Which are capitals?", blocks=SEVERAL
                )
            case "type":
                await self.client.views_open(trigger_id=body["trigger_id"], view=FORM)
            case "done":
                chosen = body["state"]["values"]["several"]["chosen"]["selected_options"]
                text = "You chose " + ", ".join(option["value"] for option in chosen)
                await self.client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text=text)
            case "start":
                await self.client.chat_postMessage(
                    channel=body["user"]["id"], text="Capital of France?", blocks=QUESTION
                )

    def judged(self, body: Json) -> Json | None:
        """What the acknowledgement of a form carries."""
        words = body["view"]["state"]["values"]["words"]["text"]["value"]
        return None if words == "Paris" else {"response_action": "errors", "errors": {"words": "Nearly."}}

    async def submitted(self, body: Json) -> None:
        words = body["view"]["state"]["values"]["words"]["text"]["value"]
        await self.client.chat_postMessage(channel=body["user"]["id"], text=f"Typed: {words}")

    async def show_map(self, body: Json) -> None:
        uploaded = await self.client.files_upload_v2(filename="map.png", content=PNG)
        file: Json = uploaded["file"]
        blocks = [{"type": "image", "alt_text": "A map of France", "slack_file": {"id": file["id"]}}]
        for _ in range(50):
            try:
                await self.client.chat_postMessage(channel=body["channel_id"], text="A map of France", blocks=blocks)
                return
            except SlackApiError as refused:
                if refused.response["error"] != "invalid_blocks":  # still being processed
                    raise
                await asyncio.sleep(0.1)


async def take_the_lesson(fake: FakeSlack, amira: FakePerson) -> None:
    """Direct messages, buttons, an edit in place, checkboxes, a form, files both ways, a command, the Home tab."""

    fake.limits.on = False  # this person is faster than people are

    def newest() -> str:
        return amira.messages[-1].visible if amira.messages else ""

    amira.say("learn")
    await until(lambda: newest() == "Capital of France?")
    amira.press("Lyon")
    await until(lambda: newest() == "Which are capitals?")
    assert (amira.messages[0].visible, amira.messages[0].buttons) == ("Not quite. It is Paris.", ())
    amira.tick(["Paris", "Rome"])
    await asyncio.sleep(0.05)
    amira.press("Done")
    await until(lambda: newest() == "You chose Paris, Rome")

    amira.open_home()
    await until(lambda: amira.home)
    amira.press("Start", where="home")
    await until(lambda: newest() == "Capital of France?")
    amira.press("Type it")
    await until(lambda: amira.view)
    amira.submit_view({"The capital": "Lyon"})
    await until(lambda: amira.view and amira.view.errors == {"words": "Nearly."})
    amira.submit_view({"The capital": "Paris"})
    await until(lambda: newest() == "Typed: Paris")
    await until(lambda: amira.view is None)

    amira.upload("pack.md", b"# A pack", "text/markdown")
    await until(lambda: newest() == "Got 8 characters of pack.md")
    amira.command("/map")
    await until(lambda: amira.messages[-1].images)
    assert amira.messages[-1].images[0].alt == "A map of France"
    assert [one.visible for one in amira.messages if one.ephemeral] == ["One moment."]
    await until(lambda: not fake.deliveries.open)
    assert (fake.lost, amira.notices) == ([], [])

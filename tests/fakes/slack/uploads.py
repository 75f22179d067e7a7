"""Files: an address to send bytes to, the bytes, the end of the upload, a short time of processing, and downloads.

Source: docs.slack.dev/messaging/working-with-files and /reference/methods/files.*.
"""

import mimetypes
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.args import Args, Refused
from tests.fakes.slack.chat import Content, put_message
from tests.fakes.slack.events import file_of
from tests.fakes.slack.limits import ALT_TXT, FILE_BYTES
from tests.fakes.slack.world import File, Token

if TYPE_CHECKING:
    from tests.fakes.slack.core import FakeSlack

LOGIN = (
    b'<!DOCTYPE html><html><head><title>Sign in to Slack</title></head><body><form id="signin_form">'
    b"<h1>Sign in to your workspace</h1></form></body></html>"
)


def upload_url(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    if not args.text("filename") or not args.text("length"):
        raise Refused("missing_argument")
    length = args.number("length", 0)
    if length <= 0:
        raise Refused("missing_argument")
    if length > FILE_BYTES:
        raise Refused("file_upload_size_restricted")
    if len(args.text("alt_txt")) > ALT_TXT:
        raise Refused("alt_txt_too_large")
    name = args.text("filename")
    file = File(fake.new_id("F"), who.team, name, fake.teams[who.team].bot_user, length, fake.new_id("k", 24))
    file.alt = args.text("alt_txt")
    fake.files[file.id] = file
    return {"ok": True, "upload_url": f"{fake.base_url}/upload/v1/{file.key}", "file_id": file.id}


def take_bytes(fake: "FakeSlack", key: str, data: bytes) -> tuple[int, str]:
    """The bytes arrive at the upload address. The status and text of the answer."""
    file = next((one for one in fake.files.values() if one.key == key and not one.done), None)
    if file is None:
        return 404, "Not found"
    if len(data) != file.size:
        return 400, f"Upload of {len(data)} bytes, expected {file.size}"
    file.data = data
    return 200, f"OK - {len(data)}"


def sniffed(name: str, data: bytes) -> str:
    for start, kind in ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif")):
        if data.startswith(start):
            return kind
    guess = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return "application/octet-stream" if guess.startswith("image/") and guess != "image/svg+xml" else guess


def complete(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    args.need("files")
    given = args.value("files", "invalid_arguments")
    if (
        not isinstance(given, list)
        or not given
        or not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in given)
    ):
        raise Refused("invalid_arguments")
    team = fake.teams[who.team]
    files = [fake.files.get(one["id"]) for one in given]
    if any(file is None or file.team != who.team or file.data is None or file.done for file in files):
        raise Refused("file_not_found")
    names = [name for name in [args.text("channel_id"), *args.text("channels").split(",")] if name]
    channels = [team.channels.get(team.ims.get(name, name)) for name in names]
    if None in channels:
        raise Refused("channel_not_found")
    if any(channel and team.bot_user not in channel.members for channel in channels):
        raise Refused("not_in_channel")
    for file, one in zip(files, given, strict=True):
        assert file and file.data is not None
        file.done, file.title = True, str(one.get("title") or file.name)
        file.mimetype = sniffed(file.name, file.data)
        file.ready = fake.clock() + fake.processing
        file.channels = [channel.id for channel in channels if channel]
    shown = [file_of(fake, file) for file in files if file]
    for channel in channels:
        if channel:
            said = Content(args.text("initial_comment"), None, None, None, False)
            put_message(fake, team, channel, said, files=shown, thread_ts=args.text("thread_ts"), subtype="file_share")
    return {"ok": True, "files": shown}


def info(fake: "FakeSlack", who: Token, args: Args) -> dict[str, Any]:
    args.need("file")
    file = fake.files.get(args.text("file"))
    if file is None or file.team != who.team or not file.done:
        raise Refused("file_not_found")
    return {"ok": True, "file": file_of(fake, file), "comments": [], "response_metadata": {"next_cursor": ""}}


def download(fake: "FakeSlack", team: str, file_id: str, token: str) -> tuple[str, bytes]:
    """What stands at a file's private address: the bytes, or the sign-in page for whoever may not see them."""
    who, file = fake.tokens.get(token), fake.files.get(file_id)
    allowed = who and who.kind == "bot" and who.state == "live" and who.team == team and "files:read" in who.scopes
    if not allowed or file is None or file.team != team or file.data is None:
        return "text/html; charset=utf-8", LOGIN
    return file.mimetype or "application/octet-stream", file.data

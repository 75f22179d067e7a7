"""How a bot hears: getUpdates, the webhook, answers to presses, files of people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.fakes.telegram import limits
from tests.fakes.telegram.errors import OLD_QUERY, bad, too_many
from tests.fakes.telegram.people import Toast
from tests.fakes.telegram.reading import JSON, Params, Upload, flag, text

if TYPE_CHECKING:
    from tests.fakes.telegram.core import FakeTelegram

Files = Mapping[str, "bytes | Upload"]


def get_updates(fake: "FakeTelegram", params: Params, files: Files) -> bytes:
    """At once what there is. Each update is spliced in as it stands, however broken.

    Left out: the server's brake on polls that ask the same again within half a second.
    """
    return b'{"ok":true,"result":[' + b",\n".join(entry.body for entry in fake.fetch(params)) + b"]}"


def set_webhook(fake: "FakeTelegram", params: Params, files: Files) -> bytes:
    had = fake.updates.webhook.url
    now = fake.clock()
    if text(params, "url") and not fake.limits.off:
        if now < fake.updates.webhook_again:
            raise too_many(1)
        fake.updates.webhook_again = now + fake.limits.webhook
    fake.updates.set_webhook(params)
    url = fake.updates.webhook.url
    said = ("Webhook is already set" if had == url else "Webhook was set") if url else _deleted(had)
    return b'{"ok":true,"result":true,"description":"%b"}' % said.encode()


def delete_webhook(fake: "FakeTelegram", params: Params, files: Files) -> bytes:
    had = fake.updates.webhook.url
    fake.updates.set_webhook({name: value for name, value in params.items() if name == "drop_pending_updates"})
    return b'{"ok":true,"result":true,"description":"%b"}' % _deleted(had).encode()


def _deleted(had: str) -> str:
    return "Webhook was deleted" if had else "Webhook is already deleted"


def get_webhook_info(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    return fake.updates.told()


def answer_callback_query(fake: "FakeTelegram", params: Params, files: Files) -> bool:
    """Once, and soon."""
    number = text(params, "callback_query_id")
    query = fake.queries.get(number)
    said = text(params, "text")
    if query is None or fake.clock() - query.at > limits.QUERY_LIFE:
        raise bad(OLD_QUERY)
    if len(said) > limits.TOAST:
        raise bad("MESSAGE_TOO_LONG")
    if text(params, "url") and not text(params, "url").startswith(f"https://t.me/{fake.me.username}?"):
        raise bad("URL_INVALID")
    del fake.queries[number]
    if said:
        fake.users[query.person].toasts.append(Toast(said, flag(params, "show_alert")))
    return True


def get_file(fake: "FakeTelegram", params: Params, files: Files) -> JSON:
    file_id = text(params, "file_id")
    if not file_id:
        raise bad("file_id not specified")
    file = fake.files.find(file_id)
    if file is None:
        raise bad("invalid file_id")
    if len(file.data) > limits.DOWNLOAD:
        raise bad("file is too big")
    told: JSON = {"file_id": file_id, "file_unique_id": file.unique, "file_size": len(file.data)}
    return told | {"file_path": fake.files.path(file, fake.clock())}

"""The queue of updates: numbered, kept for a day, confirmed by a higher offset, or handed to a webhook.

Promise: an update leaves the queue only when it was confirmed, delivered, or too old. What a bot did not ask for never
enters. It knows no time of its own and opens no connection. After the server's Client.cpp, WebhookActor.cpp, TQueue.cpp.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.fakes.telegram import limits
from tests.fakes.telegram.errors import WEBHOOK_ACTIVE, bad
from tests.fakes.telegram.reading import Params, loose, text, whole

_encode = msgspec.json.Encoder().encode


@dataclass
class Entry:
    """One update. `queue`: those of one queue reach a webhook in order; presses do not wait for messages."""

    id: int
    body: bytes
    queue: tuple[str, int]
    until: float


@dataclass
class Webhook:
    url: str = ""
    secret: str = ""
    connections: int = limits.WEBHOOK_CONNECTIONS
    error_at: float = 0.0
    error: str = ""


@dataclass
class UpdateQueue:
    clock: Callable[[], float]
    next_id: int = 700_000_001
    pending: OrderedDict[int, Entry] = field(default_factory=OrderedDict)
    allowed: frozenset[str] = limits.BY_DEFAULT
    webhook: Webhook = field(default_factory=Webhook)
    listeners: list[Callable[[], None]] = field(default_factory=list)  # called at every change
    handed: deque[Entry] = field(default_factory=lambda: deque(maxlen=limits.BATCH))  # what was confirmed last
    webhook_again: float = 0.0  # when the next setWebhook is welcome
    generation: int = 0  # counts the webhooks that were set or taken away

    def add(self, kind: str, payload: Any, queue: int, life: float = limits.UPDATE_LIFE) -> int:
        """A new update, if the bot wants this kind. Its id, or 0."""
        if kind not in self.allowed:
            return 0
        number = self._number()
        body = _encode({"update_id": number, kind: payload})
        self._put(Entry(number, body, ("press" if kind == "callback_query" else kind, queue), self.clock() + life))
        return number

    def add_raw(self, raw: dict[str, Any] | bytes) -> int:
        """An update of any shape. A dict gets an id unless it has one (or says None: then it stays without)."""
        number = self._number()
        if isinstance(raw, dict):
            shape = {"update_id": number} | raw
            if isinstance(shape["update_id"], int):
                number = shape["update_id"]
                self.next_id = max(self.next_id, number + 1)
            elif shape["update_id"] is None:
                del shape["update_id"]
            raw = _encode(shape)
        self._put(Entry(number, raw, ("raw", number), self.clock() + limits.UPDATE_LIFE))
        return number

    def _number(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def _put(self, entry: Entry) -> None:
        self.pending[entry.id] = entry
        self.changed()

    def changed(self) -> None:
        for listener in tuple(self.listeners):
            listener()

    def drop_old(self) -> None:
        now = self.clock()
        for entry in [each for each in self.pending.values() if each.until < now]:
            del self.pending[entry.id]

    def done(self, number: int) -> None:
        """Delivered or confirmed."""
        entry = self.pending.pop(number, None)
        if entry is not None:
            self.handed.append(entry)
            self.changed()

    def ask(self, params: Params) -> None:
        """What getUpdates and setWebhook say about kinds. It stays until the next time; nothing said changes nothing."""
        wanted = loose(params, "allowed_updates")
        if not isinstance(wanted, list) or any(not isinstance(kind, str) for kind in wanted):
            return
        self.allowed = frozenset(kind.lower() for kind in wanted) & frozenset(limits.KINDS) or limits.BY_DEFAULT

    def batch(self, params: Params) -> list[Entry]:
        """What getUpdates would answer now. Confirms what lies below the offset."""
        if self.webhook.url:
            raise WEBHOOK_ACTIVE
        self.ask(params)
        self.drop_old()
        offset = whole(params, "offset")
        size = whole(params, "limit", limits.BATCH, 1, limits.BATCH)
        if offset < 0:
            # The last ones are kept, all before them forgotten.
            for number in list(self.pending)[: max(0, len(self.pending) + offset)]:
                self.done(number)
        elif offset > self.next_id + 10:
            offset = 0  # of the far future: the server begins anew
        for number in [each for each in self.pending if each < offset]:
            self.done(number)
        return list(self.pending.values())[:size]

    def set_webhook(self, params: Params) -> None:
        url = text(params, "url")
        if url:
            self._may_be(url)
            secret = text(params, "secret_token")
            if len(secret) > limits.SECRET:
                raise bad("secret token is too long")
            if not all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in secret):
                raise bad("secret token contains unallowed characters")
        if text(params, "drop_pending_updates").lower() in ("true", "yes", "1"):
            self.pending.clear()
        self.webhook = Webhook(
            url,
            text(params, "secret_token") if url else "",
            whole(params, "max_connections", limits.WEBHOOK_CONNECTIONS, 1, 100),
        )
        if url:
            self.ask(params)
        self.generation += 1
        self.changed()

    def _may_be(self, url: str) -> None:
        """HTTPS on four ports. This machine itself may be spoken to on any port and plainly, as in local mode."""
        scheme, colon, rest = url.partition("://")
        host, _, port = rest.partition("/")[0].partition(":")
        if not colon or not host:
            raise bad("invalid webhook URL specified")
        if host in ("127.0.0.1", "localhost"):
            return
        if scheme.lower() != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if port and (not port.isdecimal() or int(port) not in limits.WEBHOOK_PORTS):
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")

    def told(self) -> dict[str, Any]:
        """WebhookInfo."""
        self.drop_old()
        info: dict[str, Any] = {
            "url": self.webhook.url, "has_custom_certificate": False, "pending_update_count": len(self.pending)
        }  # fmt: skip
        if self.webhook.error_at:
            info |= {"last_error_date": int(self.webhook.error_at), "last_error_message": self.webhook.error}
        if self.webhook.url:
            info |= {"max_connections": self.webhook.connections, "ip_address": "127.0.0.1"}
        if self.allowed != limits.BY_DEFAULT:
            info["allowed_updates"] = [kind for kind in limits.KINDS if kind in self.allowed]
        return info

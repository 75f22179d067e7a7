"""What Slack has to deliver to the app: each envelope once, or again until it is acknowledged, or never.

Events are tried again at once, after a minute and after five more; clicks and commands are not (the person reads an
error). Knows the rules and no transport: a server or a test asks what is due, says what it sent, and what came back.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.fakes.slack.faults import Faults
from tests.fakes.slack.limits import ACK_WITHIN, RETRIES

Answered = Callable[[Any], None]


@dataclass(slots=True, eq=False)
class Delivery:
    """`payload` is a dict; bytes are sent as they are (garbage). `answer` is what the app's acknowledgement carried."""

    kind: str  # "events_api", "interactive", "slash_commands"
    payload: Any
    due: float
    answers: bool = False  # whether Slack takes a response with the acknowledgement
    on_answer: Answered | None = None
    on_lost: Callable[[str], None] | None = None
    attempt: int = 0
    reason: str = ""
    state: str = "waiting"  # "waiting", "sent" (on a socket), "posted" (by HTTP), "done", "lost"
    sent_at: float = 0.0
    envelope_id: str = ""
    answer: Any = None
    tries: list[float] = field(default_factory=list)

    @property
    def event_id(self) -> str:
        return str(self.payload.get("event_id", "")) if isinstance(self.payload, dict) else ""

    def envelope(self) -> str:
        """The frame for a socket."""
        if isinstance(self.payload, bytes):
            return self.payload.decode("utf-8", "replace")
        if self.kind == "raw":
            return json.dumps(self.payload)
        frame = {
            "envelope_id": self.envelope_id,
            "payload": self.payload,
            "type": self.kind,
            "accepts_response_payload": self.answers,
        }
        if self.kind == "events_api":
            frame |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return json.dumps(frame)


class Deliveries:
    """All that waits or was sent. `lost`: what was given up, with the reason in `reason`."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.within = ACK_WITHIN
        self.retries: tuple[float, ...] = RETRIES
        self._open: dict[int, Delivery] = {}
        self.done: list[Delivery] = []
        self.lost: list[Delivery] = []
        self.late: list[str] = []  # envelope ids that were acknowledged too late or twice
        self.woken: Callable[[], None] = lambda: None
        self._held: list[Delivery] = []
        self._sent: dict[str, Delivery] = {}
        self._ids = 0

    @property
    def open(self) -> list[Delivery]:
        """What waits, or was sent and is not answered, in the order in which it came."""
        return list(self._open.values())

    def _add(self, deliveries: list[Delivery]) -> None:
        self._open |= {id(one): one for one in deliveries}

    def put(self, delivery: Delivery) -> Delivery:
        if not isinstance(delivery.payload, bytes):  # what is sent later is what happened now
            delivery.payload = json.loads(json.dumps(delivery.payload))
        copies = [delivery]
        if delivery.kind == "events_api" and self.faults.luck.random() < self.faults.duplicates:
            copies.append(Delivery(delivery.kind, delivery.payload, delivery.due))
        if self.faults.reorder:
            self._held += copies
            if len(self._held) >= self.faults.reorder:
                self.release()
        else:
            self._add(copies)
        self.woken()
        return delivery

    def release(self) -> None:
        """What was held back goes out, in another order."""
        self.faults.luck.shuffle(self._held)
        self._add(self._held)
        self._held = []
        self.woken()

    def due(self, now: float) -> list[Delivery]:
        """What should be sent now. Those whose time to answer has passed fail first."""
        for delivery in [one for one in self._open.values() if one.state == "sent" and now - one.sent_at > self.within]:
            self.fail(delivery, "timeout" if delivery.kind == "events_api" else "operation_timeout", now)
        return [one for one in self._open.values() if one.state == "waiting" and one.due <= now]

    def next_time(self) -> float | None:
        """When there is something to do again."""
        times = [one.due if one.state == "waiting" else one.sent_at + self.within for one in self._open.values()]
        return min(times, default=None)

    def sent(self, delivery: Delivery, now: float) -> None:
        self._ids += 1
        delivery.envelope_id = str(UUID(int=self._ids, version=4))
        delivery.state, delivery.sent_at = "sent", now
        delivery.tries.append(now)
        self._sent[delivery.envelope_id] = delivery

    def acked(self, envelope_id: str, answer: Any, now: float) -> Delivery | None:
        """An acknowledgement. One that comes too late changes nothing: the next try has left."""
        delivery = self._sent.pop(envelope_id, None)
        current = delivery and delivery.state == "sent" and delivery.envelope_id == envelope_id
        if delivery and current and now - delivery.sent_at <= self.within:
            return self.finish(delivery, answer)
        self.late.append(envelope_id)
        return None

    def finish(self, delivery: Delivery, answer: Any) -> Delivery:
        delivery.state, delivery.answer = "done", answer
        del self._open[id(delivery)]
        self.done.append(delivery)
        if delivery.on_answer:
            delivery.on_answer(answer)
        return delivery

    def fail(self, delivery: Delivery, reason: str, now: float, *, again: bool = True) -> None:
        """This try failed. Events come again, unless the app said not to (`again`)."""
        delivery.reason = reason
        if delivery.kind == "events_api" and again and delivery.attempt < len(self.retries):
            delivery.due = now + self.retries[delivery.attempt]
            delivery.attempt += 1
            delivery.state = "waiting"
            self.woken()
            return
        delivery.state = "lost"
        del self._open[id(delivery)]
        self.lost.append(delivery)
        if delivery.on_lost:
            delivery.on_lost(reason)

    def replay_lost(self, now: float) -> int:
        """Slack's "Delayed Events": what was missed in an outage comes after all, with its old event_id."""
        events = [one for one in self.lost if one.kind == "events_api"]
        for delivery in events:
            self.lost.remove(delivery)
            self._add([Delivery(delivery.kind, delivery.payload, now)])
        self.woken()
        return len(events)

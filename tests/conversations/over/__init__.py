"""The talks over real channels: the same `.talk` files, the same player, the same store; only the phones differ.

What a person types, presses, ticks or sends happens on a phone of a strict fake (`tests/fakes`) and reaches the bot as an
update over a real socket. What the bot says goes through the outbox and the real channel to that fake, and is then looked
at there (`looking.py`). The Recorder stands in between, so what is written down must be the talk's own text, byte for byte.

Between the channel and the bot addresses and ids are exchanged (`carrying.py`): the talks call a phone "amina" and an event
"talk:7", and codes and shuffles come from these names. Nothing else of an event is touched but one word: why somebody left,
which each platform says in its own way and the talks call "blocked".
"""

# What a channel cannot do, and so which talks are not played over it. Nothing else is left out.
LEFT_OUT = {
    "telegram": {
        "ticks": "Telegram has no tick boxes: several answers are switched one by one, as in first-lesson",
    },
    "slack": {
        "huddle": "Slack has no quiz polls, and the bot speaks to its people in private only",
    },
}

# Talks that also go by the door (Telegram's webhook, Slack's HTTP mode) instead of the sockets that we open.
BY_THE_DOOR = ("first-lesson", "double-taps", "two-at-once", "upload", "unreachable", "coming-in")

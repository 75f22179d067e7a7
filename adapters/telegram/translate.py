"""What Telegram brings, as the bot's words: one update -> what was heard, or nothing. Pure; only the fields we read.

Unknown fields, kinds and values say nothing and harm nobody. An update that lacks what its kind must have raises
`msgspec.DecodeError` (a ValueError): it is set aside for people to look at.

From groups come only commands that are meant for us, and votes. What a learner sends instead of words gets a kind answer:
files, photos, voice and video are offered files (who may bring packs hears that this is none, who may not hears that too);
a sticker, a place, a contact, a poll or a die is `Said("")`, which no question takes for an answer, so that the bot says
what it can do, or how to answer what is asked.
"""

import unicodedata
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from adapters.telegram.updates import Chat, File, Membership, Posted, Query, User, Vote, decode
from bot.events import Address, Event, Incoming, Left, Met, Offered, Pressed, Said, Sender, Voted, read_words

CHANNEL: Final = "telegram"
NAME_LIMIT: Final = 120  # characters of a file's name, or of a person's
# Commands that every bot has: in a group, without our name, they may be meant for another.
EVERYBODYS: Final = frozenset({"start", "help", "settings", "stop"})


class Us(Struct, frozen=True):
    """Who we are: the token's number, the name after the @, and the commands that we know."""

    bot: int
    username: str = ""
    commands: frozenset[str] = frozenset()


class Heard(Struct, frozen=True):
    """What one update says. `query` waits for an answer (a toast). `lane`: what has the same one happens in its order.

    `vote` is the mark of a quiz: the key in a `Voted` is not known yet. `moved` is a group that has another number now.
    """

    update: int
    lane: int
    incoming: Incoming | None = None
    query: str = ""
    vote: str = ""
    moved: tuple[str, str] | None = None


def update_id(us: Us, number: int) -> str:
    """The id that makes it happen once."""
    return f"{CHANNEL}:{us.bot}:{number}"


def read(raw: bytes | Raw, us: Us, at: datetime) -> Heard:
    """What the update says. Raises msgspec.DecodeError (a ValueError) where it cannot be read."""
    update = decode(raw)
    heard = Heard(update.update_id, 0)
    if update.message:
        return _message(heard, update.message, us, at)
    if update.callback_query:
        return _pressed(heard, update.callback_query, us, at)
    if update.my_chat_member:
        return _member(heard, update.my_chat_member, us, at)
    if update.poll_answer:
        return _voted(heard, update.poll_answer, us, at)
    return heard


def _incoming(heard: Heard, us: Us, user: User, event: Event, at: datetime, place: Address | None = None) -> Incoming:
    address = Address(CHANNEL, str(user.id))
    return Incoming(update_id(us, heard.update), event, at, address, sender=_sender(user), place=place)


# --- Messages --------------------------------------------------------------------------------------------------------


def _message(heard: Heard, message: Posted, us: Us, at: datetime) -> Heard:
    heard = replace(heard, lane=message.chat.id)
    if message.migrate_to_chat_id:
        return replace(heard, moved=(str(message.chat.id), str(message.migrate_to_chat_id)))
    user = message.sender
    if user is None or user.is_bot:
        return heard
    if message.chat.type == "private":
        event = _words(message.text) if message.text is not None else _thing(message)
        return replace(heard, incoming=_incoming(heard, us, user, event, at)) if event else heard
    if message.chat.type in ("group", "supergroup") and message.text and meant_for_us(message.text, us):
        place = Address(CHANNEL, str(message.chat.id))
        return replace(heard, incoming=_incoming(heard, us, user, _words(message.text), at, place))
    return heard


def _words(text: str) -> Event:
    """Words as the bot reads them. NUL is dropped: no database stores it everywhere. After a command any blank counts."""
    text = text.replace("\0", "").strip()
    if text.startswith("/"):
        name, *args = text.split(maxsplit=1)
        text = " ".join((name, *args))
    return read_words(text)


def meant_for_us(text: str, us: Us) -> bool:
    """Whether words in a group are a command of ours: with our name behind it, or one that only we have."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    name, at, whose = word[1:].partition("@")
    if not word.startswith("/"):
        return False
    if at:
        return bool(us.username) and whose.lower() == us.username.lower()
    return name.lower() in us.commands - EVERYBODYS


def _thing(message: Posted) -> Event | None:
    """What was sent instead of words; None for what nobody sent (a pinned message, a changed timer, a payment)."""
    for file, name in (
        (message.document, "file"),  # an animation is a document as well; it comes first only with that name
        (message.photo[-1] if message.photo else None, "photo.jpg"),
        (message.voice, "voice.ogg"),
        (message.audio, "audio.mp3"),
        (message.video, "video.mp4"),
        (message.video_note, "video.mp4"),
        (message.animation, "animation.mp4"),
    ):
        if file:
            return Offered(file_name(file.file_name or name), max(file.file_size or 0, 0), reference(file))
    mute = (message.sticker, message.dice, message.location, message.contact, message.poll, message.game)
    if any(there is not None for there in (*mute, message.story, message.checklist, message.paid_media)):
        return Said("")
    return None


class Reference(Struct, frozen=True):
    """A file as `Offered.ref` keeps it: Telegram's id for it, good for this bot, and its size in bytes (0: not said)."""

    id: str
    size: int = 0


def reference(file: File) -> str:
    return msgspec.json.encode(Reference(file.file_id[:512], max(file.file_size or 0, 0))).decode()


def read_reference(ref: str) -> Reference:
    """Raises msgspec.DecodeError for what is none."""
    return msgspec.json.decode(ref.encode(), type=Reference)


# --- Presses, members, votes -----------------------------------------------------------------------------------------


def _pressed(heard: Heard, query: Query, us: Us, at: datetime) -> Heard:
    """A press in a private chat; one elsewhere is answered and says nothing."""
    chat = query.message.chat if query.message else Chat(query.sender.id, "private")
    heard = replace(heard, lane=chat.id, query=query.id)
    if chat.type != "private" or query.sender.is_bot or not query.data:
        return heard
    event = Pressed(query.data.replace("\0", "")[:64])
    return replace(heard, incoming=_incoming(heard, us, query.sender, event, at))


def _member(heard: Heard, member: Membership, us: Us, at: datetime) -> Heard:
    """Somebody stopped the bot, or started it again. What happens to us in groups shows when we speak there."""
    heard = replace(heard, lane=member.chat.id)
    if member.chat.type != "private":
        return heard
    if member.new.status in ("kicked", "left"):
        event: Event = Left(Address(CHANNEL, str(member.sender.id)), "blocked")
    elif member.new.status in ("member", "administrator", "creator"):
        event = Met()
    else:
        return heard
    return replace(heard, incoming=_incoming(heard, us, member.sender, event, at))


def _voted(heard: Heard, vote: Vote, us: Us, at: datetime) -> Heard:
    """A vote of somebody with a name. One taken back says nothing: what was answered stays answered."""
    if vote.user is None or vote.user.is_bot:
        return heard
    heard = replace(heard, lane=vote.user.id)
    if not vote.option_ids or not vote.poll_id:
        return heard
    incoming = _incoming(heard, us, vote.user, Voted("", vote.option_ids), at)
    return replace(heard, incoming=incoming, vote=f"poll:{vote.poll_id}")


# --- Names -----------------------------------------------------------------------------------------------------------


def _sender(user: User) -> Sender:
    name = shown(f"{user.first_name} {user.last_name}")
    return Sender(name[:NAME_LIMIT].strip(), user.language_code[:16])


def shown(text: str) -> str:
    """Without control and direction characters; blanks made one."""
    if not (text.isascii() and text.isprintable()):  # names are looked at with every update
        text = "".join(char for char in unicodedata.normalize("NFC", text) if _is_shown(char))
    return " ".join(text.split())


def _is_shown(char: str) -> bool:
    return char in "\u200d\ufe0f " or unicodedata.category(char)[0] != "C"


def file_name(name: str) -> str:
    """What a person called a file, made safe to show: no folders, no control or direction characters, not too long."""
    return shown(name.replace("\\", "/").rpartition("/")[2])[-NAME_LIMIT:] or "file"

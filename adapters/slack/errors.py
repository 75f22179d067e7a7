"""From Slack's word for why not to the error that the outbox acts on. Pure: one table, and the few rules beside it.

Promise: every word of Slack's that is not on the table is a refusal of that one letter, so nothing is tried for ever. What
is told for the log are Slack's words and ours, never a token and never what somebody wrote.
Source: the errors listed at https://docs.slack.dev/reference/methods for each method of `scopes.METHODS`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.ports import BadMessage, Gone, Misconfigured, Refused, SendError, Throttled, Unknown, Unreachable

SHORT, LONG = 30.0, 3600.0  # seconds until Slack is asked again, where it does not say itself
NO_WORD: Final = 30.0  # seconds that a 429 without a Retry-After is taken to mean
POST: Final = "chat.postMessage"
POSTS: Final = frozenset({POST, "chat.postEphemeral"})  # what may not simply be done twice

# The person cannot be written to. https://docs.slack.dev/reference/methods/chat.postMessage#errors
_GONE: Final = """
    channel_not_found user_not_found users_not_found user_disabled user_not_visible user_not_in_channel
    cannot_dm_bot is_archived not_in_channel is_inactive cant_invite
"""

# The installation or the app's settings: nothing gets through until somebody mends them.
_STOPPED: Final = """
    account_inactive access_denied accesslimited app_not_installed deprecated_endpoint enterprise_is_restricted
    invalid_auth messages_tab_disabled method_deprecated missing_scope no_permission not_allowed_token_type not_authed
    team_access_not_granted team_not_found token_revoked two_factor_setup_required unknown_method user_removed_from_team
"""

# A token that got one of these is of no use any more. https://docs.slack.dev/reference/methods/auth.test
DEAD: Final = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked", "user_removed_from_team"}
)

# Our message cannot be read: a bug of ours.
_BAD: Final = """
    alt_txt_too_large block_mismatch duplicate_channel_not_found duplicate_external_id invalid_arg_name invalid_arguments
    invalid_array_arg invalid_attachments invalid_blocks invalid_blocks_format invalid_charset invalid_form_data
    invalid_json invalid_metadata_format invalid_metadata_schema invalid_post_type json_not_object
    markdown_text_conflict metadata_too_large missing_argument missing_post_type msg_blocks_too_long msg_too_long
    no_text too_many_attachments view_too_large
"""

# Slack itself, for now; nothing was done. The second for longer.
_LATER: Final = "request_timeout service_unavailable team_added_to_org token_expired hash_conflict"
_MUCH_LATER: Final = "ekm_access_denied external_channel_migrating message_limit_exceeded org_login_required"

# "It's possible some aspect of the operation succeeded before the error was raised."
_DOUBT: Final = "fatal_error internal_error update_failed"

# A message that can no longer be changed: it is said anew.
SAID_ANEW: Final = frozenset(
    {"cant_update_message", "channel_not_found", "edit_window_closed", "is_inactive", "message_not_found"}
    | {"block_mismatch", "streaming_state_conflict"}
)

TABLE: Final[Mapping[str, type[SendError]]] = MappingProxyType(
    {
        word: kind
        for words, kind in (
            (_GONE, Gone),
            (_STOPPED, Misconfigured),
            (_BAD, BadMessage),
            (_LATER, Unreachable),
            (_MUCH_LATER, Unreachable),
            (_DOUBT, Unknown),
            ("ratelimited rate_limited", Throttled),
        )
        for word in words.split()
    }
)

# What to do, for those who run the server.
_MEND: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account_inactive": "The app was removed from the workspace: install it again.",
        "invalid_auth": "Copy the bot token (xoxb-...) anew from OAuth & Permissions.",
        "messages_tab_disabled": "Switch on the Messages Tab under App Home.",
        "missing_scope": "Give the app the scopes of `morsel slack manifest`, and install it again.",
        "no_permission": "Give the app the scopes of `morsel slack manifest`, and install it again.",
        "not_allowed_token_type": "Use the bot token (xoxb-...), not another one.",
        "not_authed": "Set [slack] bot_token.",
        "team_access_not_granted": "Let an admin of the organisation add the app to this workspace.",
        "token_revoked": "Install the app again; where one bot token is set, copy the new one.",
    }
)


class Declined(Exception):
    """Slack said no to a call: its word, and what it says of the places that are wrong. Holds no content of ours."""

    def __init__(self, method: str, word: str, places: tuple[str, ...] = (), needed: str = "") -> None:
        super().__init__(f"{method}: {word}")
        self.method = method
        self.word = word
        self.places = places
        self.needed = needed

    @property
    def pictures(self) -> tuple[int, ...]:
        """The blocks whose picture Slack cannot show, by their place."""
        return tuple(sorted({int(found[1]) for place in self.places if (found := _PICTURE.search(place))}))


_PICTURE: Final = re.compile(r"/blocks/(\d{1,3})/slack_file")
_WORD: Final = re.compile(r"[a-z0-9_.:-]{1,80}", re.IGNORECASE)


def declined(method: str, data: Mapping[str, object]) -> Declined:
    """An answer that is not ok. Only the places are kept of what it says is wrong, for it may quote us."""
    said = data.get("response_metadata")
    lines = said.get("messages") if isinstance(said, Mapping) else None
    more = data.get("errors")
    places = [
        pointer[1]
        for line in (*(lines if isinstance(lines, list) else ()), *(more if isinstance(more, list) else ()))
        if (pointer := re.search(r"json-pointer:(/[\w/]{0,120})", str(line)))
    ]
    word, needed = str(data.get("error", "")), str(data.get("needed", ""))
    return Declined(
        method,
        word if _WORD.fullmatch(word) else "an unreadable error",
        tuple(dict.fromkeys(places)),
        needed if _WORD.fullmatch(needed) else "",
    )


def send_error(why: Declined) -> SendError:
    """What the outbox is told."""
    kind = TABLE.get(why.word, Refused)
    about = "".join((f" ({why.needed})" if why.needed else "", f" at {', '.join(why.places)}" if why.places else ""))
    told = " ".join(filter(None, (f"{why}{about}.", _MEND.get(why.word, ""))))
    if kind is Throttled:
        return throttled(why.method, NO_WORD)
    if kind is Unreachable:
        return Unreachable(told, LONG if why.word in _MUCH_LATER.split() else SHORT)
    return undoubted(why.method, kind(told))


def answered(method: str, status: int, retry_after: str) -> SendError | None:
    """An HTTP status that says all by itself, whatever the body is; None where the body is to be read."""
    if status == 429:
        return throttled(method, seconds(retry_after))
    if status == 503:  # it said that it did nothing
        return Unreachable(f"{method}: HTTP 503.", seconds(retry_after) if retry_after else 0.0)
    if status >= 500:
        return undoubted(method, Unknown(f"{method}: HTTP {status}."))
    if status != 200:
        return Unreachable(f"{method}: HTTP {status}; is something between us and Slack?", SHORT)
    return None


def throttled(method: str, after: float) -> Throttled:
    """Slack counts by method and workspace: new messages wait all together. Of any other method only this call is told; who
    calls it next hears of it before they ask (`calling`), and nothing else waits for it."""
    return Throttled(f"{method}: asked to wait {after:.0f} s.", after, covers="sends" if method == POST else "chat")


def undoubted(method: str, why: SendError) -> SendError:
    """What may be done twice without harm needs no doubt."""
    if isinstance(why, Unknown) and method not in POSTS:
        return Unreachable(why.told, why.after)
    return why


def seconds(retry_after: str) -> float:
    """What a Retry-After says: at least a second, at most an hour; a cautious guess where it cannot be read."""
    text = retry_after.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return NO_WORD
    return float(min(max(int(text), 1), int(LONG)))

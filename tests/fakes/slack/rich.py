"""Rich text: sections, lists, quotes and code, of pieces with styles. No escaping language, so nothing to get wrong.

Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
"""

from typing import Final

from tests.fakes.slack.limits import LIMITS
from tests.fakes.slack.shapes import Check, address, anything, boolean, many, number, one_of, string, thing, typed

_STYLE: Final = thing(
    {}, {"bold": boolean, "italic": boolean, "strike": boolean, "code": boolean, "underline": boolean}
)
_MENTION_STYLE: Final = thing(
    {},
    {"bold": boolean, "italic": boolean, "strike": boolean, "highlight": boolean, "client_highlight": boolean}
    | {"unlink": boolean},
)
_LINK: Final = thing(
    {"url": address(3000, "http", "https", "mailto", "tel", "slack")},
    {"text": string(), "unsafe": boolean, "style": _STYLE},
)
_WORDS: Final = thing({"text": string(0, 1)}, {"style": _STYLE})

PIECES: Final[dict[str, Check]] = {
    "text": _WORDS,
    "link": _LINK,
    "emoji": thing({"name": string(0, 1)}, {"unicode": string(), "skin_tone": number(1, 6), "style": _STYLE}),
    "user": thing({"user_id": string(0, 1)}, {"style": _MENTION_STYLE}),
    "usergroup": thing({"usergroup_id": string(0, 1)}, {"style": _MENTION_STYLE}),
    "channel": thing({"channel_id": string(0, 1)}, {"style": _MENTION_STYLE}),
    "broadcast": thing({"range": one_of("here", "channel", "everyone")}),
    "color": thing({"value": string(0, 1)}),
    "date": thing({"timestamp": number(), "format": string(0, 1)}, {"url": address(3000), "fallback": string()}),
}

_SECTION: Final = thing({"elements": many(typed(PIECES))})


def _between(name: str, field: str) -> Check:
    return number(LIMITS[f"{name}.{field}.min"], LIMITS.get(f"{name}.{field}.max", 1_000_000))


RICH_ELEMENTS: Final[dict[str, Check]] = {
    "rich_text_section": _SECTION,
    "rich_text_list": thing(
        {"style": one_of("bullet", "ordered"), "elements": many(typed({"rich_text_section": _SECTION}), 1)},
        {
            "indent": _between("rich_text_list", "indent"),
            "offset": _between("rich_text_list", "offset"),
            "border": _between("rich_text_list", "border"),
        },
    ),
    "rich_text_preformatted": thing(
        {"elements": many(typed({"text": _WORDS, "link": _LINK}))},
        {"border": _between("rich_text_preformatted", "border"), "language": anything},
    ),
    "rich_text_quote": thing({"elements": many(typed(PIECES))}, {"border": _between("rich_text_quote", "border")}),
}

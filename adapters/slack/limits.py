"""What Slack takes, as numbers. Data only; the page they come from stands beside them.

A test compares every row of Block Kit with an independent registry of the same limits.
"""

from typing import Final

# https://docs.slack.dev/reference/block-kit: characters and items.
MESSAGE_BLOCKS: Final = 50
HOME_BLOCKS: Final = 100
TEXT: Final = (
    3000  # of any text object; we hold a paragraph of rich text to it too, though nothing is written about those
)
HEADER: Final = 150
ACTIONS: Final = 25  # buttons, selects and tick boxes in one block
ACTION_ID: Final = 255
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
BUTTON_URL: Final = 3000
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
SELECT_OPTIONS: Final = 100
PLACEHOLDER: Final = 150
TICKS: Final = 10  # options of checkboxes, and of radio buttons
ALT_TEXT: Final = 2000
TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20

# https://docs.slack.dev/reference/block-kit/blocks/table-block
TABLES: Final = 1  # in a message; a second one is refused
TABLE_TEXT: Final = 10_000  # characters of all cells

# https://docs.slack.dev/reference/methods/chat.postMessage and chat.update
TOP_TEXT: Final = 4000  # of the top-level text: advised when sending, enforced when changing
# All words of a message together. Not documented: people measured msg_blocks_too_long from about 13,200 on
# (https://github.com/slackapi/bolt-js/issues/2509), so we stay well below.
MESSAGE_TEXT: Final = 10_000

# https://docs.slack.dev/reference/block-kit/block-elements/button-element: phones may cut a label there.
LABEL_SEEN: Final = 30

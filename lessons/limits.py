"""How much a pack may hold: the numbers that readers and checks share. Data only; the reasons stand beside them."""

from typing import Final

# A question. 75 is the length of a Slack button, the shortest of all channels.
OPTION_CHARS: Final = 75
OPTIONS_AT_MOST: Final = 10  # more than a thumb wants to scroll; a Slack actions block holds 25
ANSWER_CHARS: Final = 80  # what a person will type on a phone
SAID_CHARS: Final = 300  # of a typed answer, how much is said back
OWN_WORDS_CHARS: Final = 3000  # of an answer in own words, how much is kept

# A card and its text. 3000 is the text of a Slack section.
CARD_CHARS: Final = 3000
CARD_SOURCE_CHARS: Final = 8000  # Markdown gets slow on longer hostile text; a card that can be shown is far shorter
TITLE_CHARS: Final = 100
ALT_CHARS: Final = 300
ID_CHARS: Final = 40
CARDS_AT_MOST: Final = 100  # in one lesson
LESSONS_AT_MOST: Final = 200  # in one language

# Files. 5 MB and 10,000 pixels are what Telegram takes as a photo.
PICTURE_BYTES: Final = 5_000_000
PICTURE_PIXELS: Final = 10_000  # width and height together
PICTURES_BYTES: Final = 100_000_000  # all pictures together: they are held in memory
LESSON_BYTES: Final = 500_000
TOML_BYTES: Final = 64_000

# A zip: promise "section 2 row 4". The ratio counts from RATIO_FROM bytes on, as a short text of spaces is no bomb.
ZIP_FILES: Final = 5000
ZIP_BYTES: Final = 500_000_000
ZIP_RATIO: Final = 200
RATIO_FROM: Final = 1_000_000
NAME_CHARS: Final = 200

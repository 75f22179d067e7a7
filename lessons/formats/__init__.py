"""The formats that packs come in. To add one: a module here, a line here, a golden pack in tests/lessons/golden/."""

from typing import Final

from lessons.formats import native
from lessons.formats.base import Format

# The first that recognises the files reads them.
FORMATS: Final[tuple[Format, ...]] = (native.FORMAT,)

"""What a format of packs is. A format is one module beside this one, with a value of this shape called FORMAT."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from lessons.model import Loaded, Pack

Files = Mapping[str, bytes]  # names inside the pack, with "/", to what is in them


class Format(Struct, frozen=True):
    """`recognises`: whether files look like this format, by names and first bytes. `read`: the pack and every problem;
    never raises. `write`: the pack as one file of this format, from it and the files it was read from."""

    name: str
    recognises: Callable[[Files], bool]
    read: Callable[[Files], Loaded]
    write: Callable[[Pack, Files], bytes]

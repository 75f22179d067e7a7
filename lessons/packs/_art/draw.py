"""Draws the pictures of the shipped packs: every SVG in this folder becomes a PNG in its pack's `img/`.

Run it after changing an SVG: `python lessons/packs/_art/draw.py`. It needs `resvg-py`, and no fonts: there is no text
in the pictures, so they serve every language. It fails when a PNG is heavier than 60 kB, for they open on phones.
It does not run when packs are loaded: the PNGs are what ships.
"""

import sys
from pathlib import Path

import resvg_py

HERE = Path(__file__).parent
LIMIT = 60_000  # bytes
PICTURES = {
    "food-hygiene": ("wash-hands", "danger-zone", "boards", "fridge", "allergens"),
    "fire-safety": ("triangle", "call-point", "exit", "smoke", "extinguisher"),
    "angry-customer": ("storm", "steps", "options", "boundary", "break"),
}


def main() -> int:
    """Draw them all, say what each weighs; 1 if one is too heavy."""
    heavy = 0
    for pack, names in PICTURES.items():
        folder = HERE.parent / pack / "img"
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            png = bytes(resvg_py.svg_to_bytes(svg_path=str(HERE / f"{name}.svg"), skip_system_fonts=True))
            (folder / f"{name}.png").write_bytes(png)
            heavy += len(png) > LIMIT
            print(f"{pack}/img/{name}.png: {len(png)} bytes{', too heavy' if len(png) > LIMIT else ''}")
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())

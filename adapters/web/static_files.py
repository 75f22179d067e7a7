"""The page's own files, read once at start; their address is made of all their bytes, so browsers keep them."""

import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
FILES: dict[str, bytes] = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file()}
STAMP = hashlib.sha256(b"\0".join(name.encode() + b"\0" + data for name, data in FILES.items())).hexdigest()[:12]
PREFIX = f"/static/{STAMP}/"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}


async def static_file(request: Request) -> Response:
    """Scripts import one another by relative paths, so the stamp in the folder's name covers them too."""
    name = request.path_params["name"]
    data = FILES.get(name)
    if data is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    kind = TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    fresh = request.path_params["stamp"] == STAMP
    cached = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return Response(data, media_type=kind, headers={"cache-control": cached})

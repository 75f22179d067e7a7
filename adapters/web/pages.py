"""The pages: the chat, the demo's people, the door with its invite code, and one for everything that went wrong.

Jinja2 with autoescape; data for the scripts goes into attributes as JSON, so no page has an inline script or style.
"""

from itertools import groupby
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from adapters.web.front import Front, front, kindly, language_of, page_key, words_of
from adapters.web.settings import Persona
from adapters.web.static_files import PREFIX
from adapters.web.translate import CODE_LIMIT, TEXT_LIMIT
from bot.events import WORDS_LIMIT

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
SENTENCES = {400: "unreadable", 404: "no_such_page", 405: "not_this_way", 413: "too_large", 421: "other_host"}


def page(request: Request, template: str, status: int = 200, **more: object) -> Response:
    """A page in the reader's language."""
    shared = {"t": words_of(request), "lang": language_of(request), "static": PREFIX}
    return HTMLResponse(TEMPLATES.get_template(template).render(shared | more), status)


async def home(request: Request) -> Response:
    """GET /: the chat for whoever has a session, else the way in."""
    here = front(request)
    chat = await here.chat(request)
    if chat is not None:
        return chat_page(request, here, chat)
    if here.demo is not None:
        return page(request, "picker.html", regions=by_region(here.demo.personas))
    return page(request, "join.html", code="", code_limit=CODE_LIMIT)


async def join_page(request: Request) -> Response:
    """GET /join/CODE: the code is only filled in. Using it up is a POST, for link previews open every link they see."""
    code = str(request.path_params["code"])[:CODE_LIMIT]
    return page(request, "join.html", code=code, code_limit=CODE_LIMIT)


async def manifest(request: Request) -> Response:
    """For phones that put the page on their home screen."""
    words = words_of(request)
    icons = [
        {"src": f"{PREFIX}logo.svg", "type": "image/svg+xml", "sizes": "any"},
        {"src": f"{PREFIX}icon.png", "type": "image/png", "sizes": "180x180"},
    ]
    colours = {"theme_color": "#fbf4e9", "background_color": "#f3e7d5"}
    about = {"name": words["title"], "short_name": words["title"], "description": words["tagline"]}
    return JSONResponse({**about, **colours, "start_url": "/", "display": "standalone", "icons": icons})


def chat_page(request: Request, here: Front, chat: str) -> Response:
    language = language_of(request)
    persona = here.demo.persona(chat) if here.demo else None
    boot = {
        "key": page_key(chat),
        "now": here.now(),
        "texts": words_of(request),
        "commands": list(here.commands(language)),
        "uploadLimit": here.settings.upload_limit,
        "readLimit": WORDS_LIMIT,
        "textLimit": TEXT_LIMIT,
    }
    return page(
        request,
        "chat.html",
        boot=msgspec.json.encode(boot).decode(),
        house=here.catalog().house.name,
        demo=here.demo is not None,
        me=persona,
        regions=by_region(here.demo.personas) if here.demo else [],
    )


def by_region(personas: tuple[Persona, ...]) -> list[tuple[str, list[tuple[str, list[Persona]]]]]:
    """Region -> place -> people; order kept, neighbours of one region or place together."""
    return [
        (region, [(place, list(group)) for place, group in groupby(people, key=lambda p: p.place)])
        for region, people in groupby(personas, key=lambda p: p.region)
    ]


def problem(request: Request, status: int) -> Response:
    """A small friendly page; JSON for scripts."""
    key = SENTENCES.get(status, "went_wrong")
    if "text/html" in request.headers.get("accept", ""):
        return page(request, "problem.html", status, sentence=words_of(request)[key])
    return kindly(request, status, key)


async def on_http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = problem(request, status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def on_bug(request: Request, error: Exception) -> Response:  # noqa: ARG001 - Starlette's shape
    """A bug of ours: the server writes it to its log, the person reads a sentence."""
    try:
        return problem(request, 500)
    except Exception:  # the page itself may be what is broken
        return JSONResponse({"say": "Something went wrong."}, 500)

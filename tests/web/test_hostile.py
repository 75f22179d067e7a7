"""Hostile words everywhere a word can stand, in a real browser: nothing runs, nothing is asked of another host."""

import asyncio

import pytest
from playwright.async_api import Dialog, FilePayload, Request, expect

from adapters.web.settings import Persona
from bot.events import Address
from bot.message import Button, Message, Progress, paragraph
from lessons.prose import Bullets, Code, Heading, Paragraph, Picture, Quote, Span, Table
from tests.web.conftest import Visit
from tests.web.world import World, a_world

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CANARY = "canary.example"
VECTORS = (
    "<script>window.hit=1;alert(1)</script>",
    f"<script src=//{CANARY}/x.js></script>",
    f"<img src=x onerror=alert(1)><img src=//{CANARY}/a.png>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    f"<iframe src=//{CANARY}></iframe>",
    "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    f"<link rel=stylesheet href=//{CANARY}/x.css>",
    f"<style>@import '//{CANARY}/x.css';*{{background:url(//{CANARY}/b)}}</style>",
    f"<meta http-equiv=refresh content='0;url=//{CANARY}'>",
    f"<base href=//{CANARY}/>",
    f"<form action=//{CANARY}><input autofocus onfocus=alert(1)></form>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    f"<video src=//{CANARY}/v poster=//{CANARY}/p>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "'\"><img src=x onerror=alert(1)>",
    "\" onmouseover=alert(1) x=\"",
    "' autofocus onfocus=alert(1) '",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "{% raw %}{{ 7*7 }}",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "\u003cscript\u003ealert(1)\u003c/script\u003e",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "＜script＞alert(1)＜/script＞",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "\u2028\u2029<img src=x onerror=alert(1)>",
    "data: hello\n\nevent: over\ndata: 1\n\n",
    "\r\nSet-Cookie: x=1\r\n\r\n<script>alert(1)</script>",
    "__proto__",
    f"[x](javascript:alert(1)) ![x](//{CANARY}/m.png)",
    f"@import url(//{CANARY}/x)",
    "\u202e<script>alert(1)</script>",
)  # fmt: skip


ATTACK = """async ([url, body]) => {
  const json = {"content-type": "application/json"};
  await fetch(url, {method: "POST", mode: "no-cors", credentials: "include", body}).catch(() => 0);
  await fetch(url, {method: "POST", credentials: "include", headers: json, body}).catch(() => 0);
}"""


def hostile(word: str) -> Message:
    """The same hostile word in every place that a message has."""
    span = (
        Span(word, bold=True, italic=True),
        Span(word, code=True),
        Span("x", link=word),
        Span(word, link=f"https://h/{word}"),
    )
    blocks = (
        Paragraph(span), Heading(span), Bullets((span,)), Bullets((span,), numbered=True), Quote(span), Code(word),
        Table((word, "x"), ((word, word),)), Picture(word, word, word), Picture("img/wash.png", word, "food"),
    )  # fmt: skip
    rows = ((Button(word, word[:30], picked=True), Button(word, url=word)), (Button(word, "t.1", main=True),))
    return Message(blocks, rows, Progress(word, 1, 2, word), "text")


async def test_hostile_words_are_only_words(visit: Visit) -> None:
    personas = tuple(Persona(f"p{n}", word, word, word, word, word) for n, word in enumerate(VECTORS))
    async with a_world(personas=personas) as world:
        elsewhere: list[str] = []
        dialogs: list[str] = []
        page = await visit(world)

        def asked(request: Request) -> None:
            if not request.url.startswith((world.url, "data:", "blob:")):
                elsewhere.append(request.url)

        async def opened(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            await dialog.dismiss()

        page.on("request", asked)
        page.on("dialog", opened)
        await page.reload()
        assert await page.locator("#people .person").count() == len(VECTORS)
        for word in VECTORS:
            world.bot.say(Address("web", "p0"), hostile(word))
            world.transcript.add(Address("web", "p0"), world.clock.now(), mine=word)
        await page.click('[data-chat="p0"]')
        await expect(page.locator("#entries article")).to_have_count(2 * len(VECTORS))
        for word in VECTORS:
            await world.say("p0", Message((paragraph(word),), fleeting=True))
            await page.fill("#text", word)
            await page.press("#text", "Enter")
        await expect(page.locator("#unsent article")).to_have_count(0)
        await page.set_input_files(
            "#file",
            [FilePayload(name=f"{n}<img src=x onerror=alert(1)>.md", mimeType="", buffer=b"x") for n in range(3)],
        )
        await expect(page.get_by_text("I read 2<img")).to_be_visible()
        await page.goto(world.url + "/join/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E")
        await expect(page.locator("#code")).to_have_value('"><img src=x onerror=alert(1)>')
        await asyncio.sleep(0.2)
        assert dialogs == []
        assert elsewhere == []
        assert await page.evaluate("window.hit") is None
        foreign = "iframe, object, embed, base, form[action], script:not([src])"
        assert await page.locator(foreign).count() == 0


async def test_the_words_arrive_unharmed(world: World, visit: Visit) -> None:
    """Escaping twice would be a fault too: people see exactly what was written."""
    page = await visit(world, chat="amira")
    words = "a < b && c > d \"e\" 'f' &amp; <b>not bold</b>"
    await world.say("amira", Message((paragraph(words),)))
    await expect(page.locator(".prose p")).to_have_text(words)


async def test_scripts_cannot_read_the_cookie(world: World, visit: Visit) -> None:
    page = await visit(world, chat="amira")
    assert await page.evaluate("document.cookie") == ""
    (cookie,) = await page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"


async def test_another_origin_can_neither_act_nor_frame_nor_listen(world: World, visit: Visit) -> None:
    """A page on another port of the same host is same-site, so the cookie travels: the origin check must hold."""
    page = await visit(world, chat="amira")
    async with a_world() as other:
        evil = await page.context.new_page()
        await evil.goto(other.url + "/nowhere")
        await evil.route("**/hostile", lambda route: route.fulfill(content_type="text/html", body="<p>hi</p>"))
        await evil.goto(other.url + "/hostile")
        attacks = {"/say": '{"id":"aaaaaaaa","text":"from evil"}', "/leave": "{}", "/demo/enter": '{"chat":"ben"}'}
        for path, body in attacks.items():
            await evil.evaluate(ATTACK, [world.url + path, body])
        heard = await evil.evaluate(
            """(url) => new Promise((done) => { const s = new EventSource(url, {withCredentials: true});
            s.addEventListener("hello", () => done("heard")); s.onerror = () => { s.close(); done("refused"); }; })""",
            world.url + "/stream",
        )
        assert heard == "refused"
        framed = await evil.evaluate(
            """(url) => new Promise((done) => { const f = document.createElement("iframe"); f.src = url;
            f.onload = () => { try { done(f.contentDocument === null ? "closed" : "open"); } catch { done("closed"); } };
            document.body.append(f); })""",
            world.url + "/",
        )
        assert framed == "closed"
    await page.reload()
    await expect(page.locator('#side [aria-current="true"] .name')).to_have_text("Amira Haddad")
    assert not world.bot.asked

"""Every mistake an author can make is told with its file, its line, what is wrong and what to do. One row, one mistake."""

import pytest

from lessons.limits import CARD_CHARS
from lessons.load import load_files
from tests.lessons.builders import HANDS, TOML, a_card, a_pack, a_png

QUESTION = "How long?\n\n"
PICTURE = "Look.\n\n![Hands](img/a.png)"
GERMAN = TOML.replace('["en"]', '["en", "de"]')


def translated(german: str, english: str = HANDS) -> dict[str, bytes]:
    return a_pack({"pack.toml": GERMAN, "01-hands.md": english, "01-hands.de.md": german})


# name: files, where it is told, what is told (a part of it), what to do (a part of it)
BAD: dict[str, tuple[dict[str, bytes], str, str, str]] = {
    "no right option": (
        a_card(QUESTION + "- ( ) a\n- ( ) b"), "01-hands.md:6", "No option is the right one.", "- (x)"),
    "two right in a single choice": (
        a_card(QUESTION + "- (x) a\n- (x) b"), "01-hands.md:7", "Two options are marked right", "- [x]"),
    "none right of several": (
        a_card(QUESTION + "- [ ] a\n- [ ] b"), "01-hands.md:6", "No option is right.", "- [x]"),
    "only one option": (
        a_card(QUESTION + "- (x) a"), "01-hands.md:6", "has 1 option", "Add another"),
    "too many options": (
        a_card(QUESTION + "- (x) 0\n" + "\n".join(f"- ( ) {n}" for n in range(1, 11))),
        "01-hands.md:6", "has 11 options", "two cards"),
    "an option that is too long": (
        a_card(QUESTION + "- (x) a\n- ( ) " + "b" * 76), "01-hands.md:7", "76 characters; 75 fit", "shorter"),
    "an empty option": (
        a_card(QUESTION + "- (x) a\n- ( )"), "01-hands.md:7", "option is empty", "words after the brackets"),
    "the same option twice": (
        a_card(QUESTION + "- (x) Soap\n- ( )  soap"), "01-hands.md:7", "twice", "Change or delete"),
    "an option without brackets": (
        a_card(QUESTION + "- (x) a\n- b\n- ( ) c"), "01-hands.md:7", "no brackets", "- ( )"),
    "a first option without brackets": (
        a_card(QUESTION + "- a\n- (x) b\n- ( ) c"), "01-hands.md:6", "no brackets", "- ( )"),
    "round and square brackets": (
        a_card(QUESTION + "- (x) a\n- [ ] b"), "01-hands.md:7", "mixes ( ) and [ ]", "everywhere"),
    "two questions in one card": (
        a_card(QUESTION + "- (x) a\n- ( ) b\n\n= word"), "01-hands.md:9", "two questions", "---"),
    "a second question after the explanation": (
        a_card(QUESTION + "- (x) a\n- ( ) b\n\n> So.\n\n- (x) c"), "01-hands.md:11", "two questions", "---"),
    "feedback that is not indented": (
        a_card(QUESTION + "- (x) a\n> Yes.\n- ( ) b"), "01-hands.md:8", "cuts the question", "two spaces"),
    "text below the question": (
        a_card(QUESTION + "- (x) a\n- ( ) b\n\nBy the way."), "01-hands.md:9", "below the question", "begin it with >"),
    "options with nothing to answer": (
        a_card("- (x) a\n- ( ) b"), "01-hands.md:4", "nothing to answer", "above"),
    "a picture as an option": (
        a_card(QUESTION + "- (x) ![a](img/a.png)\n- ( ) b"), "01-hands.md:6", "picture cannot stand", "above the question"),
    "an empty answer": (
        a_card(QUESTION + "= "), "01-hands.md:6", "empty answer", "after the = sign"),
    "an answer of nothing but invisible letters": (
        a_card(QUESTION + "= \u200b\u200b"), "01-hands.md:6", "empty answer", "after the = sign"),
    "an empty second answer": (
        a_card(QUESTION + "= Paris | "), "01-hands.md:6", "empty answer", "|"),
    "an answer no one will type": (
        a_card(QUESTION + "= " + "long " * 30), "01-hands.md:6", "No one will type", "own words"),
    "a number that is none": (
        a_card(QUESTION + "= twenty ± 2"), "01-hands.md:6", "not a number", "= 20 ± 2 min"),
    "a number that reads in two ways": (
        a_card(QUESTION + "= 1,500 kg"), "01-hands.md:6", "two ways", "Write 1500"),
    "a tolerance in another unit": (
        a_card(QUESTION + "= 20 min ± 2 s"), "01-hands.md:6", "tolerance in s", "one unit"),
    "a tolerance below zero": (
        a_card(QUESTION + "= 20 ± -2"), "01-hands.md:6", "never less than 0", "= 20"),
    "a pair with two arrows": (
        a_card(QUESTION + "- a -> b\n- c -> d -> e"), "01-hands.md:7", "not a pair", "one arrow"),
    "a pair without partner": (
        a_card(QUESTION + "- a -> b\n- c"), "01-hands.md:7", "no partner", "both sides"),
    "an arrow to nothing": (
        a_card(QUESTION + "- a -> b\n- c ->"), "01-hands.md:7", "not a pair", "each side"),
    "two pairs that end the same": (
        a_card(QUESTION + "- a -> b\n- c -> b"), "01-hands.md:7", "twice", "Change"),
    "an order without steps": (
        a_card("<!-- order -->\nPut these in order."), "01-hands.md:4", "numbered list", "1. 2. 3."),
    "an order of options": (
        a_card(QUESTION + "<!-- order -->\n- ( ) a\n- ( ) b"), "01-hands.md:7", "numbered list", "1. 2. 3."),
    "a poll with a right answer": (
        a_card(QUESTION + "<!-- poll -->\n- (x) a\n- ( ) b"), "01-hands.md:7", "no right answer", "- ( )"),
    "a poll without options": (
        a_card("How are you?\n\n<!-- poll -->"), "01-hands.md:6", "needs options", "- ( )"),
    "own words with options": (
        a_card(QUESTION + "<!-- own words -->\n- (x) a\n- ( ) b"), "01-hands.md:7", "no options", "Delete"),
    "two markers": (
        a_card(QUESTION + "<!-- poll -->\n<!-- order -->\n1. a\n2. b"), "01-hands.md:7", "“poll” already", "Keep one"),
    "feedback under a step": (
        a_card("<!-- order -->\nSort.\n\n1. a\n   > First.\n2. b"), "01-hands.md:8", "Only options", "explanation"),
    "a misspelt marker": (
        a_card(QUESTION + "<!-- ordr -->\n1. a\n2. b"), "01-hands.md:6", "“ordr” is not known", "<!-- order -->"),
    "a misspelt id": (
        a_card("<!-- ID = two -->\nText"), "01-hands.md:4", "is not known", "<!-- id: two -->"),
    "an unknown comment": (
        a_card("<!-- remember the milk -->\nText"), "01-hands.md:4", "means nothing to Morsel", "note"),
    "a comment in a line": (
        a_card("Text <!-- poll --> text"), "01-hands.md:4", "middle of a line", "line of its own"),
    "a comment without end": (
        a_card("<!-- note: I was\ninterrupted"), "01-hands.md:4", "no end", "-->"),
    "a bad id": (
        a_pack({"01-hands.md": "# A\n\n<!-- id: Why Hands? -->\nText"}), "01-hands.md:3", "not a good id", "why-hands"),
    "an empty id": (
        a_pack({"01-hands.md": "# A\n\n<!-- id: -->\nText"}), "01-hands.md:3", "not a good id", "<!-- id:"),
    "two ids in a card": (
        a_pack({"01-hands.md": "# A\n\n<!-- id: a -->\n<!-- id: b -->\nText"}), "01-hands.md:4", "an id already", "---"),
    "an id used twice": (
        a_pack({"02-more.md": "# B\n\n<!-- id: why -->\nText"}), "02-more.md:4", "first in 01-hands.md:4", "another id"),
    "no ids": (
        a_pack({"01-hands.md": "# A\n\nText\n\n---\n\nMore"}), "01-hands.md:3", "without an id here: 2", "--fix"),
    "no title": (
        a_pack({"01-hands.md": "\nText"}), "01-hands.md:2", "no title", "# Clean hands"),
    "an empty title": (
        a_pack({"01-hands.md": "# \n\nText"}), "01-hands.md:1", "title", "#"),
    "a long title": (
        a_pack({"01-hands.md": "# " + "a" * 101 + "\n\nText"}), "01-hands.md:1", "101 characters", "shorter"),
    "an empty file": (a_pack({"01-hands.md": "\n \n"}), "01-hands.md", "lesson is empty", "below the title"),
    "a title alone": (a_pack({"01-hands.md": "# A\n"}), "01-hands.md", "lesson is empty", "below the title"),
    "a card that is too long": (
        a_card("word " * (CARD_CHARS // 5 + 1)), "01-hands.md:4", "3000 is the most", "cut in two"),
    "a card that is far too long": (a_card("word\n" * 2000), "01-hands.md:4", "8000 is the most", "cut in two"),
    "an explanation that is too long": (
        a_card(QUESTION + "= soap\n\n> " + "word " * 700), "01-hands.md:4", "3000 is the most", "cut in two"),
    "too many cards": (
        a_pack({"01-hands.md": "# A\n\n" + "text\n\n---\n\n" * 101}), "01-hands.md", "101 cards", "Split"),
    "a code block without end": (
        a_card("Type:\n\n```\nls\n\n---\n\nMore"), "01-hands.md:6", "no end", "```"),
    "a heading by accident": (
        a_pack({"01-hands.md": "# A\n\n<!-- id: a -->\nText\n---\n<!-- id: b -->\nMore"}),
        "01-hands.md:5", "as a heading", "empty line"),
    "two separators": (
        a_pack({"01-hands.md": "# A\n\n<!-- id: a -->\nText\n\n---\n\n---\n\n<!-- id: b -->\nMore"}),
        "01-hands.md:6", "no card between", "Delete"),
    "a link to a mailbox": (
        a_card("Ask [Ada](mailto:ada@example.org)."), "01-hands.md:4", "goes nowhere", "https://"),
    "a link to a file server": (a_card("See [it](ftp://example.org/a)."), "01-hands.md:4", "goes nowhere", "https://"),
    "a link without a host": (a_card("See [it](http:///a)."), "01-hands.md:4", "goes nowhere", "https://"),
    "a picture that is missing": (a_card(PICTURE), "01-hands.md:6", "img/a.png is missing", "Put the file"),
    "a picture in other case": (
        a_card(PICTURE) | {"img/A.PNG": a_png()}, "01-hands.md:6", "img/a.png is missing", "Did you mean img/A.PNG?"),
    "a picture from the web": (
        a_card("![Hands](https://example.org/a.png)"), "01-hands.md:4", "not on the web", "img/a.png"),
    "a picture without description": (
        a_card("![](img/a.png)") | {"img/a.png": a_png()}, "01-hands.md:4", "no description", "Say what it shows"),
    "a picture with too much description": (
        a_card(f"![{'a' * 301}](img/a.png)") | {"img/a.png": a_png()}, "01-hands.md:4", "301 characters", "shorter"),
    "a picture that is not used": (a_pack({"img/a.png": a_png()}), "img/a.png", "No card shows", "delete the file"),
    "a text that calls itself a picture": (
        a_card(PICTURE) | {"img/a.png": b"hello"}, "01-hands.md:6", "not a picture", "Save it as PNG"),
    "an SVG": (
        a_card("![Hands](a.svg)") | {"a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>"},
        "01-hands.md:4", "is an SVG", "PNG"),
    "an SVG that calls itself PNG": (
        a_card(PICTURE) | {"img/a.png": b"<?xml version='1.0'?><svg/>"}, "01-hands.md:6", "is an SVG", "PNG"),
    "a picture cut off": (a_card(PICTURE) | {"img/a.png": a_png()[:18]}, "01-hands.md:6", "damaged", "again"),
    "a picture with too many bytes": (
        a_card(PICTURE) | {"img/a.png": a_png() + b"\0" * 5_000_000}, "01-hands.md:6", "5 MB is the most", "smaller"),
    "a picture with too many pixels": (
        a_card(PICTURE) | {"img/a.png": a_png(9000, 2000)}, "01-hands.md:6", "9000 x 2000", "1000 pixels"),
    "a picture like a ribbon": (
        a_card(PICTURE) | {"img/a.png": a_png(900, 2)}, "01-hands.md:6", "900 x 2", "1000 pixels"),
    "not UTF-8": (
        a_pack({"01-hands.md": b"# A\n\nCaf\xe9"}), "01-hands.md:3", "Byte 9 (0xe9)", "Save the file as UTF-8"),
    "UTF-16": (a_pack({"01-hands.md": "# A\n\nText".encode("utf-16")}), "01-hands.md", "UTF-16", "as UTF-8"),
    "UTF-16 without a mark": (
        a_pack({"01-hands.md": "# A\n\nText".encode("utf-16-le")}), "01-hands.md", "UTF-16", "as UTF-8"),
    "a zero byte": (a_pack({"01-hands.md": "# A\n\nTe\0xt"}), "01-hands.md:3", "zero byte", "text editor"),
    "a lesson of a megabyte": (a_pack({"01-hands.md": "# A\n" + "x\n" * 500_000}), "01-hands.md", "1000 kB", "Split"),
    "a file name with spaces": (a_pack({"My Lesson!.md": HANDS}), "My Lesson!.md", "no name of a lesson", "01-my-lesson"),
    "a lesson in a folder": (a_pack({"more/02-b.md": HANDS}), "more/02-b.md", "in a folder", "next to pack.toml"),
    "one lesson, two files": (a_pack({"02-hands.md": HANDS}), "02-hands.md", "here twice", "another name"),
    "no lesson": (a_pack({"01-hands.md": None}), "pack.toml", "no lesson", "01-clean-hands.md"),
    "nothing to grade": (
        a_pack({"01-hands.md": "# A\n\n<!-- id: a -->\nText"}), "pack.toml", "No card of this pack is graded", '"seen"'),
    "no pack.toml": (a_pack({"pack.toml": None}), "pack.toml", "There is no pack.toml", "docs/packs.md"),
    "pack.toml in other case": (
        a_pack({"pack.toml": None, "Pack.toml": TOML}), "pack.toml", "There is no pack.toml", "Pack.toml"),
    "broken TOML": (a_pack({"pack.toml": TOML + "author = Ada\n"}), "pack.toml:5", "cannot be read", "in quotes: author"),
    "curly quotes": (a_pack({"pack.toml": TOML + "author = “Ada”\n"}), "pack.toml:5", "cannot be read", "straight quotes"),
    "a key twice": (a_pack({"pack.toml": TOML + 'id = "b"\n'}), "pack.toml:5", "cannot be read", "key = value"),
    "a text that does not end": (a_pack({"pack.toml": TOML + 'author = "Ada\n'}), "pack.toml:5", "cannot be read", "quotes"),
    "TOML nested without end": (a_pack({"pack.toml": "a = " + "[" * 5000}), "pack.toml", "cannot be read", "key = value"),
    "a number of 5,000 digits": (
        a_pack({"pack.toml": TOML + "pass_mark = " + "9" * 5000}), "pack.toml", "cannot be read", "key = value"),
    "an unknown key": (a_pack({"pack.toml": TOML + 'auther = "Ada"\n'}), "pack.toml:5", "“auther”", "mean “author”?"),
    "a key like none": (a_pack({"pack.toml": TOML + "xyzzy = 1\n"}), "pack.toml:5", "“xyzzy”", "Known are: id, title"),
    "an unknown table": (a_pack({"pack.toml": TOML + "[qqqq]\na = 1\n"}), "pack.toml:5", "“qqqq”", "Known are"),
    "no id": (a_pack({"pack.toml": TOML.replace("id =", "#")}), "pack.toml", "“id” is missing", "food-hygiene"),
    "no languages": (
        a_pack({"pack.toml": TOML.replace("languages", "#")}), "pack.toml", "“languages” is missing", '["en", "de"]'),
    "a bad pack id": (a_pack({"pack.toml": TOML.replace("hygiene", "Hygiene!", 1)}), "pack.toml:1", "“id”", "a-z, 0-9"),
    "a wrong type": (a_pack({"pack.toml": TOML.replace('"1.0.0"', "1.0")}), "pack.toml:3", "“version”", '"1.0.0"'),
    "a version of words": (a_pack({"pack.toml": TOML.replace("1.0.0", "final")}), "pack.toml:3", "“version”", '"1.0.0"'),
    "a pass mark of 80": (a_pack({"pack.toml": TOML + "pass_mark = 80"}), "pack.toml:5", "“pass_mark”", "0 to 1"),
    "a pass mark of nan": (a_pack({"pack.toml": TOML + "pass_mark = nan"}), "pack.toml:5", "“pass_mark”", "0 to 1"),
    "completion by luck": (a_pack({"pack.toml": TOML + 'complete = "x"'}), "pack.toml:5", "“complete”", '"seen"'),
    "retention of 1": (a_pack({"pack.toml": TOML + "retention = 1"}), "pack.toml:5", "“retention”", "0.97"),
    "confidence in quotes": (a_pack({"pack.toml": TOML + 'confidence = "no"'}), "pack.toml:5", "“confidence”", "false"),
    "half a day": (a_pack({"pack.toml": TOML + "longest_days = 0.5"}), "pack.toml:5", "“longest_days”", "whole number"),
    "a language of its own": (
        a_pack({"pack.toml": TOML.replace('"en"', '"English"')}), "pack.toml:4", "“languages”", '"de"'),
    "a title in another language": (
        a_pack({"pack.toml": TOML.replace('"Food hygiene"', '{ de = "Lebensmittel" }')}),
        "pack.toml:2", "“title” is missing in en", "Add en"),
    "pack.toml not UTF-8": (a_pack({"pack.toml": b"\n\xff"}), "pack.toml:2", "0xff", "UTF-8"),
    "a declared language without lessons": (
        a_pack({"pack.toml": GERMAN}), "pack.toml", "language “de”", "01-clean-hands.de.md"),
    "a language that is not declared": (a_pack({"01-hands.fr.md": HANDS}), "01-hands.fr.md", "does not declare", "“fr”"),
    "a translation without original": (
        translated(HANDS) | {"02-x.de.md": b"# X\n\n<!-- id: x -->\nText"},
        "02-x.de.md:1", "No lesson of the main", "main language"),
    "a translation with fewer cards": (
        translated("# H\n\n<!-- id: why -->\nText"), "01-hands.de.md:1", "1 cards; 01-hands.md has 2", "same cards"),
    "a translation with another id": (
        translated(HANDS.replace("how-long", "wie-lange")), "01-hands.de.md:9", "“how-long”", "same id"),
    "a translation that asks another way": (
        translated(HANDS.replace("- ( )", "- [ ]").replace("- (x)", "- [x]")),
        "01-hands.de.md:9", "asks another way", "same kind"),
    "a translation with more options": (
        translated(HANDS.replace("- (x)", "- ( ) 10 Sekunden\n- (x)")), "01-hands.de.md:9", "has 3 options", "same options"),
    "a translation with another right one": (
        translated(HANDS.replace("(x)", "( )").replace("( )", "(x)", 1)), "01-hands.de.md:9", "Other options", "same order"),
    "a broken question in a lesson that is translated": (
        translated(HANDS, HANDS.replace("(x)", "( )")), "01-hands.md:11", "No option is the right", "- (x)"),
    "a folder of pictures": (
        {"a.png": a_png(), "b.jpg": b"\xff\xd8\xff"}, "upload", "folder of pictures", "docs/packs.md"),
    "nothing": ({}, "upload", "nothing in it", "pack.toml"),
    "a zip in it": ({"pack.zip": b"PK"}, "upload", "holds another zip", "by itself"),
    "two packs": (
        {"a/pack.toml": b"", "b/pack.toml": b""}, "upload", "deeper inside, in a", "that folder only"),
    "a song": ({"song.mp3": b"ID3"}, "upload", "no pack.toml and no lesson", "docs/packs.md"),
}  # fmt: skip
WARNINGS = {
    "an unknown comment", "no ids", "a heading by accident", "two separators",
    "a link to a mailbox", "a link to a file server", "a link without a host",
    "a picture that is not used", "a lesson in a folder", "nothing to grade", "a declared language without lessons",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told(name: str) -> None:
    files, where, what, hint = BAD[name]
    loaded = load_files("upload", files)
    told = [str(problem) for problem in loaded.problems]
    fits = [line for line in told if line.startswith(f"{where}: ") and what in line and hint in line]
    assert len(fits) == 1, told
    levels = {problem.level for problem in loaded.problems if str(problem) in fits}
    assert levels == ({"warning"} if name in WARNINGS else {"error"})
    assert (loaded.pack is not None) == all(problem.level == "warning" for problem in loaded.problems)


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_told_once_and_alone(name: str) -> None:
    """One slip must not bury the author in what follows from it. Some rows hold two mistakes by nature."""
    told = [str(p) for p in load_files("upload", BAD[name][0]).problems if p.level == "error"]
    assert len(told) == len(set(told))
    assert len(told) <= (2 if name in ("no pack.toml", "pack.toml in other case", "an unknown table") else 1), told


def test_the_good_pack_has_no_problem() -> None:
    loaded = load_files("upload", a_pack())
    assert loaded.problems == ()
    assert loaded.pack is not None
    assert [card.id for card in loaded.pack.lessons[0].cards] == ["why", "how-long"]


def test_all_mistakes_are_told_at_once_in_file_order() -> None:
    lesson = "# A\n\n<!-- id: A! -->\nAsk\n\n- ( ) a\n- ( ) b\n\n---\n\n![](x.png)\n"
    loaded = load_files("upload", a_pack({"pack.toml": TOML + "pass_mark = 7\n", "02-b.md": lesson}))
    assert [str(problem.where) for problem in loaded.problems] == [
        "02-b.md:3", "02-b.md:6", "02-b.md:11", "02-b.md:11", "02-b.md:11", "pack.toml:5",
    ]  # fmt: skip


def test_a_heap_of_mistakes_is_cut_short() -> None:
    bad = "# A\n\n" + "\n\n---\n\n".join(["Ask\n\n- ( ) a"] * 99)
    files = a_pack({f"{n:02}-l{n}.md": bad for n in range(1, 9)})
    problems = load_files("upload", files).problems
    assert len(problems) == 201
    assert "more" in str(problems[-1])


def test_tabs_carriage_returns_and_byte_order_marks_are_fine() -> None:
    lesson = "\ufeff" + HANDS.replace("- (x) ", "-\t(x)\t").replace("\n", "\r\n")
    toml = "\ufeff" + TOML.replace("\n", "\r\n")
    plain = load_files("upload", a_pack()).pack
    loaded = load_files("upload", a_pack({"01-hands.md": lesson, "pack.toml": toml}))
    assert loaded.problems == ()
    assert loaded.pack == plain


def test_a_problem_is_made_of_templates_for_translators() -> None:
    for files, *_ in BAD.values():
        for problem in load_files("upload", files).problems:
            assert problem.what
            assert problem.hint
            assert all(f"{{{name}}}" in problem.what + problem.hint or name in ("meant", "known", "other", "value", "key",
                       "sign") for name in problem.values), problem  # fmt: skip

"""What is logged, in a process of its own: no secret, whoever wrote it there, in both formats."""

import subprocess
import sys

import pytest

from tests.cli.program import ROOT

TOKEN = "123456:" + "s" * 35
OTHER = "987654:" + "t" * 35  # a token that no settings know
PROGRAM = """
import logging, sys
import structlog
from bot.cli.logs import configure
from bot.config import Log

configure(Log(format=sys.argv[1]), ("5ec3e75ec3e75ec3",))
log = structlog.get_logger("tried")
link = "https://x.example/bot" + sys.argv[3] + "/getMe"
log.info("Here it is: 5ec3e75ec3e75ec3", token=sys.argv[2], deep={"link": [link]})
logging.getLogger("library").error("POST %s", "https://x.example/bot" + sys.argv[2].replace(":", "%3A") + "/getMe")
try:
    raise ValueError("xoxb-1-2-abc and 5ec3e75ec3e75ec3")
except ValueError:
    log.exception("It failed.")
"""


@pytest.mark.parametrize("format", ["json", "pretty"])
def test_no_secret_reaches_the_log(format: str) -> None:
    words = [sys.executable, "-c", PROGRAM, format, TOKEN, OTHER]
    made = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "5ec3e7" not in made.stderr
    assert "ssss" not in made.stderr
    assert "tttt" not in made.stderr
    assert "xoxb" not in made.stderr
    assert made.stderr.count("***") >= 5
    assert "getMe" in made.stderr
    assert "ValueError" in made.stderr

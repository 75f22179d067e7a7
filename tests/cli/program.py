"""The real program as people start it: in a process of its own, or here where nothing goes on afterwards."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from bot.cli import run

ROOT = Path(__file__).parents[2]
LONG = 60  # seconds until a program that hangs is given up; never a measure of speed


def _environment(environment: dict[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MORSEL_")}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **environment}


class Made(NamedTuple):
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


def morsel(folder: Path, *words: str, **environment: str) -> Made:
    """Runs a command in that folder, to its end: those that start a bot as a process, the others here, for speed."""
    made = (_process if words[0] in ("serve", "demo") else _here)(folder, words, _environment(environment))
    assert "Traceback" not in made.stderr, made.stderr
    return made


def _here(folder: Path, words: tuple[str, ...], environment: dict[str, str]) -> Made:
    out, err = io.StringIO(), io.StringIO()
    with (
        chdir(folder),
        mock.patch.dict(os.environ, environment, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = run(words)
    return Made(code, out.getvalue(), err.getvalue())


def _process(folder: Path, words: tuple[str, ...], environment: dict[str, str]) -> Made:
    made = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONG,
        stdin=subprocess.DEVNULL,
    )
    return Made(made.returncode, made.stdout, made.stderr)


def by_itself(folder: Path, *words: str, **environment: str) -> Made:
    """Runs a command as a process, whatever it is."""
    return _process(folder, words, _environment(environment))


class Going:
    """A command that goes on until it is told to stop."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self.process, self._log = process, log

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def line(self) -> str:
        """The next line on stdout; empty when the program is over."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def wait_for(self, words: str) -> None:
        """Until the log says so."""
        for _ in range(LONG * 20):
            if words in self.log:
                return
            if self.process.poll() is not None:
                break
            signal.sigtimedwait((), 0.05)
        raise AssertionError(f"{words!r} was never logged:\n{self.log}")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(by)
        return self.process.wait(LONG)


@contextmanager
def going(folder: Path, *words: str, **environment: str) -> Iterator[Going]:
    """Starts a command in that folder; ends it at the end, if it has not ended."""
    log = folder / "stderr.log"
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "bot", *words],
            cwd=folder,
            env=_environment(environment),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            stdin=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            yield Going(process, log)
        finally:
            if process.poll() is None:
                process.kill()
    assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")

"""The real program in a process of its own, as people start it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONG = 60  # seconds until a program that hangs is given up; never a measure of speed


def _environment(environment: dict[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MORSEL_")}
    return {**ours, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **environment}


def morsel(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in that folder, to its end."""
    made = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder,
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=LONG,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in made.stderr, made.stderr
    return made


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

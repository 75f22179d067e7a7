"""What it costs to be there: memory and CPU of `morsel serve` with no channel, one, or both, and of an SDK that is imported.

Each figure is from a fresh process on a fresh folder, once it said "Ready." and has become quiet. The platforms are plain
ones, so channels that are on are connected. Memory is what is resident then (Linux: /proc).
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec import Struct

from benchmarks.plain_platforms import TOKEN

ROOT = Path(__file__).parents[1]
LONG = 60.0  # seconds until a start counts as failed
TICK = os.sysconf("SC_CLK_TCK")
WEB = "[web]\nport = 0\n"


class Stood(Struct, frozen=True):
    """Megabytes that are resident, and seconds of CPU until it was ready (or imported)."""

    mb: float
    cpu: float


def sections(server: str) -> dict[str, str]:
    """The settings of a process that has these channels, by name."""
    telegram = f'[telegram]\ntoken = "{TOKEN}"\nserver = "{server}"\n'
    slack = f'[slack]\nbot_token = "xoxb-1-a"\napp_token = "xapp-1-a"\nserver = "{server}/api/"\n'
    return {"no channel": "", "Slack": slack, "Telegram": telegram, "both": slack + telegram}


def served(settings: str) -> Stood:
    """`morsel serve` with these settings."""
    with tempfile.TemporaryDirectory(prefix="morsel-bench-") as folder:
        Path(folder, "config.toml").write_text(WEB + settings)
        log = Path(folder, "log")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MORSEL_")}
        with log.open("wb") as told:
            process = subprocess.Popen(
                (sys.executable, "-m", "bot", "serve"),
                cwd=folder,
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdout=told,
                stderr=told,
                stdin=subprocess.DEVNULL,
            )
        try:
            ends = time.monotonic() + LONG
            while "Ready." not in log.read_text():
                assert process.poll() is None and time.monotonic() < ends, log.read_text()[-2000:]
                time.sleep(0.05)
            cpu = _cpu(process.pid)
            while True:  # channels greet their platforms
                time.sleep(1)
                before, now = cpu, _cpu(process.pid)
                cpu = now
                if now - before < 0.05:
                    break
                assert time.monotonic() < ends, "it does not become quiet"
            return Stood(_resident(process.pid), cpu)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(LONG)


def imported(what: str) -> Stood:
    """A bare interpreter that imports this; nothing: the interpreter itself."""
    code = (f"import {what}\n" if what else "") + (
        "import time\n"
        "kb = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmRSS'))\n"
        "print(kb, time.process_time())"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=True, cwd=ROOT)
    kb, cpu = done.stdout.split()
    return Stood(int(kb) / 1024, float(cpu))


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

"""A shell in a fresh copy of the project, on a machine that seems to run nothing else."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: A network and processes of its own: all ports are free, and nothing outlives the shell.
_APART = ["unshare", "--map-root-user", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]

#: Turns the loopback on, which a new network begins without, and becomes a shell.
_BEGIN = """
import fcntl, os, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    up = struct.pack("16sh", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
    fcntl.ioctl(one, 0x8914, up)  # SIOCSIFFLAGS
os.execvp("bash", ["bash", "--noprofile", "--norc"])
"""

#: The environment of the tests is used as it is: nothing is fetched, nothing is installed anew.
_UV = """\
#!/bin/sh
if [ "$1" = sync ]; then exit 0; fi
exec '{uv}' "$@"
"""


#: Settings of whoever runs the tests, and what the make that has started them was given.
_OWN = re.compile(r"WEIR_|MAKE|MFLAGS$|ARGS$")

#: An answer that says no is an error; what was just sent may take a moment to be scored.
_CURL = "fail\nretry = 30\nretry-delay = 1\nretry-all-errors\n"


class Failed(Exception):
    """A block did not do what the page says: the message has its output."""


class Session:
    """One bash, ``set -euo pipefail``, for all shell blocks of a page."""

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="weir-docs-", ignore_cleanup_errors=True)
        self.directory = Path(self._place.name) / "weir"
        copy_project(self.directory)
        self._own = Path(self._place.name) / "session"
        self._blocks = 0
        #: What the blocks so far have written, those in the background left out.
        self.transcript = ""
        self._start()

    def run(self, text: str, seconds: float = 240) -> str:
        """Run a block, and return what it has written.

        Raises:
            Failed: a command ended with another code than 0, or it took longer.
        """
        said = self._send(f". {self._script(text)}", seconds)
        self.transcript += said
        return said

    def background(self, text: str, ready: str, seconds: float = 240) -> str:
        """Start a block, wait until it has written ``ready``, and return what it has written.

        Raises:
            Failed: it ended before, or took longer.
        """
        script = self._script(text)
        # with job control a job has a group of its own, and Ctrl-C is not ignored
        self._send(
            f"set -m; bash -euo pipefail {script} </dev/null >{script}.said 2>&1 & set +m", 30
        )
        said, limit = Path(f"{script}.said"), time.monotonic() + seconds
        while ready not in (text := said.read_text(errors="replace")):
            if self._send("jobs -r", 30) == "" or time.monotonic() > limit:
                raise Failed(f"did not say {ready!r}:\n{text}")
            time.sleep(0.2)
        return text

    def close(self) -> None:
        """Interrupt what runs, as Ctrl-C does; then end the shell and all that is left.

        Raises:
            Failed: something that was interrupted did not end, or ended with an error.
        """
        try:
            if self._shell.poll() is None:
                self._send(
                    'for job in $(jobs -rp); do kill -INT -- "-$job"; done\n'
                    "for job in $(jobs -p); do wait $job || test $? -eq 130; done",
                    60,
                )
        finally:
            self._shell.kill()
            self._shell.communicate()
            self._place.cleanup()

    def _start(self) -> None:
        self._own.mkdir()
        uv = self._own / "uv"
        uv.write_text(_UV.format(uv=uv_of_this_run()))
        uv.chmod(0o755)
        (self._own / ".curlrc").write_text(_CURL)
        env = {name: value for name, value in os.environ.items() if not _OWN.match(name)}
        env |= {
            "PATH": f"{self._own}:{env['PATH']}",
            "PYTHONPATH": str(self.directory),  # this copy, not the project that is installed
            "UV_NO_SYNC": "1",
            "UV_PROJECT_ENVIRONMENT": sys.prefix,
            "COLUMNS": "120",
            "CURL_HOME": str(self._own),
        }
        env.pop("VIRTUAL_ENV", None)
        with (self._own / "shell").open("wb") as errors:
            self._shell = subprocess.Popen(
                [*_APART, sys.executable, "-c", _BEGIN],
                cwd=self.directory,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self._send("set -euo pipefail", 30)

    def _script(self, text: str) -> Path:
        self._blocks += 1
        script = self._own / f"block-{self._blocks}.sh"
        script.write_text(text)
        return script

    def _send(self, command: str, seconds: float) -> str:
        said, done = self._own / "said", self._own / "done"
        done.unlink(missing_ok=True)
        line = f"{{ {command}\n}} >{said} 2>&1 </dev/null; touch {done}\n"
        assert self._shell.stdin is not None
        if self._shell.poll() is not None:
            raise Failed("a block before it failed")
        self._shell.stdin.write(line.encode())
        self._shell.stdin.flush()
        limit = time.monotonic() + seconds
        while not done.exists():
            if self._shell.poll() is not None:
                why = (self._own / "shell").read_text(errors="replace")
                raise Failed(f"ended with an error:\n{said.read_text(errors='replace')}{why}")
            if time.monotonic() > limit:
                self._shell.kill()
                raise Failed(f"took more than {seconds:g} s:\n{said.read_text(errors='replace')}")
            time.sleep(0.02)
        return said.read_text(errors="replace")


def copy_project(to: Path) -> None:
    """Copy what is, or would be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def uv_of_this_run() -> str:
    """Return the path of uv: that which runs the tests, or any that is there.

    Raises:
        Failed: there is none.
    """
    own = ROOT / ".weir" / "bootstrap" / "bin" / "uv"
    found = os.environ.get("UV") or shutil.which("uv") or (str(own) if own.exists() else None)
    if found is None:
        raise Failed("uv is missing: run the tests with make test")
    return found

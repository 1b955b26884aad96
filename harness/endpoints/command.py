"""A command that answers: an agent's CLI in a workspace of its own, with the skill where agents look.

It is the user's own program and is trusted as such: it runs outside the sandbox, with the user's environment. What it
wrote is judged in the sandbox, as any completion.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.endpoints.endpoint import AskError, Finish, Reply, Request, Trouble
from harness.endpoints.fenced import fenced
from harness.endpoints.parameters import without_secrets
from harness.errors import InputError, MachineError
from harness.skills.installation import AGENT_FOLDERS, install

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


SECONDS = 600.0
MAX_OUTPUT = 1024 * 1024
MAX_FILE = 256 * 1024
MAX_FILES = 100
_PLACEHOLDER = "{prompt}"
_PASSED_OVER = {"node_modules", "__pycache__", "venv", "site-packages"}
_JUDGED = {".py", ".md"}
_CHUNK = 64 * 1024
_LAST_WORDS = 2000
_LAST_SECONDS = 2.0
_LOOK_EVERY = 0.02


class CommandEndpoint:
    """A command line, split as a shell would, run without one.

    Each ``{prompt}`` in it becomes the prompt; without one the prompt is its standard input. What it prints and the
    files it wrote are the answer. Raises ``InputError`` for a line that cannot be split.
    """

    counts_tokens = False
    longest_answer = None

    def __init__(self, line: str, *, seconds: float = SECONDS) -> None:
        try:
            self._words = shlex.split(line)
        except ValueError as error:
            raise InputError(f"--command: {error}: {line[:80]!r}") from None
        if not self._words:
            raise InputError("--command: is empty: name a program that reads a prompt and prints an answer")
        self.name = f"command:{line}"
        self._seconds = seconds

    @property
    def identity(self) -> Mapping[str, object]:
        """The words of the command."""
        return {"command": self._words}

    @property
    def told(self) -> Mapping[str, object]:
        """Nothing beyond its name."""
        return {}

    def open(self) -> None:
        """See that the program is there."""
        if shutil.which(self._words[0]) is None:
            raise InputError(f"--command: there is no program {self._words[0]!r} on PATH")

    async def ask(self, request: Request) -> Reply:
        """Run it once, at most ``seconds``; then its whole process group is killed."""
        try:
            with tempfile.TemporaryDirectory(prefix="harness-command-", ignore_cleanup_errors=True) as folder:
                workspace = Path(folder)
                if request.skill is not None:
                    install(request.skill, [workspace / each for each in AGENT_FOLDERS])
                began = time.monotonic()
                printed, cut = await self._run(request.prompt, workspace)
                seconds = time.monotonic() - began
                files, lacks = _written(workspace)
                text = "\n\n".join(filter(None, [printed.strip(), *files]))
        except OSError as error:
            raise MachineError(f"{self.name}: cannot be run: {error.strerror or error}") from error
        return Reply(text, Finish.LENGTH if cut or lacks else Finish.STOP, model=self._words[0], seconds=seconds)

    def price(self, input_tokens: int, output_tokens: int) -> float | None:
        """Not known."""
        return None

    async def close(self) -> None:
        """Nothing is kept between runs."""

    async def _run(self, prompt: str, workspace: Path) -> tuple[str, bool]:
        """What it printed, and whether that was more than is kept."""
        as_argument = any(_PLACEHOLDER in word for word in self._words)
        program, *arguments = (word.replace(_PLACEHOLDER, prompt) for word in self._words)
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                str(Path(program).absolute()) if os.sep in program else program,  # it works in another folder
                *arguments,
                cwd=workspace,
                stdin=asyncio.subprocess.DEVNULL if as_argument else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        )
        printed, said = bytearray(), bytearray()
        streams: list[asyncio.Task[None]] = []
        try:
            process = await asyncio.shield(starting)
            assert process.stdout is not None
            assert process.stderr is not None
            streams = [
                asyncio.create_task(_read(process.stdout, printed, MAX_OUTPUT)),
                asyncio.create_task(_read_end(process.stderr, said, _LAST_WORDS)),
                asyncio.create_task(_feed(process.stdin, b"" if as_argument else prompt.encode())),
            ]
            async with asyncio.timeout(self._seconds):
                await _end_of(process)
        except TimeoutError:
            message = f"{self.name}: did not end within {self._seconds:g} s"
            raise AskError(message, Trouble.REFUSED, paid=True) from None
        finally:
            process = await starting  # where that is cancelled half-way, what runs by then would go on
            # also what it left running in the background, which holds its output open
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await _end_of(process)
            if streams:
                await asyncio.wait(streams, timeout=_LAST_SECONDS)
            for stream in streams:
                stream.cancel()
            process._transport.close()  # type: ignore[attr-defined] # a process that left the group may hold it open
        if process.returncode != 0:
            why = without_secrets(said.decode(errors="replace"), {}, end=True) or "it printed no reason"
            raise AskError(f"{self.name}: ended with status {process.returncode}: {why}", Trouble.REFUSED, paid=True)
        return printed.decode(errors="replace"), len(printed) == MAX_OUTPUT


async def _end_of(process: asyncio.subprocess.Process) -> None:
    """Until it has ended; ``wait`` may wait for the end of its output, too."""
    while process.returncode is None:
        await asyncio.sleep(_LOOK_EVERY)


async def _read(stream: asyncio.StreamReader, kept: bytearray, most: int) -> None:
    """Up to ``most`` bytes into ``kept``; the rest is read and dropped, so that the program does not stand still."""
    while chunk := await stream.read(_CHUNK):
        kept += chunk[: most - len(kept)]


async def _read_end(stream: asyncio.StreamReader, kept: bytearray, most: int) -> None:
    """The last ``most`` bytes into ``kept``: why a program gave up stands at the end of what it said."""
    while chunk := await stream.read(_CHUNK):
        kept += chunk
        del kept[:-most]


async def _feed(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    if stream is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(data)
        await stream.drain()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.close()
        await stream.wait_closed()


def _written(workspace: Path) -> tuple[list[str], bool]:
    """The text files it wrote, each as a fenced block under its name; and whether code or prose is left out."""
    sizes = dict(_files(workspace))
    judged = {path for path in sizes if path.suffix in _JUDGED}
    small = [path for path, size in sizes.items() if size <= MAX_FILE]
    kept = sorted(small, key=lambda path: (path not in judged, path))[:MAX_FILES]
    blocks = []
    for path in sorted(kept):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = path.read_bytes().decode()
            name = path.relative_to(workspace).as_posix()
            language = {".py": "python", ".toml": "toml", ".sh": "bash", ".md": "markdown"}.get(path.suffix, "")
            blocks.append(fenced(name, f'{language} title="{name}"', text) + "\n")
    return blocks, not judged <= set(kept)


def _files(workspace: Path) -> Iterator[tuple[Path, int]]:
    """With their sizes."""
    for parent, folders, names in os.walk(workspace):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _PASSED_OVER]
        for name in names:
            path = Path(parent, name)
            with contextlib.suppress(OSError):
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    yield path, path.stat().st_size

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.answer import extract
from harness.endpoints.command import MAX_FILE, MAX_FILES, MAX_OUTPUT, CommandEndpoint
from harness.endpoints.endpoint import AskError, Finish, Reply, Request, Trouble
from harness.errors import InputError
from harness.skills import find_skill, load_skill
from tests.endpoints.processes import gone

PROMPT = 'What\'s "this"; $(touch /tmp/never) `x` {prompt}\nand that?'


def run(code: str, *arguments: str, request: Request | None = None, seconds: float = 30) -> Reply:
    endpoint = CommandEndpoint(shlex.join([sys.executable, "-c", code, *arguments]), seconds=seconds)
    endpoint.open()
    return asyncio.run(endpoint.ask(request or Request(PROMPT)))


def test_the_prompt_is_its_input() -> None:
    reply = run("import sys; print('got', sys.stdin.read())")
    assert (reply.text, reply.finish) == (f"got {PROMPT}", Finish.STOP)
    assert (reply.input_tokens, reply.cost) == (None, None)


def test_the_prompt_is_an_argument_where_the_line_says_so_and_no_shell_sees_it() -> None:
    reply = run("import sys; print(sys.argv[1:], sys.stdin.read())", "--ask={prompt}")
    assert reply.text == str([f"--ask={PROMPT}"])


def test_files_it_wrote_are_part_of_the_answer_under_their_names() -> None:
    code = """
import os, pathlib
pathlib.Path("app").mkdir()
pathlib.Path("app/database.py").write_text("FENCE = '''\\n```\\n'''\\n")
pathlib.Path("notes.bin").write_bytes(b"\\xff\\xfe")
pathlib.Path("large.py").write_text("x" * 300_000)
pathlib.Path(".hidden.py").write_text("hidden = 1")
for other in (".git", "node_modules", "__pycache__", "venv"):
    pathlib.Path(other).mkdir()
    pathlib.Path(other, "theirs.py").write_text("theirs = 1")
os.symlink("/etc/passwd", "passwd.py")
print("Done.")
"""
    reply = run(code, request=Request(PROMPT, skill=load_skill(find_skill("relational-db-agent"))))
    assert reply.text.startswith("Done.")
    [file] = extract(reply.text).files
    assert (file.path, file.source.strip()) == ("app/database.py", "FENCE = '''\n```\n'''".strip())
    assert "root:" not in reply.text


def test_code_goes_before_the_other_files_it_wrote() -> None:
    code = f"""
import pathlib
for number in range({MAX_FILES}):
    pathlib.Path(f"asset{{number}}.txt").write_text("x")
pathlib.Path("main.py").write_text("x = 1")
"""
    reply = run(code)
    assert "x = 1" in reply.text
    assert (reply.text.count("title="), reply.finish) == (MAX_FILES, Finish.STOP)


@pytest.mark.parametrize(("count", "size"), [(MAX_FILES + 1, 1), (1, MAX_FILE + 1)])
def test_code_that_is_left_out_is_told(count: int, size: int) -> None:
    reply = run(f"for number in range({count}): open(f'a{{number}}.py', 'w').write('#' * {size})")
    assert reply.finish is Finish.LENGTH


def test_the_skill_is_where_agents_look_and_the_workspace_is_gone_afterwards() -> None:
    skill = load_skill(find_skill("relational-db-agent"))
    code = "import os, glob; print(os.getcwd()); print(sorted(glob.glob('.*/skills/*/SKILL.md')))"
    place, found = run(code, request=Request(PROMPT, skill=skill)).text.splitlines()
    assert found == str([f"{each}/skills/relational-db-agent/SKILL.md" for each in (".agents", ".claude")])
    assert not Path(place).exists()
    assert run(code).text.splitlines()[1] == "[]"


def test_what_it_prints_has_a_limit() -> None:
    reply = run(f"import sys; sys.stdout.write('x' * {3 * MAX_OUTPUT}); sys.stderr.write('y' * {3 * MAX_OUTPUT})")
    assert (len(reply.text), reply.finish) == (MAX_OUTPUT, Finish.LENGTH)


def test_when_its_time_is_up_the_whole_group_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = f"""
import pathlib, subprocess, time
pathlib.Path({str(told)!r}).write_text(str(subprocess.Popen(["sleep", "600"]).pid))
time.sleep(600)
"""
    began = time.monotonic()
    with pytest.raises(AskError, match=r"did not end within 3 s") as caught:
        run(code, seconds=3)
    assert time.monotonic() - began < 60
    assert (caught.value.trouble, caught.value.paid) == (Trouble.REFUSED, True)
    assert gone(int(told.read_text()))


@pytest.mark.parametrize("options", ["stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL", ""])
def test_what_it_leaves_running_is_killed_too_and_not_waited_for(options: str) -> None:
    """A server that an agent started and forgot holds its output open."""
    code = f"import subprocess; print(subprocess.Popen(['sleep', '600'], {options}).pid)"
    assert gone(int(run(code).text))


def test_what_left_its_group_is_not_waited_for() -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"
    reply = run(code)
    os.kill(int(reply.text), signal.SIGKILL)
    assert reply.seconds < 20


def test_what_is_just_being_started_when_nobody_wants_it_any_more_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = asyncio.create_subprocess_exec

    async def slowly(*words: str, **options: Any) -> asyncio.subprocess.Process:
        process = await start(*words, **options)
        (tmp_path / "pid").write_text(str(process.pid))
        await asyncio.sleep(0.5)
        return process

    async def cancelled() -> None:
        asking = asyncio.create_task(CommandEndpoint("sleep 600").ask(Request(PROMPT)))
        while not (tmp_path / "pid").exists():
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    monkeypatch.setattr(asyncio, "create_subprocess_exec", slowly)
    asyncio.run(cancelled())
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_status_that_says_failed_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_API_KEY", "0123456789abcdef")
    code = "import os, sys; sys.exit('no credit for ' + os.environ['AGENT_API_KEY'])"
    with pytest.raises(AskError, match=r"ended with status 1: no credit for \*\*\*$"):
        run(code)


def test_the_reason_is_at_the_end_of_what_it_says() -> None:
    code = "import sys; print('thinking ' * 1000, file=sys.stderr); sys.exit('no credit')"
    with pytest.raises(AskError, match=r"ended with status 1: \.\.\..* thinking no credit$") as caught:
        run(code)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("line", "says"),
    [("", "is empty"), ("claude 'x", "No closing quotation"), ("no-such-agent-anywhere -p", "there is no program")],
)
def test_a_line_that_cannot_be_run(line: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        CommandEndpoint(line).open()

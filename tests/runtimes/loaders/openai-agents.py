"""OpenAI's Agents SDK: the skill is listed, put into the workspace of a sandbox session, and read there."""

import asyncio
import json
import sys
from pathlib import Path

from agents.sandbox.capabilities.skills import LocalDirLazySkillSource
from agents.sandbox.entries import LocalDir
from agents.sandbox.sandboxes.unix_local import UnixLocalSandboxClient

SKILLS = ".agents"


async def main() -> None:
    """Print the one skill."""
    source = LocalDirLazySkillSource(source=LocalDir(src=Path(sys.argv[1])))
    [found] = [each for each in source.list_skill_metadata(skills_path=SKILLS) if each.name == sys.argv[2]]
    client = UnixLocalSandboxClient()
    async with await client.create() as session:
        loaded = await source.load_skill(skill_name=found.name, session=session, skills_path=SKILLS)
        text = (await session.read(Path(loaded["path"]) / "SKILL.md")).read()
    body = text.decode() if isinstance(text, bytes) else text
    print(json.dumps({"name": found.name, "description": found.description, "body": body}))


asyncio.run(main())

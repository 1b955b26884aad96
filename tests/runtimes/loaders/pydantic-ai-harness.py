"""Pydantic AI: the catalog of its harness tells what it passed over, and why."""

import asyncio
import json
import sys
from pathlib import Path

from pydantic_ai.workspaces.local import LocalWorkspaceBackend
from pydantic_ai_harness.skills import Skills


async def main() -> None:
    """Print the one skill."""
    root = Path(sys.argv[1])
    catalog = await Skills(root.name).load(LocalWorkspaceBackend(root.parent))
    if catalog.skipped:
        sys.exit(str(catalog.skipped))
    [found] = [each for each in catalog.skills if each.name == sys.argv[2]]
    print(json.dumps({"name": found.name, "description": found.description, "body": found.render()}))


asyncio.run(main())

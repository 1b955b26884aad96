"""Microsoft's Agent Framework: it lists what it accepts and is silent about the rest."""

import asyncio
import json
import sys

from agent_framework import FileSkillsSource, SkillsSourceContext


async def main() -> None:
    """Print the one skill."""
    listed = await FileSkillsSource(sys.argv[1]).get_skills(SkillsSourceContext(agent=None))
    [found] = [each for each in listed if each.frontmatter.name == sys.argv[2]]
    body = await found.get_content()
    print(json.dumps({"name": found.frontmatter.name, "description": found.frontmatter.description, "body": body}))


asyncio.run(main())

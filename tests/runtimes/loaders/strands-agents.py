"""Strands Agents: the skill, strictly, and the plugin that offers it."""

import json
import sys
from pathlib import Path

from strands.vended_plugins.skills import AgentSkills, Skill

folder = Path(sys.argv[1]) / sys.argv[2]
found = Skill.from_file(folder, strict=True)
AgentSkills(skills=[str(folder)])
print(json.dumps({"name": found.name, "description": found.description, "body": found.instructions}))

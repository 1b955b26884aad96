"""Google's Agent Development Kit: the skill, and a toolset made of it."""

import json
import sys
from pathlib import Path

from google.adk.skills import load_skill_from_dir
from google.adk.tools.skill_toolset import SkillToolset

found = load_skill_from_dir(Path(sys.argv[1]) / sys.argv[2])
SkillToolset(skills=[found])
references = {f"references/{name}": text for name, text in found.resources.references.items()}
print(
    json.dumps(
        {
            "name": found.name,
            "description": found.description,
            "body": found.instructions,
            "references": references,
        }
    )
)

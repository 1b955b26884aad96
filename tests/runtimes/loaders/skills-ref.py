"""The official reference implementation: its validator, and its parser for the body."""

import json
import sys
from pathlib import Path

from skills_ref import read_properties, validate
from skills_ref.parser import parse_frontmatter

folder = Path(sys.argv[1]) / sys.argv[2]
if problems := validate(folder):
    sys.exit("; ".join(problems))
found = read_properties(folder)
_, body = parse_frontmatter((folder / "SKILL.md").read_text(encoding="utf-8"))
print(json.dumps({"name": found.name, "description": found.description, "body": body}))

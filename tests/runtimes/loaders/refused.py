"""What the official validator says about each folder below one, as JSON: ``{name: [problem, ...]}``."""

import json
import sys
from pathlib import Path

from skills_ref import validate

print(json.dumps({parent.name: validate(parent / "my-skill") for parent in Path(sys.argv[1]).iterdir()}))

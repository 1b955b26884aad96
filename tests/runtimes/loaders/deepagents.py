"""Deep Agents: the middleware lists the skill, the backend reads it as the model would."""

import json
import sys

from deepagents.backends.filesystem import FilesystemBackend
from deepagents.middleware.skills import SkillsMiddleware

backend = FilesystemBackend(root_dir=sys.argv[1], virtual_mode=True)
listed = SkillsMiddleware(backend=backend, sources=["/"]).before_agent({}, None, {})["skills_metadata"]
[found] = [each for each in listed if each["name"] == sys.argv[2]]
[read] = backend.download_files([found["path"]])
print(json.dumps({"name": found["name"], "description": found["description"], "body": read.content.decode()}))

"""Skill folders: what agents load. Read as leniently as runtimes do, judged as strictly as any of them."""

from __future__ import annotations

from harness.skills.places import find_skill
from harness.skills.skill import Skill, SkillHeader, load_skill
from harness.skills.tokens import estimated_tokens

__all__ = ["Skill", "SkillHeader", "estimated_tokens", "find_skill", "load_skill"]

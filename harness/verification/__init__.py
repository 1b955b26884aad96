"""Whether a skill tells the truth: its code is read and run, and its wrong examples have to show their fault."""

from harness.verification.results import Result, Verification
from harness.verification.run import verify

__all__ = ["Result", "Verification", "verify"]

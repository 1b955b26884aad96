"""``harness skill``: what agents load, one module a command."""

"""How fast answers are run, against other ways to run them. Nothing of the harness depends on it."""

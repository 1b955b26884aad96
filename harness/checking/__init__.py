"""The criteria that reading decides, for any source tree: which files, what was found, what was said about it."""

"""The parser of the commands."""

import sys
from argparse import ArgumentParser
from typing import NoReturn


class Parser(ArgumentParser):
    """A parser that reports an error in one sentence, with exit code 1."""

    def error(self, message: str) -> NoReturn:
        """Exit with the message."""
        sys.exit(f'{message}. See --help.')

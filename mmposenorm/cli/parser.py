"""How the commands begin and end: their parser, and what a user's mistake says."""

from mmposenorm.stopping import stop

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from mmposenorm.atomic_files import stop_on_sigterm


class Parser(ArgumentParser):
    """A parser that reports an error in one sentence, with exit code 1."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        """Exit with the message."""
        sys.exit(f'{message}. See --help.')


def parse_pair(parser: Parser, arguments: list[str] | None) -> Namespace:
    """Read the command line of a command that compares two clips."""
    args = parser.parse_args(arguments)
    if len(args.clips) not in (0, 2):
        parser.error(f'expected two clips or none, but got {len(args.clips)}')
    return args


@contextmanager
def ending_in_a_sentence() -> Iterator[None]:
    """End the program with one sentence if a user made a mistake or stopped it."""
    stop_on_sigterm()
    try:
        yield
    except (ImportError, OSError, ValueError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        stop('Stopped. Nothing was written.')

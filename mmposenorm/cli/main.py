"""The command ``mmposenorm``: compare human motion in videos."""

import sys
from argparse import RawDescriptionHelpFormatter
from importlib import import_module

import mmposenorm
from mmposenorm.cli.parser import Parser

_COMMANDS = {
    'align': 'align two videos of the same action and show where they differ',
    'extract': 'detect the 2D poses in all videos of a folder',
    'doctor': 'show what is installed, what is missing and how to get it',
}


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a user's mistake ends in one sentence.

    Args:
        arguments: The command and its arguments; those of the command line if not
            given.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in _COMMANDS:
        command = arguments[0]
        module = import_module(f'mmposenorm.cli.{command}')  # only what is needed
        module.main(arguments[1:], f'mmposenorm {command}')
    else:
        _parser().parse_args(arguments)


def _parser() -> Parser:
    """Build the parser of help, version and mistyped commands."""
    listed = '\n'.join(f'  {name:9}{does}' for name, does in _COMMANDS.items())
    parser = Parser(
        prog='mmposenorm',
        description='Compare human motion in videos.',
        epilog=f'commands:\n{listed}\n\nmmposenorm COMMAND --help says more.',
        formatter_class=RawDescriptionHelpFormatter,
        usage='mmposenorm COMMAND ...',
    )
    version = f'mmposenorm {mmposenorm.__version__}'
    parser.add_argument('--version', action='version', version=version)
    parser.add_argument(
        'command', choices=_COMMANDS, metavar='COMMAND', help='see below'
    )
    return parser

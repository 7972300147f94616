"""The command ``mmposenorm``: compare human motion in videos."""
# PYTHON_ARGCOMPLETE_OK

import mmposenorm.stopping

import os
import sys
from importlib import import_module

import mmposenorm
from mmposenorm.cli.parser import Parser

_COMMANDS = {
    'align': 'align two videos of the same action and show where they differ',
    'report': 'compare two videos and write the report alone',
    'repetitions': 'find the repetitions in a video, and which of them stand out',
    'live': 'follow somebody who moves now through a reference',
    'index': 'put the people in a folder of videos into a library',
    'search': 'find where a pose or a movement occurs in a library',
    'extract': 'detect the 2D poses in all videos of a folder',
    'doctor': 'show what is installed, what is missing and how to get it',
}


def main(arguments: list[str] | None = None) -> None:
    """Run a command; a user's mistake ends in one sentence.

    Args:
        arguments: The command and its arguments; those of the command line if not
            given.
    """
    if '_ARGCOMPLETE' in os.environ:
        _complete()
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in _COMMANDS:
        command = arguments[0]
        module = import_module(f'mmposenorm.cli.{command}')  # only what is needed
        module.main(arguments[1:], f'mmposenorm {command}')
    else:
        _parser().parse_args(arguments)


def _complete() -> None:
    """Answer the shell, which asks what may be typed next, and end the program."""
    try:
        import argcomplete
    except ImportError:
        sys.exit(1)
    parser = Parser()
    commands = parser.add_subparsers()
    for name in _COMMANDS:
        own = import_module(f'mmposenorm.cli.{name}').build_parser(None)
        commands.add_parser(name, parents=[own], add_help=False)
    argcomplete.autocomplete(parser)


def _parser() -> Parser:
    """Build the parser of help, version and mistyped commands."""
    listed = '\n'.join(f'  {name:13}{does}' for name, does in _COMMANDS.items())
    parser = Parser(
        prog='mmposenorm',
        description='Compare human motion in videos.',
        epilog=f'commands:\n{listed}\n\nmmposenorm COMMAND --help says more.',
        usage='mmposenorm COMMAND ...',
    )
    version = f'mmposenorm {mmposenorm.__version__}'
    parser.add_argument('--version', action='version', version=version)
    parser.add_argument(
        'command', choices=_COMMANDS, metavar='COMMAND', help='see below'
    )
    return parser

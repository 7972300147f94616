"""Ctrl-C ends every program in one line, whatever it is doing."""

from mmposenorm.stopping import stop

import ast
import os
import signal
import subprocess
import sys

import pytest

INTERRUPTED = """
import mmposenorm.stopping
import os, signal
# A shell starts what runs in the background with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.kill(os.getpid(), signal.SIGINT)
import mmposenorm.inference
"""


def test_ctrl_c_while_importing_is_one_line():
    ended = subprocess.run(
        [sys.executable, '-c', INTERRUPTED], capture_output=True, text=True, check=False
    )
    assert ended.stderr == 'Stopped.\n'
    assert ended.returncode == -signal.SIGINT  # 130 in shells


@pytest.mark.parametrize('chosen', [None, 'active'])
def test_threads_of_programs_do_not_spin_unless_asked_to(chosen):
    program = "import mmposenorm.stopping, os; print(os.environ['OMP_WAIT_POLICY'])"
    others = {k: v for k, v in os.environ.items() if k != 'OMP_WAIT_POLICY'}
    environment = others if chosen is None else others | {'OMP_WAIT_POLICY': chosen}
    ended = subprocess.run(
        [sys.executable, '-c', program],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert ended.stdout == f'{chosen or "passive"}\n'


def test_other_errors_keep_their_traceback():
    program = 'import mmposenorm.stopping; 1 / 0'
    ended = subprocess.run(
        [sys.executable, '-c', program], capture_output=True, text=True, check=False
    )
    assert ended.stderr.startswith('Traceback')
    assert ended.stderr.endswith('ZeroDivisionError: division by zero\n')


def test_a_stopped_program_says_so_and_has_the_exit_code_of_ctrl_c(capsys):
    with pytest.raises(SystemExit, match='130'):
        stop('Stopped after 3 of 4.')
    assert capsys.readouterr().err == 'Stopped after 3 of 4.\n'


def test_every_program_listens_before_it_imports_anything_else(repository):
    folders = (repository / name for name in ('tools', 'demo'))
    programs = [
        p for f in folders for p in f.rglob('*.py') if '__main__' in p.read_text()
    ]
    programs.append(repository / 'mmposenorm' / 'cli' / 'main.py')
    assert len(programs) > 20
    for program in programs:
        imports = (
            node
            for node in ast.parse(program.read_text()).body
            if isinstance(node, ast.Import | ast.ImportFrom)
        )
        assert ast.unparse(next(imports)) == 'import mmposenorm.stopping', program

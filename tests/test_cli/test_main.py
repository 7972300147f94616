"""The command ``mmposenorm``, and the scripts that are the same programs."""

import os
import subprocess
import sys

import pytest

import mmposenorm
from mmposenorm.cli import align, doctor, extract, repetitions, report
from mmposenorm.cli.main import main

COMMANDS = [align, report, repetitions, extract, doctor]
NAMES = [module.__name__.rpartition('.')[2] for module in COMMANDS]


@pytest.mark.parametrize('module', COMMANDS)
def test_a_command_gets_its_arguments_and_name(module, monkeypatch):
    given = []
    monkeypatch.setattr(module, 'main', lambda *arguments: given.extend(arguments))
    name = module.__name__.rpartition('.')[2]
    main([name, 'a.mp4', '--help'])
    assert given == [['a.mp4', '--help'], f'mmposenorm {name}']


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        ([], 'required: COMMAND. See --help.'),
        (['compare'], "invalid choice: 'compare'.*align"),
    ],
)
def test_what_is_no_command_ends_in_a_sentence(arguments, said):
    with pytest.raises(SystemExit, match=said) as stop:
        main(arguments)
    assert isinstance(stop.value.code, str)  # printed, and exit code 1


def test_help_lists_the_commands(capsys):
    with pytest.raises(SystemExit) as stop:
        main(['--help'])
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(f'\n  {name} ' in said for name in NAMES)


def test_version_is_told(capsys):
    with pytest.raises(SystemExit):
        main(['--version'])
    assert capsys.readouterr().out == f'mmposenorm {mmposenorm.__version__}\n'


def test_help_of_every_command_loads_nothing_heavy():
    program = f"""
import sys
from mmposenorm.cli.main import main
for command in {NAMES}:
    try:
        main([command, '--help'])
    except SystemExit as stop:
        assert stop.code == 0
print({{'torch', 'numpy', 'cv2', 'mmengine'}} & set(sys.modules))
"""
    command = [sys.executable, '-c', program]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert all(f'usage: mmposenorm {name}' in said for name in NAMES)
    assert said.endswith('set()\n')


@pytest.mark.parametrize(
    ('typed', 'offered'),
    [
        ('mmposenorm rep', {'repetitions', 'report'}),
        ('mmposenorm align --fps', {'--fps-a', '--fps-b'}),
        ('mmposenorm report --mode ', {'auto', 'dtw', 'nn', 'subsequence'}),
        ('mmposenorm repetitions --ref', {'--reference'}),
    ],
)
def test_shells_complete_commands_options_and_values(tmp_path, typed, offered):
    pytest.importorskip('argcomplete')
    asked = {'_ARGCOMPLETE': '1', 'COMP_LINE': typed, 'COMP_POINT': str(len(typed))}
    asked |= {'_ARGCOMPLETE_STDOUT_FILENAME': str(tmp_path / 'offered')}
    program = 'from mmposenorm.cli.main import main; main([])'
    subprocess.run([sys.executable, '-c', program], env=os.environ | asked, check=True)
    found = (tmp_path / 'offered').read_text().split('\v')
    assert {word.strip() for word in found} == offered


@pytest.mark.parametrize(
    ('script', 'option'),
    [
        ('demo/align_videos.py', '--closed-ends'),
        ('tools/extract_keypoints.py', '--det'),
    ],
)
def test_scripts_are_the_same_programs(repository, script, option):
    command = [sys.executable, str(repository / script), '--help']
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f'usage: {script.rpartition("/")[2]}' in said
    assert option in said


def test_the_command_is_installed_with_the_package(installed_wheel):
    (scripts,) = installed_wheel.glob('*.dist-info/entry_points.txt')
    assert 'mmposenorm = mmposenorm.cli.main:main' in scripts.read_text()

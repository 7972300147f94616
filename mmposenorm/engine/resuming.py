"""Checkpoints that a kill cannot spoil, and which of them to resume from."""

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from mmengine.fileio import LocalBackend, register_backend

from mmposenorm.atomic_files import atomic_file


class AtomicBackend(LocalBackend):
    """MMEngine's files on local disks, each complete or not there at all."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file; see :func:`mmposenorm.atomic_files.atomic_path`."""
        with atomic_file(filepath, durable=True) as file:
            file.write(obj)


def write_checkpoints_atomically() -> None:
    """Let MMEngine write its checkpoints to local disks by :class:`AtomicBackend`."""
    register_backend('local', AtomicBackend, force=True, prefixes='')


def find_checkpoint(work_dir: str | Path) -> Path | None:
    """Find the checkpoint from which a training is to be resumed.

    Args:
        work_dir: Work folder of the training.

    Returns:
        What ``last_checkpoint`` names or, if that is not there or damaged, the newest
        ``iter_*.pth`` or ``epoch_*.pth`` that is intact; None if there is none.
    """
    work_dir = Path(work_dir)
    named = []
    note = work_dir / 'last_checkpoint'
    if note.is_file():
        last = Path(note.read_text(errors='replace').strip('\0 \n'))
        named = [last, work_dir / last.name]
    numbered = [*work_dir.glob('iter_*.pth'), *work_dir.glob('epoch_*.pth')]
    numbered.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    return next(filter(_is_intact, [*named, *numbered]), None)


def _is_intact(checkpoint: Path) -> bool:
    try:
        with ZipFile(checkpoint) as archive:
            return archive.testzip() is None
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError):
        return False

"""From the clips of a command line to one person in each."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from mmposenorm.cli.options import detector_arguments
from mmposenorm.keypoints import (
    Detector,
    People,
    PersonTrack,
    Video,
    build_detector,
    check_person,
    extract_person,
    is_keypoint_path,
    open_clip,
)


def open_clips(
    paths: Sequence[Path], who: Sequence[str], args: Namespace
) -> list[Video | People]:
    """Open the clips and check the options on persons before a model is loaded.

    Args:
        paths: Of each clip; those that are equal are opened once.
        who: Which person to follow in each.
        args: The options.

    Returns:
        The clips.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a clip cannot be read, or an option does not fit.
    """
    for person in who:
        check_person(person)
    if (args.layout or args.size) and not any(map(is_keypoint_path, paths)):
        which = 'both clips are videos' if len(paths) > 1 else 'the clip is a video'
        raise ValueError(
            f'--layout and --size are for keypoint files, but {which}. Leave them out.'
        )
    opened: dict[Path, Video | People] = {}
    for path in paths:
        if path.resolve() not in opened:
            opened[path.resolve()] = open_clip(path, args.layout)
    return [opened[path.resolve()] for path in paths]


def find_people(
    clips: Sequence[Video | People], suffixes: Sequence[str], args: Namespace
) -> list[PersonTrack]:
    """Follow one person in each clip and print which one.

    Args:
        clips: The clips.
        suffixes: Of each clip, what the names of its options end in, such as ``'_a'``.
        args: The options.

    Returns:
        The people.
    """
    detector: Detector | str = 'auto'
    if any(isinstance(clip, Video) for clip in clips):
        detector = build_detector(*detector_arguments(args))
    people = []
    for clip, suffix in zip(clips, suffixes, strict=True):
        who, fps, speed = (
            getattr(args, f'{option}{suffix}') for option in ('person', 'fps', 'speed')
        )
        person = extract_person(
            clip, detector, who, fps=fps, size=args.size, speed=speed
        )
        people.append(person)
        print(person.describe())
    return people

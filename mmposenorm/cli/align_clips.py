"""What ``mmposenorm align`` does."""

from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path

from mmposenorm.atomic_files import atomic_folder
from mmposenorm.comparison import Comparison, compare
from mmposenorm.comparison.files import ComparedClip, write_comparison
from mmposenorm.export import write_clip
from mmposenorm.inference import PoseNormInferencer
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
    warn_if_same,
)
from mmposenorm.sample_clips import sample_clips
from mmposenorm.skeletons import Skeleton


def align(args: Namespace) -> None:
    """Align the clips, write the files and print what was found."""
    args.export = without_missing(args.export)
    with atomic_folder(args.out_dir) as folder:
        paths = args.clips or sample_clips()
        clips = open_clips(paths, args)
        inferencer = PoseNormInferencer(
            args.config, args.checkpoint, args.device, trust=args.trust_checkpoint
        )
        people = find_people(clips, args)
        if paths[0].resolve() == paths[1].resolve():
            warn_if_same(*people)
        comparison = compare(
            *people,
            features=args.features,
            mode=args.mode,
            open_ends=not args.closed_ends,
            mirror=args.mirror,
            repetitions=args.repetitions,
            camera_pitch=args.camera_pitch,
            low_memory=args.low_memory,
            inferencer=inferencer,
        )
        if args.export:
            export_motion(folder, comparison, inferencer.skeleton, args)
        clip_a, clip_b = map(ComparedClip, paths, people)
        files = write_comparison(
            folder, clip_a, clip_b, comparison, vars(args), not args.identity_root
        )
    print(comparison)
    print(f'Wrote {", ".join(files)} to {args.out_dir}.')
    print(f'To look at it, open {args.out_dir / "report.html"} in a browser.')


def export_motion(
    folder: Path, comparison: Comparison, skeleton: Skeleton, args: Namespace
) -> None:
    """Write the motion of both clips."""
    clips = {'clip_a': comparison.clip_a, 'clip_b': comparison.clip_b}
    for name, clip in clips.items():
        write_clip(folder, name, clip, skeleton, args.export, args.export_root)


def without_missing(formats: list[str]) -> list[str]:
    """Leave out C3D if it cannot be written, and say so."""
    if 'c3d' not in formats or find_spec('ezc3d'):
        return formats
    print(
        'No C3D files are written, because ezc3d is not installed. Install it with '
        '`pip install ezc3d`.'
    )
    return [name for name in formats if name != 'c3d']


def open_clips(paths: list[Path], args: Namespace) -> list[Video | People]:
    """Open the clips and check the options on persons before a model is loaded."""
    for who in (args.person_a, args.person_b):
        check_person(who)
    if (args.layout or args.size) and not any(map(is_keypoint_path, paths)):
        raise ValueError(
            '--layout and --size are for keypoint files, but both clips are videos. '
            'Leave them out.'
        )
    if paths[0].resolve() == paths[1].resolve():
        return [open_clip(paths[0], args.layout)] * 2
    return [open_clip(path, args.layout) for path in paths]


def find_people(clips: list[Video | People], args: Namespace) -> list[PersonTrack]:
    """Follow one person in each clip and print which one."""
    detector: Detector | str = 'auto'
    if any(isinstance(clip, Video) for clip in clips):
        detector = build_detector(
            args.pose2d, args.pose2d_weights, args.det, args.det_weights, args.device
        )
    people = []
    of_clips = (
        (args.person_a, args.fps_a, args.speed_a),
        (args.person_b, args.fps_b, args.speed_b),
    )
    for clip, (who, fps, speed) in zip(clips, of_clips, strict=True):
        person = extract_person(
            clip, detector, who, fps=fps, size=args.size, speed=speed
        )
        people.append(person)
        print(person.describe())
    return people

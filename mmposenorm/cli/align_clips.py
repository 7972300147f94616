"""What ``mmposenorm align`` and ``mmposenorm report`` do."""

import webbrowser
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path

from mmposenorm.atomic_files import atomic_folder
from mmposenorm.cli.people import find_people, open_clips
from mmposenorm.comparison import Comparison, compare
from mmposenorm.comparison.clip_pictures import warn_if_other
from mmposenorm.comparison.files import (
    ClipPair,
    ComparedClip,
    show_clips,
    write_comparison,
    write_page_of,
)
from mmposenorm.export import write_clip
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import Video, is_keypoint_path, warn_if_same
from mmposenorm.sample_clips import sample_clips
from mmposenorm.skeletons import Skeleton


def align(args: Namespace) -> None:
    """Align the clips, write the files and print what was found."""
    args.export = without_missing(args.export)
    with atomic_folder(args.out_dir) as folder:
        clips, comparison, skeleton = compare_clips(args)
        if args.export:
            export_motion(folder, comparison, skeleton, args)
        files = write_comparison(
            folder, clips, comparison, vars(args), not args.identity_root
        )
    print(comparison)
    print(f'Wrote {", ".join(files)} to {args.out_dir}.')
    present(args.out_dir / 'report.html', args.show)


def report(args: Namespace) -> None:
    """Compare the clips, write the page alone and print what was found."""
    with atomic_folder(args.out.parent) as folder:
        clips, comparison, _ = compare_clips(args)
        shown = show_clips(clips, comparison, not args.identity_root)
        write_page_of(folder / args.out.name, clips, comparison, shown, vars(args))
    print(comparison)
    print(f'Wrote {args.out}.')
    present(args.out, args.show)


def compare_clips(args: Namespace) -> tuple[ClipPair, Comparison, Skeleton]:
    """Find one person in each clip and compare them.

    Returns:
        The clips, the comparison, and the skeleton of the model.
    """
    paths = args.clips or sample_clips()
    clips = open_clips(paths, [args.person_a, args.person_b], args)
    videos = args.video_a, args.video_b
    pictures = [find_pictures(*pair) for pair in zip(paths, videos, strict=True)]
    inferencer = PoseNormInferencer(
        args.config, args.checkpoint, args.device, trust=args.trust_checkpoint
    )
    people = find_people(clips, ['_a', '_b'], args)
    clip_a, clip_b = map(ComparedClip, paths, people, pictures)
    check_pictures(clip_a)
    check_pictures(clip_b)
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
    return (clip_a, clip_b), comparison, inferencer.skeleton


def find_pictures(path: Path, video: Path | None) -> Path | None:
    """Find the video whose pictures are shown of a clip, if there is one.

    Args:
        path: The clip.
        video: What ``--video-a`` or ``--video-b`` names.

    Raises:
        FileNotFoundError: If there is no such video.
        ValueError: If the clip is a video itself, or the video is none.
    """
    if is_keypoint_path(path):
        return None if video is None else Video(video).path
    if video is not None:
        raise ValueError(
            f'{path} is a video itself, whose pictures are shown. Leave out {video} '
            '(--video-a, --video-b), which is for files of keypoints.'
        )
    return path


def check_pictures(clip: ComparedClip) -> None:
    """Check that a video can be that in which a file's keypoints were found."""
    if clip.video is None or clip.video == clip.path:
        return
    video, person = Video(clip.video), clip.person
    if person.image_size not in (None, video.image_size):
        raise ValueError(
            f'{clip.video} has pictures of {video.image_size} pixels, but the '
            f'keypoints of {clip.path} were found in pictures of {person.image_size}. '
            'Give the video in which they were found.'
        )
    warn_if_other(video, person.first_frame + len(person.keypoints))


def present(page: Path, show: bool) -> None:
    """Say where the page is, or open it."""
    if show and webbrowser.open(page.resolve().as_uri()):
        print(f'Opened {page} in a browser.')
        return
    if show:
        print('No browser was found.')
    print(f'To look at it, open {page} in a browser.')


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

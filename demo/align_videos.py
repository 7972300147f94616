"""Align two videos of the same action and show where they differ.

Prints whether the clips show the same action and what differs. Writes to --out-dir:
report.html (a page with all of it, to play and to turn, for any browser), aligned.mp4
(both side by side, B played in step with A), keyframes.png (key poses of A above their
matches in B), alignment.png (frame distances, path and angles), alignment.csv (which
frames match, and the joint angles of both), differences.csv and result.json (the
complete result). Left limbs are blue, right limbs vermilion; limbs that differ have a
bright rim. Without A and B, two views of a sample clip are aligned.
"""

import sys
from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from mmposenorm.atomic_files import atomic_folder, stop_on_sigterm
from mmposenorm.comparison import Comparison, compare
from mmposenorm.comparison.files import ComparedClip, write_comparison
from mmposenorm.export import FORMATS, write_clip
from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import (
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

EXAMPLES = """examples:
  python demo/align_videos.py
  python demo/align_videos.py mine.mp4 theirs.mp4 --out-dir compared
  python demo/align_videos.py short.mp4 long.mp4 --mode subsequence --person-b 2
  python demo/align_videos.py a.mp4 b.mp4 --export bvh,trc
  python demo/align_videos.py a.mp4 b.mp4 --pose2d rtmpose-m --det rtmdet-m
"""


class Parser(ArgumentParser):
    """A parser that reports an error in one sentence, with exit code 1."""

    def error(self, message: str) -> NoReturn:
        """Exit with the message."""
        sys.exit(f'{message}. See --help.')


def parse_arguments() -> Namespace:
    """Read the command line."""
    parser = Parser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'clips',
        nargs='*',
        type=Path,
        metavar='A B',
        help='two videos, or two files or folders of 2D keypoints',
    )
    parser.add_argument(
        '--out-dir',
        type=Path,
        default=Path('outputs'),
        help='folder for the files; default: outputs',
    )
    for letter in 'ab':
        parser.add_argument(
            f'--person-{letter}',
            default='largest',
            metavar='WHO',
            help=f'which person to follow in {letter.upper()}: largest (default), '
            'longest (most frames), a number, or the point x,y in pixels where the '
            'person first appears',
        )
        parser.add_argument(
            f'--fps-{letter}',
            type=float,
            metavar='FPS',
            help=f'frames a second of {letter.upper()}, if its file does not tell',
        )
        parser.add_argument(
            f'--speed-{letter}',
            type=float,
            default=1.0,
            metavar='SPEED',
            help=f'speed at which {letter.upper()} plays: 0.125 for eightfold slow '
            'motion; aligned.mp4 plays as fast as A, slow motion or not',
        )
    parser.add_argument(
        '--layout',
        help='layout of keypoint files that do not name it: coco, h36m, ...',
    )
    parser.add_argument(
        '--size',
        type=image_size,
        metavar='WxH',
        help='size of the image in pixels, for keypoint files with coordinates '
        'between 0 and 1',
    )
    parser.add_argument(
        '--features',
        choices=('normalized', 'features'),
        help='what frames are compared by: pose features (default, if the checkpoint '
        'has them) or normalized poses',
    )
    parser.add_argument(
        '--mode',
        choices=('auto', 'dtw', 'nn', 'subsequence'),
        default='auto',
        help='dtw: align in order of time; subsequence: find all of A somewhere in B; '
        'nn: nearest frame, in any order; auto (default): dtw or, if one clip shows a '
        'movement once and the other repeatedly, each repetition by itself',
    )
    parser.add_argument(
        '--closed-ends',
        action='store_true',
        help='both clips begin and end at the same moment; only for dtw',
    )
    parser.add_argument(
        '--mirror',
        action='store_true',
        help='mirror clip A if it fits better so, e.g. to compare a left-hander with a '
        'right-hander',
    )
    parser.add_argument(
        '--repetitions',
        action='store_true',
        help='find the repetitions of a movement in both clips and compare each of B '
        'with one of A',
    )
    parser.add_argument(
        '--camera-pitch',
        type=float,
        metavar='DEGREES',
        help='by how much both cameras look down, if known: the lean of the trunk is '
        'then surer',
    )
    parser.add_argument(
        '--low-memory',
        action='store_true',
        help='do not keep the distances of all frames: slower, for very long videos',
    )
    parser.add_argument(
        '--export',
        type=export_formats,
        default=[],
        metavar='FORMATS',
        help='also write the motion of both clips, as clip_a.bvh, clip_b.bvh, ...: bvh '
        '(Blender), trc (OpenSim), c3d, or several with commas between them',
    )
    parser.add_argument(
        '--export-root',
        choices=('identity', 'estimated'),
        default='identity',
        help='of exported motion: identity (default): upright and facing you, as '
        'normalized poses are; estimated: with the heading and lean that the camera '
        'sees',
    )
    parser.add_argument(
        '--pose2d',
        default='auto',
        metavar='MODEL',
        help='2D pose estimator: mediapipe, rtmlib, or the alias or config of an '
        'mmpose model; default: an mmpose model if its weights are available, else '
        'mediapipe',
    )
    parser.add_argument(
        '--pose2d-weights', metavar='FILE', help='checkpoint of the mmpose model'
    )
    parser.add_argument(
        '--det', metavar='MODEL', help='person detector for an mmpose model'
    )
    parser.add_argument(
        '--det-weights', metavar='FILE', help='checkpoint of the detector'
    )
    parser.add_argument(
        '--config',
        type=Path,
        help='config of --checkpoint, if that was written during training',
    )
    parser.add_argument(
        '--checkpoint', type=Path, help='weights to use instead of the shipped ones'
    )
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load a checkpoint that was written during training, which can run code '
        'from the file: only for files that you or someone you trust wrote',
    )
    parser.add_argument(
        '--device', help='cpu, cuda:0, ...; default: a GPU if there is one, else cpu'
    )
    args = parser.parse_args()
    if len(args.clips) not in (0, 2):
        parser.error(f'expected two clips or none, but got {len(args.clips)}')
    return args


def image_size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080."""
    sides = text.lower().split('x')
    if len(sides) != 2 or not all(side.isdecimal() for side in sides):
        raise ArgumentTypeError(f'expected WxH, such as 1920x1080, but got {text}')
    return int(sides[0]), int(sides[1])


def export_formats(text: str) -> list[str]:
    """Read formats such as bvh,trc."""
    formats = list(dict.fromkeys(text.lower().split(',')))
    if not set(formats) <= set(FORMATS):
        raise ArgumentTypeError(
            f'expected formats out of {", ".join(FORMATS)}, with commas between them, '
            f'but got {text}'
        )
    return formats


def main() -> None:
    """Run the program; a user's mistake ends in one sentence."""
    args = parse_arguments()
    stop_on_sigterm()
    try:
        align(args)
    except (ImportError, OSError, ValueError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit('Stopped. Nothing was written.')


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
        compared = [ComparedClip(*clip) for clip in zip(paths, people, strict=True)]
        files = write_comparison(folder, *compared, comparison, vars(args))
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
    detector = 'auto'
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


if __name__ == '__main__':
    main()

"""Detect the 2D poses in all videos of a folder.

The keypoints of all people in a video go into one file, which the demo and the
inferencer accept in place of the video. Videos that have a file already are skipped.

Example:
    python tools/extract_keypoints.py videos --out-dir keypoints
"""

import argparse
import sys
from pathlib import Path

from mmposenorm.keypoints import Video, build_detector, detect_people, save_people

_SUFFIXES = {'.avi', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.webm', '.wmv'}


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('folder', type=Path, help='folder of videos')
    parser.add_argument(
        '--out-dir', type=Path, help='folder for the files (default: beside the videos)'
    )
    parser.add_argument(
        '--pose2d',
        default='auto',
        help='mediapipe, or a model of mmpose (alias, config name or config file); '
        'auto: mmpose if its weights are present or can be downloaded, else mediapipe',
    )
    parser.add_argument('--pose2d-weights', help="checkpoint of mmpose's model")
    parser.add_argument('--det', help='model of mmdet that detects people for mmpose')
    parser.add_argument('--det-weights', help='checkpoint of the model of mmdet')
    parser.add_argument('--device', help="device of mmpose's models, e.g. cuda:0")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Process the folder; exit with 1 if a video failed."""
    args = parse_args(arguments)
    todo = _videos_to_do(args.folder, args.out_dir or args.folder)
    if not todo:
        return
    try:
        detector = build_detector(
            args.pose2d, args.pose2d_weights, args.det, args.det_weights, args.device
        )
    except (ImportError, OSError, ValueError) as error:
        sys.exit(str(error))
    print(f'Finding 2D poses with {detector.name}.')
    failed = 0
    for video, out in todo:
        try:
            people = detect_people(Video(video), detector)
            save_people(out, people)
        except (OSError, ValueError) as error:
            failed += 1
            print(error, file=sys.stderr)
        except KeyboardInterrupt:
            sys.exit(f'Stopped at {video}. Run the command again to continue.')
        else:
            print(f'Wrote {out}. {people}.')
    if failed:
        sys.exit(f'{failed} of {len(todo)} videos failed.')


def _videos_to_do(folder: Path, out_dir: Path) -> list[tuple[Path, Path]]:
    """Pair each video that has no file of keypoints yet with its file."""
    if not folder.is_dir():
        sys.exit(f'{folder} is not a folder. Give a folder of videos.')
    videos = sorted(
        path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES
    )
    if not videos:
        sys.exit(
            f'{folder} contains no videos; expected {", ".join(sorted(_SUFFIXES))}.'
        )
    # With the video's suffix, so that walk.mp4 and walk.avi get two files.
    pairs = [(video, out_dir / f'{video.name}.npz') for video in videos]
    todo = [(video, out) for video, out in pairs if not out.exists()]
    print(f'Found {len(videos)} videos; {len(videos) - len(todo)} are already done.')
    return todo


if __name__ == '__main__':
    main()

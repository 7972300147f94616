"""The videos that a page holds.

A browser shows exactly the frame that is asked for if it is sent to the middle of the
time that the frame lasts. For this to be quick, every tenth frame is a key frame.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from mmposenorm.comparison.clip_pictures import BlankPictures, ShownClip
from mmposenorm.visualization.files import write_video

# Frames a second of the videos in the page, whatever those of the clips are.
FPS = 25
# Of both clips together: twice twenty seconds at 60 frames a second, and more.
_MOST_FRAMES = 3000
_MOST_BYTES = 15_000_000  # of both videos together; the page becomes a third larger
_TOO_LONG = 'The clips are too long for their pictures to be part of this page.'
_NO_FFMPEG = (
    'The pictures of the videos are missing, because imageio-ffmpeg, which encodes '
    'them, is not installed. Install it (pip install imageio-ffmpeg) and write the '
    'report again.'
)


def embedded_videos(
    clips: tuple[ShownClip, ShownClip],
) -> tuple[list[bytes | None], str | None]:
    """Encode the videos for a page.

    Args:
        clips: A and B.

    Returns:
        The MP4 files of A and of B, None for clips without pictures; and a sentence
        that says why there are none although there are pictures, or None.
    """
    if all(isinstance(clip.pictures, BlankPictures) for clip in clips):
        return [None, None], None
    count = sum(len(clip.poses) for clip in clips)
    if count > _MOST_FRAMES:
        return [None, None], _TOO_LONG
    if not _has_ffmpeg():
        return [None, None], _NO_FFMPEG
    rate = 8 * _MOST_BYTES * FPS // count
    return [_encode(clip, rate) for clip in clips], None


def _has_ffmpeg() -> bool:
    try:
        import imageio_ffmpeg

        return bool(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):  # the latter if it has none for this machine
        return False


def _encode(clip: ShownClip, rate: int) -> bytes | None:
    """Encode the pictures with at most so many bits a second."""
    if isinstance(clip.pictures, BlankPictures):
        return None
    options = ['-preset', 'veryfast', '-crf', '25', '-g', '10', '-bf', '0']
    options += ['-maxrate', str(rate), '-bufsize', str(rate), '-movflags', '+faststart']
    frames = (clip.pictures[frame] for frame in range(len(clip.poses)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / 'clip.mp4'
        write_video(path, frames, FPS, options)
        return path.read_bytes()

"""How large and how fast is a library of millions of moments?

The moments are made of real pose features: those of the test clips of motion capture,
each seen from two sides, and many copies of them, each changed by another smooth noise,
as other people would change it. Prints one line for each measure. What takes long is
kept in --folder, so that the program can be stopped and run again. Delete the folder
afterwards: it takes 3 GB for 10 million moments.
"""

import mmposenorm.stopping  # noqa: F401

import os
import sys
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from mmposenorm import PoseNormInferencer
from mmposenorm.engine.runtime import one_sentence_errors
from mmposenorm.keypoints import People, save_people
from mmposenorm.keypoints.people import frame_people
from mmposenorm.library import Entry, PoseLibrary
from mmposenorm.library.moment_index import MomentIndex, build_index
from mmposenorm.library.queries import Query
from mmposenorm.library.searching import search_movements, search_poses
from mmposenorm.library.shards import write_entries
from mmposenorm.library.store import Store

FRAMES_OF_NOISE = 8  # between independent values of the noise
LEAST_NOISE, MOST_NOISE = 0.1, 0.4  # mean length of the noise; features have length 1
QUERIES, MOVEMENTS = 200, 20
MOVEMENT = 50  # moments: two seconds
HOUR = 108_000  # frames, at 30 a second
NEAREST = 10


def parse_arguments(arguments: list[str] | None = None) -> Namespace:
    """Read the command line."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument('--moments', type=int, default=10_000_000)
    parser.add_argument('--folder', type=Path, default=Path('work_dirs/library'))
    parser.add_argument('--data', type=Path, default=Path('data'))
    parser.add_argument('--skip-hour', action='store_true', help='add no hour')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Print the measures."""
    args = parse_arguments(arguments)
    args.folder.mkdir(parents=True, exist_ok=True)
    with one_sentence_errors():
        inferencer = PoseNormInferencer(device='cpu')
        clips = real_features(inferencer, args)
        folder = args.folder / 'library'
        make_library(folder, inferencer, clips, args.moments)
        measure_size(folder)
        library = measure_opening(folder, inferencer)
        measure_queries(library, clips)
        if not args.skip_hour:
            measure_hour(library, args)


def side_views(data: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Give keypoints of each test clip as two cameras see it, (T, 17, 2) in pixels."""
    rng = np.random.default_rng(0)
    with np.load(data / 'cmu_h36m17' / 'test.npz') as recorded:
        for name in recorded.files:
            body = recorded[name] - recorded[name][:, :1].mean(axis=0)
            for view in range(2):
                angle = rng.uniform(0, 2 * np.pi)
                sine, cosine = np.sin(angle), np.cos(angle)
                turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
                x, y, z = np.moveaxis(body @ turn.T, -1, 0)
                seen = 1000 * np.stack([x, -y], axis=-1) / (z + 4.5)[..., None]
                noisy = seen + rng.normal(0, 3, seen.shape) + 1000
                yield f'{name} {view}', noisy.astype(np.float32)


def real_features(inferencer: PoseNormInferencer, args: Namespace) -> list[np.ndarray]:
    """Compute the features of the test clips, or read them again."""
    path = args.folder / 'features.npz'
    if not path.exists():
        found = {
            name: inferencer.embed_moments(seen, layout='h36m', fps=50.0)[0]
            for name, seen in side_views(args.data)
        }
        np.savez(path, **found)
    with np.load(path) as features:
        found = {name: features[name].astype(np.float32) for name in features.files}
    return [clip for clip in found.values() if len(clip) > MOVEMENT]


def changed(clip: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add smooth noise to the features of a clip, and give them length 1 again."""
    position = np.arange(len(clip)) / FRAMES_OF_NOISE
    before, part = position.astype(int), (position % 1)[:, None].astype(np.float32)
    coarse = rng.standard_normal((before[-1] + 2, clip.shape[1]), np.float32)
    noise = (1 - part) * coarse[before] + part * coarse[before + 1]
    noise *= rng.uniform(LEAST_NOISE, MOST_NOISE) / np.linalg.norm(noise, axis=1).mean()
    sum_ = clip + noise
    return sum_ / np.linalg.norm(sum_, axis=1, keepdims=True)


def made_entries(clips: list[np.ndarray], moments: int) -> Iterator[Entry]:
    """Make up entries until there are so many moments."""
    rng = np.random.default_rng(1)
    number = 0
    while moments > 0:
        features = changed(clips[number % len(clips)], rng)[:moments]
        count = len(features)
        yield Entry(
            key=f'{number:024x}',
            source=f'copy {number}',
            person=1,
            layout='h36m',
            found_by='made up',
            rate=25.0,
            start=0.0,
            image_size=None,
            features=features.astype(np.float16),
            seen=np.ones(count, bool),
            frames=np.arange(count, dtype=np.int32),
            keypoints=np.zeros((count, 17, 2), np.float16),
        )
        moments -= count
        number += 1


def make_library(
    folder: Path, inferencer: PoseNormInferencer, clips: list[np.ndarray], moments: int
) -> None:
    """Write the library and its index, each unless it is there."""
    if not folder.exists():
        size = inferencer.feature_size
        store = Store.create(folder, inferencer.weights_digest, size)
        path = folder / 'segments' / 'made.arrow'
        write_entries(path, made_entries(clips, moments), size, store.manifest.weights)
        store.publish(
            replace(store.manifest, segments=('made.arrow',), moments=(moments,))
        )
    store = Store(folder)
    if store.manifest.indexed < moments:
        begin = time.perf_counter(), time.process_time()
        build_index(store)
        tell_time('build the index', begin)


def measure_size(folder: Path) -> None:
    """Print the sizes of the library's parts."""
    manifest = Store(folder).manifest
    moments = sum(manifest.moments)
    index = (folder / manifest.index).stat().st_size
    segments = sum(path.stat().st_size for path in folder.glob('segments/*'))
    tell('moments', f'{moments:,}')
    tell('index', f'{index / 1e6:.0f} MB, {index / moments:.0f} bytes a moment')
    tell('segments', f'{segments / 1e6:.0f} MB, {segments / moments:.0f} a moment')


def measure_opening(folder: Path, inferencer: PoseNormInferencer) -> PoseLibrary:
    """Measure opening it when nothing of it is in memory, and again."""
    MomentIndex(Store(folder))  # imports what it needs
    for file in folder.glob('**/*.*'):
        if file.is_file() and hasattr(os, 'posix_fadvise'):
            with file.open('rb') as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    for state in ('from the disk', 'again'):
        begin = time.perf_counter(), time.process_time()
        library = PoseLibrary.open(folder, inferencer)
        tell_time(f'open {state}', begin)
    return library


def measure_queries(library: PoseLibrary, clips: list[np.ndarray]) -> None:
    """Measure how long queries take and how many of the nearest they find."""
    rng = np.random.default_rng(2)
    store, index = library.store, MomentIndex(library.store)
    others = [changed(clips[rng.integers(len(clips))], rng) for _ in range(QUERIES)]
    poses = np.stack([other[rng.integers(len(other))] for other in others])
    found, times = [], []
    for pose in poses:
        begin = time.perf_counter(), time.process_time()
        found.append(index.search(pose[None], NEAREST).moments[0])
        times.append(elapsed(begin))
    tell_times('look up a pose', times)
    exact = compare_all(store, poses)
    hits = [len(set(a) & set(b)) / NEAREST for a, b in zip(found, exact, strict=True)]
    tell(f'recall@{NEAREST} against comparing all', f'{np.mean(hits):.3f}')
    times = []
    for pose in poses:
        begin = time.perf_counter(), time.process_time()
        search_poses(store, index, [Query(pose[None], 25.0)], NEAREST)
        times.append(elapsed(begin))
    tell_times(f'query of a pose, {NEAREST} places', times)
    times = []
    for other in others[:MOVEMENTS]:
        begin = time.perf_counter(), time.process_time()
        search_movements(store, index, [Query(other[:MOVEMENT], 25.0)], NEAREST)
        times.append(elapsed(begin))
    tell_times(f'query of {MOVEMENT / 25:g} s of movement, {NEAREST} places', times)


def compare_all(store: Store, poses: np.ndarray) -> np.ndarray:
    """Find the nearest moments by comparing all, without the index, (Q, NEAREST)."""
    moments = np.zeros((len(poses), 0), int)
    squares = np.zeros((len(poses), 0), np.float32)
    for start, features, _ in store.blocks():
        known = features.astype(np.float32)
        more = (known**2).sum(axis=1) - 2 * poses @ known.T
        best = np.argpartition(more, NEAREST, axis=1)[:, :NEAREST]
        moments = np.concatenate([moments, start + best], axis=1)
        more = np.take_along_axis(more, best, axis=1)
        squares = np.concatenate([squares, more], axis=1)
        best = np.argsort(squares, axis=1)[:, :NEAREST]
        moments = np.take_along_axis(moments, best, axis=1)
        squares = np.take_along_axis(squares, best, axis=1)
    return moments


def measure_hour(library: PoseLibrary, args: Namespace) -> None:
    """Measure adding an hour of keypoints of one person, all that it takes."""
    path = args.folder / 'hour.npz'
    keypoints = np.concatenate([seen for _, seen in side_views(args.data)])
    keypoints = np.concatenate([keypoints] * (1 + HOUR // len(keypoints)))[:HOUR]
    scores = np.ones((1, 17))
    frames = [frame_people(frame[None], scores) for frame in keypoints]
    save_people(path, People(frames, 'h36m', 'made up', fps=30.0))
    del frames
    begin = time.perf_counter(), time.process_time()
    library.add(path)
    tell_time('add an hour of keypoints', begin)
    begin = time.perf_counter(), time.process_time()
    library.save()
    tell_time('bring the index up to date', begin)


def elapsed(begin: tuple[float, float]) -> tuple[float, float]:
    """Seconds since then, by the clock and of the processor."""
    return time.perf_counter() - begin[0], time.process_time() - begin[1]


def tell_times(name: str, times: list[tuple[float, float]]) -> None:
    """Print the median of times in milliseconds."""
    clock, processor = 1e3 * np.median(times, axis=0)
    tell(name, f'{clock:.1f} ms, {processor:.1f} of the processor')


def tell_time(name: str, begin: tuple[float, float]) -> None:
    """Print how long something took."""
    clock, processor = elapsed(begin)
    tell(name, f'{clock:.2f} s, {processor:.2f} of the processor')


def tell(name: str, value: str) -> None:
    """Print a measure."""
    print(f'{name}: {value}', flush=True)


if __name__ == '__main__':
    sys.exit(main())

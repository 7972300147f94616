"""A library of people in videos that can be searched by pose and by movement."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from math import inf
from typing import Any

import numpy as np

from mmposenorm.inference import PoseNormInferencer
from mmposenorm.keypoints import Detector, PersonTrack, build_detector
from mmposenorm.library.adding import add_source
from mmposenorm.library.labels import (
    Label,
    Spotted,
    find_examples,
    load_labels,
    save_labels,
    spot_actions,
)
from mmposenorm.library.moment_index import MomentIndex, build_index
from mmposenorm.library.people import clip_entry
from mmposenorm.library.queries import make_queries
from mmposenorm.library.searching import (
    Place,
    search_examples,
    search_movements,
    search_poses,
)
from mmposenorm.library.shards import Entry
from mmposenorm.library.sources import Source
from mmposenorm.library.store import Store


class PoseLibrary:
    """A library of people in videos, kept in a folder.

    .. code-block:: python

        library = PoseLibrary.open('library', create=True)
        library.add('videos/match.mp4')
        library.save()
        for place in library.search('serve.mp4', start=2.1, end=3.4):
            print(place.source, place.start, place.end)

    Args:
        store: The library's files.
        inferencer: Computes pose features; if not given, one with the weights of the
            package is loaded when it is needed.
    """

    def __init__(
        self, store: Store, inferencer: PoseNormInferencer | None = None
    ) -> None:
        self._store = store
        self._inferencer = inferencer
        if inferencer is not None:
            self._check_weights(inferencer)
        self._index = MomentIndex(store)
        self._is_fresh = True

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike,
        inferencer: PoseNormInferencer | None = None,
        *,
        create: bool = False,
    ) -> 'PoseLibrary':
        """Open a library; it stays on the disk, whatever its size.

        Args:
            folder: The library's folder.
            inferencer: Computes the pose features of what is added or looked for; with
                the weights of the package if not given.
            create: Whether to make a library if there is none.

        Returns:
            The library.

        Raises:
            FileNotFoundError: If there is no library.
            ValueError: If it is damaged, of another version, or made by other weights;
                or if it should be made in a folder with other files.
            ImportError: If what keeps libraries is not installed.
        """
        try:
            store = Store(folder)
        except FileNotFoundError:
            if not create:
                raise
            inferencer = inferencer or PoseNormInferencer()
            store = Store.create(
                folder, inferencer.weights_digest, inferencer.feature_size
            )
        return cls(store, inferencer)

    def __len__(self) -> int:
        """Count the people: one in two files counts as two."""
        return self.store.entry_count

    @property
    def store(self) -> Store:
        """The library's files."""
        if not self._is_fresh:
            self._store.refresh()
            self._index = MomentIndex(self._store)
            self._is_fresh = True
        return self._store

    @property
    def inferencer(self) -> PoseNormInferencer:
        """What computes pose features."""
        if self._inferencer is None:
            inferencer = PoseNormInferencer()
            self._check_weights(inferencer)
            self._inferencer = inferencer
        return self._inferencer

    def entries(self) -> Iterator[Entry]:
        """Yield the people in the library."""
        return self.store.entries()

    def add(
        self,
        clip: str | os.PathLike | PersonTrack | np.ndarray,
        name: str | None = None,
        *,
        visible: np.ndarray | None = None,
        layout: str | None = None,
        fps: float | None = None,
        detector: str | Detector = 'auto',
    ) -> int:
        """Add the people of a file, or one person; they are on the disk afterwards.

        They replace what was added by the same path or name before.

        Args:
            clip: The path of a video or keypoint file, all of whose people are added;
                one person; or the keypoints of one person, (T, K, 2).
            name: What to call a clip that is not given by its path.
            visible: Of keypoints, (T, K).
            layout: Of keypoints, or of a file that does not tell it.
            fps: Frames a second of keypoints, or of a file that does not tell it.
            detector: Finds the people in a video: a detector, or the name of one for
                :func:`mmposenorm.keypoints.build_detector`.

        Returns:
            How many people were found.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it cannot be read, changes while it is read, or an argument
                does not fit.
            OSError: If the library cannot be written to.
        """
        self._is_fresh = False
        if isinstance(clip, str | os.PathLike):
            return add_source(
                self._store,
                Source.of(clip),
                self.inferencer,
                partial(_detector, detector),
                layout=layout,
                fps=fps,
            )
        if not name:
            raise ValueError(
                'A clip that is not given by its path needs a name, by which it is '
                "found again. Give one: library.add(keypoints, 'walk 1')."
            )
        entry = clip_entry(clip, name, self.inferencer, visible, layout, fps)
        self._store.write_pending(entry.key, [entry])
        return 1

    def save(self, *, rebuild: bool = False) -> None:
        """Bring the index up to date with what was added, by whichever program.

        Without it, what was added is found as well, but every moment is compared.

        Args:
            rebuild: Whether to make the whole index anew, e.g. if it is damaged.

        Raises:
            OSError: If another program writes to the library, the disk is full, or the
                library cannot be written to.
        """
        with self._store.lock():
            self._store.merge()
            build_index(self._store, rebuild)
            self._store.clean_up()
        self._is_fresh = False

    @property
    def labels(self) -> list[Label]:
        """Which actions are labelled where; see :meth:`label`."""
        return load_labels(self._store)

    def label(self, labels: Iterable[Label]) -> None:
        """Add labelled examples of actions, by which more are found.

        Args:
            labels: They may be about files that are not in the library yet.

        Raises:
            OSError: If the library cannot be written to.
        """
        with self._store.lock():
            save_labels(self._store, [*self.labels, *labels])

    def search_action(self, action: str, *, top: int = 10) -> list[Place]:
        """Find where an action occurs of which there are labelled examples.

        Args:
            action: The action, as the labels call it.
            top: How many places to find, at most.

        Returns:
            Places that overlap neither with each other nor with the examples; the
            nearest to any example first.

        Raises:
            ValueError: If there is no example.
        """
        _check_top(top)
        store = self.store
        examples = find_examples(store, self.labels, [action])
        return search_examples(store, self._index, examples, top)

    def spot(
        self,
        clip: Any,
        actions: Iterable[str] | None = None,
        *,
        max_distance: float = inf,
        visible: np.ndarray | None = None,
        layout: str | None = None,
        fps: float | None = None,
        person: str = 'largest',
        detector: str | Detector = 'auto',
    ) -> list[Spotted]:
        """Find which labelled actions occur in a clip, and when.

        Each part of the clip is given the action of the nearest labelled example.

        Args:
            clip: See :meth:`search`.
            actions: Those that may occur; all that are labelled by default.
            max_distance: Farther parts show none of the actions. Without it, the whole
                clip is divided up.
            visible: See :meth:`search`, as the others.
            layout: See there.
            fps: See there.
            person: See there.
            detector: See there.

        Returns:
            What was found, without overlaps, the nearest first.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If nobody is in the clip, there is no labelled example, or an
                argument does not fit.
        """
        examples = find_examples(self.store, self.labels, actions)
        [query] = make_queries(
            clip,
            self.inferencer,
            visible=visible,
            layout=layout,
            fps=fps,
            person=person,
            detector=detector,
        )
        return spot_actions(query, examples, max_distance)

    def search(
        self,
        clip: Any,
        start: float | None = None,
        end: float | None = None,
        *,
        at: float | None = None,
        top: int = 10,
        mirror: bool = False,
        visible: np.ndarray | None = None,
        layout: str | None = None,
        fps: float | None = None,
        person: str = 'largest',
        detector: str | Detector = 'auto',
    ) -> list[Place]:
        """Find where a pose or a movement occurs.

        Args:
            clip: What to look for: the path of a video or keypoint file, a person, the
                result of inference, keypoints (T, K, 2), or pose features (N, E) of 25
                moments a second.
            start: Where the movement begins in the clip, in seconds; at the clip's
                beginning if not given.
            end: Where it ends; at its end if not given.
            at: Time of a single pose, in place of a movement.
            top: How many places to find, at most.
            mirror: Whether to look for the mirrored motion too.
            visible: Of keypoints, (T, K).
            layout: Of keypoints, or of a file that does not tell it.
            fps: Frames a second of keypoints, or of a file that does not tell it.
            person: Whom of a file; see :func:`mmposenorm.keypoints.extract_person`.
            detector: Finds the people in a video.

        Returns:
            Places that do not overlap, the nearest first.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If nobody is in the clip, or an argument does not fit it.
        """
        if at is not None and (start is not None or end is not None):
            raise ValueError(
                'at is for a single pose, start and end are for a movement. Give one '
                'or the other.'
            )
        _check_top(top)
        queries = make_queries(
            clip,
            self.inferencer,
            mirror,
            visible=visible,
            layout=layout,
            fps=fps,
            person=person,
            detector=detector,
        )
        store = self.store
        if at is not None or len(queries[0].features) == 1:
            poses = [query.at(at) if at is not None else query for query in queries]
            return search_poses(store, self._index, poses, top)
        spans = [query.between(start, end) for query in queries]
        return search_movements(store, self._index, spans, top)

    def _check_weights(self, inferencer: PoseNormInferencer) -> None:
        weights = self._store.manifest.weights
        if inferencer.weights_digest != weights:
            raise ValueError(
                f'{self._store.folder} was made by other weights (SHA-256 '
                f'{weights[:12]}... instead of {inferencer.weights_digest[:12]}...), '
                'whose features cannot be compared. Give those as checkpoint '
                '(--checkpoint), or index the files into a new library.'
            )


def _check_top(top: int) -> None:
    if not (isinstance(top, int | np.integer) and top >= 1):
        raise ValueError(f'top must be a whole number, 1 or more, but is {top!r}.')


def _detector(detector: str | Detector) -> Detector:
    return build_detector(detector) if isinstance(detector, str) else detector

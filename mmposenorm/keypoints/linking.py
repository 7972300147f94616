"""Finding out who in one frame is who in the next."""

from collections.abc import Callable, Sequence
from itertools import groupby, product

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmposenorm.keypoints.people import FramePeople, box_overlap

# Seconds for which a person who is not found may come back as the same one.
_MEMORY = 2.0
# How far a joint may be from where it was, by the size of the body: at once, and more
# for each second that has passed. Size is the root of the box's area, so half to
# three quarters of the height; a runner makes about 4 of it a second.
_SPREAD, _SPREAD_PER_SECOND, _LARGEST_SPREAD = 0.1, 1.5, 1.0
# Who is gone when somebody new is there, not quite out of the old box, was seen wrongly
# or moved oddly: as far as in this many seconds they may be from where they were.
_JUMP_SECONDS = 0.5
# Below this similarity it is somebody else; 0.1 is 2.1 spreads away.
_LEAST_SIMILARITY = 0.1
# From this similarity to the frame before on, nobody is looked for in other places.
_SURE_SIMILARITY = 0.7
# Seconds over which a person's speed is measured, and for which it is believed.
_SPEED_SECONDS, _SPEED_MEMORY = 0.25, 1.5
# So many people who vanish and appear at once by the same way tell that the camera
# turned; of more than these, not all ways are tried.
_LEAST_TURNED, _MOST_TURNED = 2, 5
# Frames that are compared at once, so that memory does not grow with the clip.
_MOST_TOGETHER = 2**14

# A person while being linked: in which frames, and where among the people there.
Members = list[tuple[int, int]]


def link_members(
    frames: Sequence[FramePeople], fps: float, shifts: np.ndarray | None = None
) -> list[Members]:
    """Link people over time.

    Args:
        frames: The people in each frame.
        fps: Frames a second.
        shifts: How far the picture moved since the frame before, in pixels, (T, 2);
            ``None`` if not known.

    Returns:
        The frames and indices of each person, in the order of appearance.
    """
    linker = Linker(fps)
    stays = _stays_alone(frames, fps).tolist()
    for is_sure, group in groupby(range(len(frames)), stays.__getitem__):
        ids = list(group)
        if is_sure:
            run = slice(ids[0], ids[-1] + 1)
            linker.add_same(frames[run], None if shifts is None else shifts[run])
        else:
            for frame_id in ids:
                shift = None if shifts is None else shifts[frame_id]
                linker.add(frames[frame_id], shift)
    return linker.growing


def _stays_alone(frames: Sequence[FramePeople], fps: float) -> np.ndarray:
    """Tell where the only person is surely the only one of the frame before, (T,).

    It is what the assignment comes to there, for all frames at once.
    """
    alone = np.array([len(people) == 1 for people in frames], bool)
    stays = np.zeros(len(frames), bool)
    later = np.flatnonzero(alone[1:] & alone[:-1]) + 1
    for some in np.array_split(later, 1 + len(later) // _MOST_TOGETHER):
        if len(some):
            ids = np.union1d(some - 1, some)
            joined = _joined([frames[i] for i in ids.tolist()])
            before, now = (
                FramePeople(*(part[np.searchsorted(ids, those)] for part in joined))
                for those in (some - 1, some)
            )
            alike = _similarity(before, slice(None), now, 1 / fps, np.zeros(2))
            stays[some] = alike >= _SURE_SIMILARITY
    return stays


def _joined(frames: Sequence[FramePeople]) -> list[np.ndarray]:
    names = 'keypoints', 'scores', 'boxes'
    return [np.concatenate([getattr(one, name) for one in frames]) for name in names]


class Linker:
    """Links people while the frames arrive.

    Args:
        fps: Frames a second.

    Attributes:
        frames: The people of each frame, by its number from 0.
        growing: The frames and indices of each person, in the order of appearance.
    """

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.frames: dict[int, FramePeople] = {}
        self.growing: list[Members] = []
        self.recent: list[Members] = []  # those who may be seen again
        self.frame_id = -1
        self.moved: dict[int, np.ndarray] = {-1: np.zeros(2)}

    def add(self, people: FramePeople, shift: np.ndarray | None = None) -> None:
        """Assign the people of the next frame to tracks, or begin new ones.

        Args:
            people: Everybody in it.
            shift: How far the picture moved since the frame before, in pixels, (2,);
                None if not known.
        """
        self._begin(people, shift)
        now, oldest = self.frame_id, self.frame_id - max(1, _MEMORY * self.fps)
        self.recent = [track for track in self.recent if track[-1][0] >= oldest]
        seen = [track for track in self.recent if track[-1][0] == now - 1]
        lost = [track for track in self.recent if track[-1][0] < now - 1]
        # Those seen just now come first, so that nobody who was lost some time ago,
        # and may be anywhere, takes their place.
        self._assign(seen, self._near)
        self._assign(seen, self._turned(seen))
        self._assign(lost, self._near)
        self._assign(seen, self._jumped)
        new: list[Members] = [[(now, index)] for index in self.free]
        self.growing += new
        self.recent += new

    def add_same(
        self, frames: Sequence[FramePeople], shifts: np.ndarray | None = None
    ) -> None:
        """Add frames with one person each, who is the only one of the frame before.

        Args:
            frames: N of them.
            shifts: As for :meth:`add`, (N, 2).
        """
        [track] = [t for t in self.recent if t[-1][0] == self.frame_id]
        numbers = range(self.frame_id + 1, self.frame_id + 1 + len(frames))
        ways = np.zeros((len(frames), 2)) if shifts is None else shifts
        moved = np.cumsum([self.moved[self.frame_id], *ways], axis=0)[1:]
        track.extend((number, 0) for number in numbers)
        self.frames.update(zip(numbers, frames, strict=True))
        self.moved.update(zip(numbers, moved, strict=True))
        self.frame_id = numbers[-1]

    def _begin(self, people: FramePeople, shift: np.ndarray | None) -> None:
        """Go to the next frame, all of whose people are free."""
        moved = self.moved[self.frame_id]
        self.frame_id += 1
        self.frames[self.frame_id] = self.people = people
        self.moved[self.frame_id] = moved if shift is None else moved + shift
        self.free = list(range(len(people)))

    def forget(self) -> None:
        """Drop what no later frame needs, so that memory stays the same."""
        oldest = self.frame_id - _MEMORY * self.fps
        self.growing = [track for track in self.growing if track[-1][0] >= oldest]
        for track in self.growing:
            del track[: -1 - self._speed_steps()]
        first = min([self.frame_id, *(track[0][0] for track in self.growing)])
        for known in (self.frames, self.moved):
            for frame_id in [number for number in known if number < first]:
                del known[frame_id]

    def _speed_steps(self) -> int:
        """Over how many frames a person's speed is measured."""
        return max(1, round(_SPEED_SECONDS * self.fps))

    def _assign(
        self, tracks: list[Members], similarity: Callable[[Members], np.ndarray]
    ) -> None:
        """Give free people to tracks so that the sum of similarities is largest."""
        gone = self._gone(tracks)
        if not gone or not self.free:
            return
        alike = np.stack([similarity(track)[self.free] for track in gone])
        pairs = zip(*linear_sum_assignment(alike, maximize=True), strict=True)
        taken = [pair for pair in pairs if alike[pair] >= _LEAST_SIMILARITY]
        indices = [self.free[column] for _, column in taken]
        for (row, _), index in zip(taken, indices, strict=True):
            gone[row].append((self.frame_id, index))
            self.free.remove(index)

    def _gone(self, tracks: list[Members]) -> list[Members]:
        return [track for track in tracks if track[-1][0] < self.frame_id]

    def _near(self, track: Members) -> np.ndarray:
        """Compare people with where a person was, (P,), or would be by now.

        They may have stayed in their place in the picture, moved on as before, or
        moved with the picture.
        """
        last = track[-1][0]
        seconds = (self.frame_id - last) / self.fps
        stayed = self._alike(track, seconds, np.zeros(2))
        if self.frame_id - last == 1 and stayed.max() >= _SURE_SIMILARITY:
            return stayed
        ways: list[np.ndarray] = [self.moved[self.frame_id] - self.moved[last]]
        if seconds <= _SPEED_MEMORY:
            ways.append(self._speed(track) * (self.frame_id - last))
        others = [self._alike(track, seconds, way) for way in ways if way.any()]
        return np.max([stayed, *others], axis=0)

    def _turned(self, seen: list[Members]) -> Callable[[Members], np.ndarray]:
        """Compare people with where several would be by a common way.

        If the camera turns quickly, all those who vanish appear elsewhere at once.
        """
        gone, nobody = self._gone(seen), np.zeros(len(self.people))
        pairs = product(gone[:_MOST_TURNED], self.free[:_MOST_TURNED])
        found: list[tuple[float, int, dict[int, np.ndarray]]] = []
        for track, index in pairs if min(len(gone), len(self.free)) > 1 else ():
            way = _centre(self.people.boxes[index]) - _centre(self._box(track))
            alike = {id(one): self._alike(one, 1 / self.fps, way) for one in gone}
            best = [float(values[self.free].max()) for values in alike.values()]
            if sum(value >= _LEAST_SIMILARITY for value in best) >= _LEAST_TURNED:
                found.append((sum(best), len(found), alike))
        if not found:
            return lambda _: nobody
        _, _, alike = max(found)
        return lambda track: alike[id(track)]

    def _jumped(self, track: Members) -> np.ndarray:
        """Compare people with where a person was, not quite out of the old box."""
        alike = self._alike(track, _JUMP_SECONDS, np.zeros(2))
        return alike * (box_overlap(self._box(track), self.people.boxes) > 0)

    def _box(self, track: Members) -> np.ndarray:
        frame, index = track[-1]
        return self.frames[frame].boxes[index]

    def _alike(self, track: Members, seconds: float, way: np.ndarray) -> np.ndarray:
        frame, index = track[-1]
        return _similarity(self.frames[frame], index, self.people, seconds, way)

    def _speed(self, track: Members) -> np.ndarray:
        """Median way of the joints in one frame, (2,) pixels."""
        steps = min(self._speed_steps(), len(track) - 1)
        (first, start), (last, index) = track[-1 - steps], track[-1]
        if first == last:
            return np.zeros(2)
        before, now = self.frames[first], self.frames[last]
        common = (before.scores[start] > 0) & (now.scores[index] > 0)
        if not common.any():
            return np.zeros(2)
        way = (now.keypoints[index] - before.keypoints[start])[common]
        return np.median(way, axis=0) / (last - first)


def _centre(box: np.ndarray) -> np.ndarray:
    return (box[:2] + box[2:]) / 2


def _similarity(
    before: FramePeople,
    index: int | slice,
    people: FramePeople,
    seconds: float,
    way: np.ndarray,
) -> np.ndarray:
    """Say how alike people and each of a later frame are, in [0, 1], (P,).

    The larger of object keypoint similarity, which tells apart people who are close
    together, and overlap of the boxes, which holds on while a body folds up quickly.
    Joints that only one of the two has count as wrong.

    Args:
        before: The people of the earlier frame.
        index: Which one of them is compared with all of the later frame, or a slice:
            each is compared with the one of the same number.
        people: The people of the later frame.
        seconds: Time between them.
        way: How far the person is expected to have moved in between, (2,) pixels.
    """
    common = np.minimum(before.scores[index], people.scores)
    either = np.maximum(before.scores[index], people.scores)
    expected = before.keypoints[index] + way
    box = before.boxes[index] + np.concatenate([way, way])
    apart = np.linalg.norm(people.keypoints - expected, axis=-1)
    areas = np.maximum(_area(box), _area(people.boxes))
    sizes = np.sqrt(areas).clip(min=1)
    spread = min(_SPREAD + _SPREAD_PER_SECOND * seconds, _LARGEST_SPREAD)
    near = np.exp(-0.5 * (apart / (spread * sizes[:, None])) ** 2)
    oks = (common * near).sum(axis=1) / either.sum(axis=1).clip(min=1e-6)
    return np.maximum(oks, box_overlap(box, people.boxes))


def _area(boxes: np.ndarray) -> np.ndarray:
    return np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)

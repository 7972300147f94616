"""Put three people who walk into a library, and find a step of a fourth again."""

from tempfile import TemporaryDirectory

from walks import film, walk_3d

from mmposenorm import PoseLibrary

with TemporaryDirectory() as folder:
    library = PoseLibrary.open(f'{folder}/library', create=True)
    for person, yaw in ((1, 0), (2, 60), (3, -60)):
        seen = film(walk_3d(person), yaw)  # or the path of a video or keypoint file
        library.add(seen, f'person {person}', layout='h36m', fps=50)
    library.save()

    fourth = film(walk_3d(person=4), yaw=30)
    places = library.search(fourth, start=1, end=2, layout='h36m', fps=50, top=3)
    for place in places:
        print(place)

# All walk alike, so the same second is found in each.
assert [round(place.start) for place in places] == [1, 1, 1]

import pytest

from mmposenorm.models.preprocessor import PoseClipPreprocessor
from mmposenorm.transforms import MirrorClip
from mmposenorm.transforms.base import build_batch_transforms, build_clip_transforms


def test_a_batch_transform_in_a_pipeline_says_where_it_belongs():
    with pytest.raises(TypeError, match=r'MirrorClip .* of the data_preprocessor'):
        build_clip_transforms([{'type': 'MirrorClip'}])


def test_so_does_one_that_is_already_built():
    with pytest.raises(TypeError, match='MirrorClip transforms batches'):
        build_clip_transforms([MirrorClip()])


def test_a_clip_transform_in_the_preprocessor_says_where_it_belongs():
    for part in ('train_transforms', 'test_transforms'):
        with pytest.raises(TypeError, match=r'PackPoseClip .* of the data set'):
            PoseClipPreprocessor(**{part: [{'type': 'PackPoseClip'}]})


def test_each_kind_is_built_where_it_belongs():
    (clip_transform,) = build_clip_transforms([{'type': 'PackPoseClip'}])
    (batch_transform,) = build_batch_transforms([{'type': 'MirrorClip'}])
    assert type(clip_transform).__name__ == 'PackPoseClip'
    assert type(batch_transform).__name__ == 'MirrorClip'


def test_a_pipeline_takes_plain_functions():
    assert build_clip_transforms([len]) == [len]

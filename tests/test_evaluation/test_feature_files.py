import numpy as np
import pytest

from mmposenorm.evaluation.feature_files import load_features


def test_features_of_another_program_are_loaded(
    tmp_path, pair_of, features_at, source, target
):
    file, pair = tmp_path / 'smpl.npz', pair_of()
    np.savez(file, **{'01/source': source[:, None], '01/target': target[:, None]})
    loaded = load_features(file, [pair])['01']
    np.testing.assert_array_equal(loaded[0], source)
    np.testing.assert_array_equal(loaded[1], target)

    whole = features_at(*range(20))
    np.savez(file, **{'01/source': whole, '01/target': whole})
    loaded = load_features(file, [pair], features_before_drop=True)['01']
    np.testing.assert_array_equal(loaded[0], whole[:10])
    np.testing.assert_array_equal(loaded[1], whole[[0, 2, 7, 9]])
    with pytest.raises(ValueError, match=r'shape \(20, 2\); expected \(10, E\)'):
        load_features(file, [pair])


def test_files_of_other_features_are_refused(tmp_path, pair_of, source, target):
    file = tmp_path / 'smpl.npz'
    with pytest.raises(FileNotFoundError, match='npz file of features'):
        load_features(file, [pair_of()])
    np.savez(file, **{'01/source': source})
    with pytest.raises(ValueError, match="has no array '01/target'"):
        load_features(file, [pair_of()])
    np.savez(file, **{'01/source': source, '01/target': target})
    with pytest.raises(ValueError, match='have 10 rows; expected 20'):
        load_features(file, [pair_of()], features_before_drop=True)
    for other in (source.astype(str), source[:0], np.float32(1)):
        np.savez(file, **{'01/source': other, '01/target': target})
        with pytest.raises(ValueError, match=r'01/source.* expected numbers with a'):
            load_features(file, [pair_of()])

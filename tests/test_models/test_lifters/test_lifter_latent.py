import torch
from lifted_clips import clips
from mmengine.registry import DefaultScope

from mmposenorm.registry import MODELS

LIFTER = {'type': 'SemGCN', 'channels': 8, 'num_blocks': 1}


def build(name):
    with DefaultScope.overwrite_default_scope('mmposenorm'):
        return MODELS.build({'type': name, 'lifter': LIFTER}).eval()


def test_the_output_of_the_last_block_is_predicted_beside_the_poses():
    model = build('LifterLatent')
    inputs = clips(num_clips=2, num_frames=5)
    described = {'clip_id': ['a', 'b']}
    samples = model(inputs, described, mode='predict')
    hidden = []
    model.lifter.head.register_forward_hook(lambda *called: hidden.append(called[1][0]))
    model.lifter(inputs)
    for sample, expected in zip(samples, hidden[0], strict=True):
        assert sample.pred_instances.latent.shape == (5, 17 * 8)
        torch.testing.assert_close(sample.pred_instances.latent, expected.flatten(1))


def test_it_predicts_the_poses_of_the_normalizer_with_its_checkpoint():
    model, plain = build('LifterLatent'), build('LiftedPoseNormalizer')
    plain.load_state_dict(model.state_dict())
    inputs = clips()
    poses = [some(inputs)['normalized_poses'] for some in (model, plain)]
    torch.testing.assert_close(*poses, rtol=0, atol=0)

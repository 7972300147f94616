import math

import torch

from mmposenorm.models.references.pose_manifold import PoseManifold, critic_loss


def test_the_critics_loss_by_hand():
    # A critic that knows nothing gives 0 to both: log 2 each. Scores of ln 3 for the
    # real and -ln 3 for the made one are right three times of four: log(4 / 3) each.
    scores = torch.tensor([0.0, math.log(3)])
    expected = 2 * torch.tensor([math.log(2), math.log(4 / 3)])
    torch.testing.assert_close(critic_loss(scores, -scores), expected)


def manifold(weight=0.5):
    torch.manual_seed(0)
    return PoseManifold(code_size=4, channels=16, adversarial_weight=weight)


def test_codes_are_in_the_cube_that_is_drawn_from():
    model = manifold()
    codes = model.encode(100 * torch.randn(3, 5, 17, 3))
    assert codes.shape == (3, 5, 4)
    assert codes.abs().max() <= 1
    assert model.decode(codes).shape == (3, 5, 17, 3)


def test_each_loss_trains_its_own_networks():
    model, poses = manifold(), torch.randn(6, 17, 3)
    trained = {
        'loss_pose': {'encoder', 'decoder'},
        'loss_code': {'encoder', 'decoder'},
        'loss_critic': {'critic'},
        'loss_made': {'decoder'},
    }
    for name, networks in trained.items():
        model.zero_grad()
        model.loss(poses)[name].backward()
        learned = {
            key.split('.')[0]
            for key, parameter in model.named_parameters()
            if parameter.grad is not None and parameter.grad.abs().sum() > 0
        }
        assert learned == networks, name


def test_the_loss_of_poses_is_in_decimetres():
    model = manifold()
    # A decoder that always gives the root's place: distances are those of the poses.
    for weights in model.decoder[-1].parameters():
        weights.data.zero_()
    poses = torch.zeros(2, 17, 3)
    poses[..., 0] = 0.3
    torch.testing.assert_close(model.loss(poses)['loss_pose'], torch.tensor(3.0))


def test_the_weight_is_a_factor_of_deceiving_alone():
    poses = torch.randn(6, 17, 3)
    losses = []
    for weight in (0.5, 1.0):
        model = manifold(weight)
        torch.manual_seed(1)
        losses.append(model.loss(poses))
    half, whole = losses
    torch.testing.assert_close(2 * half.pop('loss_made'), whole.pop('loss_made'))
    torch.testing.assert_close(half, whole)


def test_a_critic_learns_and_the_decoder_deceives_it():
    model, poses = manifold(1.0), 1 + 0.1 * torch.randn(32, 17, 3)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    first = model.loss(poses)
    for _ in range(20):  # only the critic
        optimizer.zero_grad()
        model.loss(poses)['loss_critic'].backward()
        optimizer.step()
    trained = model.loss(poses)
    assert trained['loss_critic'] < 0.1 * first['loss_critic']
    assert trained['loss_made'] > 2 * first['loss_made']
    for _ in range(20):  # only the decoder
        optimizer.zero_grad()
        model.loss(poses)['loss_made'].backward()
        optimizer.step()
    assert model.loss(poses)['loss_made'] < 0.5 * trained['loss_made']

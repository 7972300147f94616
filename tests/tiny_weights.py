"""Small models with random weights that move, and files of them."""

import json

import torch
from mmengine.registry import DefaultScope

from mmposenorm.checkpoints import save_weights
from mmposenorm.registry import MODELS

NORMALIZER = {
    'type': 'PoseNormalizer',
    'encoder': {'type': 'TemporalConvEncoder', 'channels': 24, 'dilations': [1, 2]},
    'losses': {},
}
EMBEDDER = {
    'type': 'PoseEmbedder',
    'encoder': {
        'type': 'TemporalWindowEncoder',
        'encoder': {'type': 'FullyConnectedEncoder', 'channels': 24},
        'window': 5,
        'channels': 24,
    },
    'loss': {'type': 'TripletMarginLoss'},
    'miner': {'type': 'AdaptiveTripletMiner'},
    'normalizer': NORMALIZER,
}
RETRIEVAL_EMBEDDER = {
    'type': 'RetrievalEmbedder',
    'encoder': NORMALIZER['encoder'],
    'loss': {'type': 'RetrievalLoss'},
    'normalizer': NORMALIZER,
}


def tiny_model(config):
    """Build a model, always with the same weights."""
    with torch.random.fork_rng(), DefaultScope.overwrite_default_scope(MODELS.scope):
        torch.manual_seed(0)
        model = MODELS.build(json.loads(json.dumps(config)))
        for name, parameter in model.named_parameters():
            if name.endswith('head.linear.weight'):
                # As initialized, every pose is nearly the same.
                torch.nn.init.normal_(parameter, std=0.1)
    return model.eval()


def tiny_weights(path, config=NORMALIZER):
    """Write a file of weights with their config, and return its path."""
    save_weights(path, config, tiny_model(config).state_dict())
    return path

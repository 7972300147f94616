"""Load a config and a trained model by name, as with other OpenMMLab packages."""

from mmengine.hub import get_config, get_model

import mmposenorm.hub  # noqa: F401  makes our names known there

config = get_config('mmposenorm::posenorm_cmu_small.py')
model = get_model('mmposenorm::embedder_retrieval.py', pretrained=True)

assert config.model.type == 'PoseNormalizer'
assert type(model).__name__ == 'RetrievalEmbedder'

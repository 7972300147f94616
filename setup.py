"""Package metadata. ``make install`` also installs what cannot be expressed here."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
INIT = (ROOT / 'mmposenorm' / '__init__.py').read_text()

setup(
    name='mmposenorm',
    version=re.search(r'^__version__ = .([0-9.]+)', INIT, re.MULTILINE)[1],
    description='Normalized human poses and pose features for aligning videos',
    long_description=(ROOT / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    # Tests passed with 3.11; on 3.12 the requirements resolve and the code compiles.
    python_requires='>=3.11',
    classifiers=[
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    packages=find_packages(include=['mmposenorm', 'mmposenorm.*']),
    package_data={
        'mmposenorm': [
            *(
                f'**/*.{suffix}'
                for suffix in ('css', 'csv', 'html', 'js', 'json', 'md', 'pth', 'txt')
            ),
            # Links to folders of the repository: where MIM and MMEngine's hub look.
            *(f'.mim/**/*.{suffix}' for suffix in ('py', 'sh', 'yml')),
        ]
    },
    # What training and inference of our own models import. Not mmpose (needs
    # --no-deps), nor mmcv or mmcv-lite (which exclude each other), nor mediapipe.
    install_requires=[
        'matplotlib>=3.7',
        'mmengine>=0.10.7',
        'numpy>=1.26',
        'opencv-python>=4.8',
        'roma>=1.5',
        'scikit-learn>=1.4',
        'scipy>=1.11',
        'threadpoolctl>=3',
        'torch>=2.6',
        'tqdm>=4.60',
    ],
    entry_points={'console_scripts': ['mmposenorm = mmposenorm.cli.main:main']},
    extras_require={
        'cluster': ['dask>=2024.8', 'distributed>=2024.8', 'fsspec>=2023.1'],
        'completion': ['argcomplete>=3'],
        'demo': ['imageio-ffmpeg>=0.5'],
        'dev': [
            'bvhio>=1.5',
            'dtaidistance>=2.3',
            'mypy==2.4.1',
            'pytest>=8',
            'pytest-xdist>=3.6',
            'pytorch-metric-learning>=2.3',
            'pyyaml>=6',
            'ruff==0.14.0',
            'selenium>=4.20',
            'uv>=0.9',
        ],
        'export': ['ezc3d>=1.5'],
        'library': ['faiss-cpu>=1.10', 'pyarrow>=15'],
        'rtmlib': ['onnxruntime>=1.17', 'rtmlib>=0.0.16'],
        'docs': ['furo>=2024.8', 'myst-parser>=4', 'sphinx>=8'],
    },
)

"""The versions that a comparison was made with."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ('torch', 'mmengine', 'mmcv', 'mmcv-lite', 'mmpose', 'mediapipe', 'numpy')


def package_versions() -> dict[str, str]:
    """Versions of Python and of the packages, as far as they are installed."""
    found = {'python': platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

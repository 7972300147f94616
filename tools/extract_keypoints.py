"""Detect the 2D poses in all videos of a folder: ``mmposenorm extract``."""

import mmposenorm.stopping  # noqa: F401

from mmposenorm.cli.extract import main

if __name__ == '__main__':
    main()

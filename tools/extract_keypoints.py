"""Detect the 2D poses in all videos of a folder: ``mmposenorm extract``."""

from mmposenorm.cli.extract import main

if __name__ == '__main__':
    main()

"""Align two videos; the same program as ``mmposenorm align``."""

from mmposenorm.cli.align import main

if __name__ == '__main__':
    main()

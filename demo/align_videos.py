"""Align two videos; the same program as ``mmposenorm align``."""

import mmposenorm.stopping  # noqa: F401

from mmposenorm.cli.align import main

if __name__ == '__main__':
    main()

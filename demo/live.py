"""Follow somebody through a reference; the same program as ``mmposenorm live``."""

import mmposenorm.stopping  # noqa: F401

from mmposenorm.cli.live import main

if __name__ == '__main__':
    main()

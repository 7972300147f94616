"""Follow somebody through a reference; the same program as ``mmposenorm live``."""

from mmposenorm.cli.live import main

if __name__ == '__main__':
    main()

"""The command ``mmposenorm`` and its parts."""

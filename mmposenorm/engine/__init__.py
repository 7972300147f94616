"""Training and evaluation runs: hooks, optimizers, schedulers, the runner."""

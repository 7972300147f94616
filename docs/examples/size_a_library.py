"""How much storage and how many machines a library of many hours needs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """What was measured, and what the machines are like."""

    people: float = 1.0  # seen at the same time, on average
    rate: int = 25  # moments a second
    stored: int = 201  # bytes a moment: features, keypoints, frame, whether seen
    indexed: int = 72  # bytes a moment: a byte a number of the feature, and its name
    product_quantized: int = 24  # the same as 16 bytes, and its name
    detect: float = 3600.0  # seconds of one core for an hour of video
    embed: float = 26.0  # seconds of one core for an hour of one person
    query_ms: float = 7.3  # for one pose in 10 million moments
    memory: float = 64e9  # bytes of a machine
    cores: int = 16  # of a machine


@dataclass(frozen=True)
class Size:
    """What a library needs."""

    moments: float
    storage_tb: float
    index_tb: float
    machines: float
    machines_product_quantized: float
    core_years: float
    query_core_seconds: float


def size(hours: float, figures: Figures) -> Size:
    """Work out what a library of so many hours needs."""
    moments = hours * 3600 * figures.rate * figures.people
    seconds = hours * (figures.detect + figures.embed * figures.people)
    return Size(
        moments=moments,
        storage_tb=moments * figures.stored / 1e12,
        index_tb=moments * figures.indexed / 1e12,
        machines=moments * figures.indexed / figures.memory,
        machines_product_quantized=(
            moments * figures.product_quantized / figures.memory
        ),
        core_years=seconds / (365 * 24 * 3600),
        # The same share of all moments is looked at, whichever machine has them.
        query_core_seconds=figures.query_ms / 1000 * moments / 1e7,
    )


for hours in (1e2, 1e4, 1e6, 1e7):
    needed = size(hours, Figures())
    print(
        f'{hours:12,.0f} hours: {needed.moments:.1e} moments, '
        f'{needed.storage_tb:9.3f} TB and an index of {needed.index_tb:8.3f} TB, '
        f'{needed.machines:8.2f} machines to hold it, or '
        f'{needed.machines_product_quantized:7.2f} with product quantization; '
        f'{needed.core_years:8.1f} years of one core to read the videos; '
        f'{needed.query_core_seconds:8.3f} core seconds a query'
    )

assert size(1e7, Figures()).moments == 9e11

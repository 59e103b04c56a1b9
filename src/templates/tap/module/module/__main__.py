"""Prints the mean of the numbers on its input, one a line."""

import sys
from statistics import fmean


def mean(lines) -> float:
    """The mean of the numbers; 0 when there are none."""
    numbers = [float(line) for line in lines if line.strip()]
    return fmean(numbers) if numbers else 0.0


if __name__ == "__main__":
    print(f"mean: {mean(sys.stdin):g}")

"""Prints the mean length per species of a table of measurements."""

import csv
import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean

from tabulate import tabulate


def summarise(lines) -> list[tuple[str, int, float]]:
    """Species, number of measurements and mean length, sorted by species."""
    lengths = defaultdict(list)
    for row in csv.DictReader(lines):
        lengths[row["species"]].append(float(row["length"]))
    return [(species, len(values), mean(values)) for species, values in sorted(lengths.items())]


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("measurements.csv")
    with path.open(newline="") as file:
        print(tabulate(summarise(file), headers=["species", "n", "mean length"], floatfmt=".2f"))


if __name__ == "__main__":
    main()

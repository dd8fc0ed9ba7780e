"""Which groups may be heard within a clip of another: a crowd holds speech, a town holds cars.

`contained.tsv` has a row a group (columns group, holds): what its clips may hold, joined by `|`. A name that begins with `@`
is a family, a short way to write its members; `(KIND)` are all groups of a kind of the pack. What a group holds may hold
something itself.
"""

import csv
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parent / "contained.tsv"


def read_table(path: Path = TABLE) -> dict[str, list[str]]:
    """What each row's group or family holds, as it is written."""
    with open(path, newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["group"]: row["holds"].split("|") for row in rows}


def held(table: dict[str, list[str]], name: str, of_kind: dict[str, list[str]]) -> set[str]:
    """All groups that a clip of `name` may hold, directly or within what it holds, and itself. `of_kind`: groups by kind."""
    found, open_names = set(), [name]
    while open_names:
        current = open_names.pop()
        if current in found:
            continue
        found.add(current)
        if current.startswith("("):
            open_names += of_kind.get(current.strip("()"), [])
        open_names += table.get(current, [])
    return {group for group in found if group[0] not in "@("}


def holding(groups: list[str], of_kind: dict[str, list[str]], table: dict[str, list[str]] | None = None) -> np.ndarray:
    """`[groups, groups]`, true where a clip of either may hold the other."""
    table = read_table() if table is None else table
    row = {group: i for i, group in enumerate(groups)}
    holds = np.eye(len(groups), dtype=bool)
    for group, i in row.items():
        for other in held(table, group, of_kind):
            if other in row:
                holds[i, row[other]] = True
    return holds | holds.T

"""Expands `(a|b|)` patterns and reads the hand-written texts."""

import random
import re
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"
CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


def expand(pattern: str, rng: random.Random) -> str:
    """One random reading of a pattern; single spaces."""
    while CHOICE.search(pattern):
        pattern = CHOICE.sub(lambda found: rng.choice(found.group(1).split("|")), pattern)
    return re.sub(r" +([,.?!])", r"\1", re.sub(r"\s{2,}", " ", pattern)).strip()


def read_lines(name: str) -> list[tuple[list[str], str]]:
    """(labels, text) of each line; no labels means harmless."""
    made = []
    for line in (TEXTS / name).read_text(encoding="utf-8").split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        labels, _, text = line.partition(" | ")
        made.append(([] if labels.strip() == "0" else [part.strip() for part in labels.split(",")], text.strip()))
    return made

"""Authored training rows."""

from exchanges import compose_pairs


def authored_rows(seed: int) -> list[dict]:
    return []

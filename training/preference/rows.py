"""What `safelevel constitution export` writes, as rows for TRL's trainers. Rows that a trainer can't take are an error, never left out."""

import hashlib
import json
from pathlib import Path

from datasets import Dataset

FILES = {"sft": "trl-sft.jsonl", "dpo": "trl-dpo.jsonl"}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            made.update(piece)
    return made.hexdigest()


def data_file(data: Path, method: str) -> Path:
    """The file itself, or the one of that method in a folder of exports."""
    return data / FILES[method] if data.is_dir() else data


def read_rows(path: Path, method: str) -> Dataset:
    """Conversations, prompt apart. Raises ValueError naming the line of what is none."""
    rows = []
    with path.open(encoding="utf8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                rows.append(row_of(json.loads(line), method))
            except (ValueError, KeyError, TypeError, AttributeError) as wrong:
                raise ValueError(f"{path.name}, line {number}: {wrong if isinstance(wrong, ValueError) and not isinstance(wrong, json.JSONDecodeError) else 'no row of this method'}") from wrong
    if not rows:
        raise ValueError(f"{path.name} holds no rows")
    return Dataset.from_list(rows)


def row_of(row: dict, method: str) -> dict:
    if method == "sft":
        if "messages" in row:
            turns = checked(row["messages"])
            prompt, completion = turns[:-1], turns[-1:]
        else:
            prompt, completion = checked(row["prompt"]), checked(row["completion"])
        return {"prompt": ends(prompt, "user"), "completion": ends(completion, "assistant")}
    chosen, rejected = ends(checked(row["chosen"]), "assistant"), ends(checked(row["rejected"]), "assistant")
    return {"prompt": ends(checked(row["prompt"]), "user"), "chosen": chosen[-1:], "rejected": rejected[-1:]}


def checked(turns: list) -> list:
    made = [{"role": turn["role"], "content": turn["content"]} for turn in turns]
    if not all(isinstance(turn["content"], str) and turn["role"] in ("system", "user", "assistant") for turn in made):
        raise ValueError("a turn has a role and words")
    return made


def ends(turns: list, role: str) -> list:
    if not turns or turns[-1]["role"] != role:
        raise ValueError(f"the last turn is not the {role}'s")
    return turns

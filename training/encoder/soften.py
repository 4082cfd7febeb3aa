"""Scores texts for the screen to learn from: `python training/encoder/soften.py TEXTS.jsonl OUT.f32 [--assets DIR]`.

TEXTS: one object a line with `side`, `text`, `prompt`, as `training/screen/train.ts --list` writes them. OUT: float32 [rows, outputs], calibrated
probabilities in the order of the lines; NaN for texts that don't fit one window, since nothing says which part of them made the score.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from labels import OUTPUTS
from model import tokenizer, windows
from score import logits_of, session


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("texts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--assets", type=Path, default=Path("assets/encoder"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--most-chars", type=int, default=600, help="longer texts are left out")
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.texts.read_text(encoding="utf-8").split("\n") if line]
    tok = tokenizer()
    short = [at for at, row in enumerate(rows) if not row.get("skip") and len(row["text"]) <= args.most_chars]
    texts = tok.encode_batch([rows[at]["text"] for at in short], add_special_tokens=False)
    prompts = tok.encode_batch([rows[at]["prompt"] for at in short], add_special_tokens=False)
    pieces, owner = [], []
    for at, text, prompt in zip(short, texts, prompts):
        made = windows(text.ids, None) if rows[at]["side"] == "prompt" else windows(prompt.ids, text.ids)
        if len(made) == 1:
            pieces += made
            owner.append(at)
    values = logits_of(session(args.assets / "model.onnx", args.threads), pieces)
    logits = np.full((len(rows), len(OUTPUTS)), np.nan, dtype=np.float32)
    logits[owner] = values
    calibration = json.loads((args.assets / "manifest.json").read_text())["calibration"]
    slope = np.array([calibration[name]["a"] for name in OUTPUTS], dtype=np.float32)
    intercept = np.array([calibration[name]["b"] for name in OUTPUTS], dtype=np.float32)
    (1 / (1 + np.exp(-(slope * logits + intercept)))).astype("<f4").tofile(args.out)


if __name__ == "__main__":
    main()

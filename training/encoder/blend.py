"""Averages checkpoints of one training: `python training/encoder/blend.py OUT.pt A.pt:0.5 B.pt:0.3 ...`.

Points along one path of training that err differently; the weights between them err less than each, at no cost when it runs.
"""

import sys
from pathlib import Path

import torch


def main() -> None:
    out, *parts = sys.argv[1:]
    shares = [(Path(path), float(share)) for path, share in (part.rsplit(":", 1) for part in parts)]
    if abs(sum(share for _, share in shares) - 1) > 1e-6:
        raise SystemExit("the shares must add up to 1")
    saved = [torch.load(path, map_location="cpu", weights_only=False) for path, _ in shares]
    last = max(saved, key=lambda state: state["step"])
    model = {
        name: sum(share * state["model"][name].float() for state, (_, share) in zip(saved, shares)) if value.is_floating_point() else value
        for name, value in last["model"].items()
    }
    blend = [{"step": state["step"], "share": share} for state, (_, share) in zip(saved, shares)]
    torch.save({**last, "model": model, "optimizer": None, "blend": blend}, out)


if __name__ == "__main__":
    main()

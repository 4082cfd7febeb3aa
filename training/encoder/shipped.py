"""Reads a shipped model back into an encoder that can be trained: `--start assets/encoder/model.onnx` of train.py, where no checkpoint was kept.

What int8 rounded away stays away (training mends it); layers that are never trained come from the base.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from model import Encoder
from onnx import numpy_helper

# the order in which the exported graph multiplies, layer by layer
PARTS = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense", "output.dense")
PLAIN = ("attention.output.LayerNorm.weight", "attention.output.LayerNorm.bias", "output.LayerNorm.weight", "output.LayerNorm.bias")


def load_shipped(path: Path) -> Encoder:
    """An encoder with the weights of an exported int8 model.

    @throws RuntimeError when the graph is not one of ours
    """
    graph = onnx.load(path).graph
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    products = [node.input[1] for node in graph.node if node.op_type == "MatMulInteger"]
    model = Encoder()
    state = model.state_dict()
    layers = model.bert.encoder.layer
    if len(products) != len(PARTS) * len(layers):
        raise RuntimeError(f"{path} has {len(products)} quantised products, not {len(PARTS) * len(layers)}")
    for at, name in enumerate(products):
        stem = name.removesuffix("_quantized")
        scale, zero = held[f"{stem}_scale"], held[f"{stem}_zero_point"]
        depth, part = divmod(at, len(PARTS))
        weight = ((held[name].astype(np.float32) - zero.astype(np.float32)) * scale).T
        _put(state, f"bert.encoder.layer.{depth}.{PARTS[part]}.weight", weight)
        _put(state, f"bert.encoder.layer.{depth}.{PARTS[part]}.bias", held[f"layers.{depth}.{PARTS[part]}.bias"])
    for depth in range(len(layers)):
        for name in PLAIN:
            _put(state, f"bert.encoder.layer.{depth}.{name}", held[f"layers.{depth}.{name}"])
    _put(state, "heads.weight", held["heads.weight"].T)
    _put(state, "heads.bias", held["heads.bias"])
    model.load_state_dict(state)
    return model


def sittings_of(path: Path) -> list[dict]:
    """What was trained before, as the manifest beside an exported model says."""
    return json.loads((path.parent / "manifest.json").read_text())["training"]


def _put(state: dict, name: str, value: np.ndarray) -> None:
    if tuple(state[name].shape) != value.shape:
        raise RuntimeError(f"{name} has the shape {value.shape}, not {tuple(state[name].shape)}")
    state[name] = torch.from_numpy(np.array(value, dtype=np.float32))

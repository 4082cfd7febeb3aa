"""Exports the last checkpoint: `python training/encoder/export.py` -> assets/encoder/model.onnx (int8), vocab.txt, tokenizer.json.

Matrices are int8 with dynamic activations; the embedding table is int8 with one scale per token; the heads stay float.
"""

import argparse
import json
import math
import shutil
import tempfile
import warnings
from pathlib import Path

import onnx
import torch
from labels import OUTPUTS
from model import BASE, MAX_TOKENS, STRIDE, Encoder, any_hazard
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn
from torch.nn import functional as F


class Int8Table(nn.Module):
    """An embedding table as int8 rows with a float scale each."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        scale = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", torch.round(weight / scale).to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return F.embedding(ids, self.rows).float() * F.embedding(ids, self.scale)


class Plain(nn.Module):
    """The trained encoder in plain operators, so that the graph is small and runs on any ONNX runtime."""

    def __init__(self, trained: Encoder, quantized_table: bool) -> None:
        super().__init__()
        bert = trained.bert
        table = bert.embeddings.word_embeddings
        self.words = Int8Table(table.weight.data) if quantized_table else table
        self.positions = nn.Parameter(bert.embeddings.position_embeddings.weight.data.clone())
        self.types = bert.embeddings.token_type_embeddings
        self.norm = bert.embeddings.LayerNorm
        self.layers = bert.encoder.layer
        self.heads = trained.heads
        self.num_heads = bert.config.num_attention_heads

    def forward(self, input_ids, attention_mask, token_type_ids):
        batch, length = input_ids.shape
        hidden = self.norm(self.words(input_ids) + self.types(token_type_ids) + self.positions[:length].unsqueeze(0))
        width = hidden.shape[-1]
        size = width // self.num_heads
        blocked = (1.0 - attention_mask[:, None, None, :].to(hidden.dtype)) * -10000.0
        for layer in self.layers:
            own = layer.attention.self
            query, key, value = (part(hidden).view(batch, length, self.num_heads, size).transpose(1, 2) for part in (own.query, own.key, own.value))
            weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(size) + blocked, dim=-1)
            mixed = (weights @ value).transpose(1, 2).reshape(batch, length, width)
            hidden = layer.attention.output.LayerNorm(layer.attention.output.dense(mixed) + hidden)
            hidden = layer.output.LayerNorm(layer.output.dense(F.gelu(layer.intermediate.dense(hidden))) + hidden)
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return any_hazard(self.heads(torch.cat([hidden[:, 0], mean], dim=1)))


def to_onnx(module: nn.Module, path: Path) -> None:
    ids = torch.randint(1000, 2000, (2, 16))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "tokens"} for name in names} | {"logits": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, (ids, torch.ones_like(ids), torch.zeros_like(ids)), str(path), input_names=names, output_names=["logits"],
            dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", type=Path, default=Path("training/encoder/runs/checkpoint.pt"))
    parser.add_argument("--out", type=Path, default=Path("assets/encoder"))
    args = parser.parse_args()
    saved = torch.load(args.checkpoint, map_location="cpu", weights_only=False)
    trained = Encoder()
    trained.load_state_dict(saved["model"])
    trained.eval()
    args.out.mkdir(parents=True, exist_ok=True)
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        plain = Plain(trained, quantized_table=False).eval()
        ids = torch.randint(1000, 20000, (3, 40))
        mask = torch.ones_like(ids)
        mask[1, 20:] = 0
        types = torch.zeros_like(ids)
        types[:, 10:] = 1
        gap = (plain(ids, mask, types) - any_hazard(trained(ids, mask, types))).abs().max().item()
        if gap > 1e-3:
            raise RuntimeError(f"the plain graph differs from the trained model by {gap}")
        to_onnx(plain, args.checkpoint.parent / "model-fp32.onnx")
        float_path, path = Path(folder) / "float.onnx", args.out / "model.onnx"
        to_onnx(Plain(trained, quantized_table=True).eval(), float_path)
        graph = onnx.load(float_path)
        # products of two activations stay float: their quantisation costs accuracy and saves nothing
        constants = {tensor.name for tensor in graph.graph.initializer}
        weights = [node.name for node in graph.graph.node if node.op_type == "MatMul" and any(name in constants for name in node.input)]
        quantize_dynamic(float_path, path, op_types_to_quantize=["MatMul"], nodes_to_quantize=weights, weight_type=QuantType.QInt8, per_channel=True)
    final = onnx.load(path)
    final.ir_version = min(final.ir_version, 10)
    onnx.checker.check_model(final)
    onnx.save(final, path)
    shutil.copy(BASE / "vocab.txt", args.out / "vocab.txt")
    tokenizer = {
        "type": "bert-wordpiece", "lowercase": True, "stripAccents": True, "chineseCharacters": True, "cleanText": True, "maxWordCharacters": 100,
        "vocab": "vocab.txt", "special": {"pad": 0, "unknown": 100, "cls": 101, "sep": 102}, "maxTokens": MAX_TOKENS, "stride": STRIDE,
    }  # fmt: skip
    (args.out / "tokenizer.json").write_text(json.dumps(tokenizer, indent=1) + "\n")
    (args.checkpoint.parent / "training.json").write_text(json.dumps({"sittings": saved["sittings"], "seed": saved["seed"], "steps": saved["step"], "blend": saved.get("blend", [])}, indent=1))
    print(json.dumps({"outputs": len(OUTPUTS), "bytes": path.stat().st_size, "planeGap": gap, "opset": final.opset_import[0].version, "ir": final.ir_version}))


if __name__ == "__main__":
    main()

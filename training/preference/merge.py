"""An adapter merged into a copy of its base, as GGUF: `python merge.py --base FILE --adapter DIR --out FILE`.

Metadata, tokenizer and every tensor that was not trained are copied byte for byte, so that the same server serves both and nothing but the
training differs. Trained tensors are dequantised, summed with their low-rank change in float32, and stored as Q8_0 or F16.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import dequantize, quantize
from safetensors.numpy import load_file

# transformers' name of a part of a layer -> llama.cpp's. Gemma 3 permutes nothing, and norms (stored with one added) are never trained.
PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
FORMATS = {"q8_0": GGMLQuantizationType.Q8_0, "f16": GGMLQuantizationType.F16}
# Names of the file itself, which its writer sets.
OWN = ("GGUF.version", "GGUF.tensor_count", "GGUF.kv_count", "general.architecture")


def changes(adapter: Path) -> dict[str, np.ndarray]:
    """What is added to each tensor, by llama.cpp's name; float32, shaped (out, in). Raises ValueError for a part that is not known."""
    config = json.loads((adapter / "adapter_config.json").read_text("utf8"))
    if config.get("use_dora") or config.get("rank_pattern") or config.get("alpha_pattern") or config.get("modules_to_save"):
        raise ValueError("only plain low-rank adapters are merged here")
    scale = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
    weights = load_file(adapter / "adapter_model.safetensors")
    made = {}
    for name in weights:
        if not name.endswith(".lora_A.weight"):
            if name.endswith(".lora_B.weight"):
                continue
            raise ValueError(f"{name} is no part of a low-rank adapter")
        stem = name.removesuffix(".lora_A.weight")
        _, _, rest = stem.partition(".layers.")
        layer, _, part = rest.partition(".")
        if not layer.isdigit() or part not in PARTS:
            raise ValueError(f"{stem} has no name in GGUF")
        down, up = weights[name].astype(np.float32), weights[f"{stem}.lora_B.weight"].astype(np.float32)
        made[f"blk.{layer}.{PARTS[part]}.weight"] = scale * (up @ down)
    return made


def merge(base: Path, added: dict[str, np.ndarray], out: Path, stored_as: str = "q8_0") -> dict[str, int]:
    """Writes `out`. Returns how many tensors were merged and how many copied. Raises ValueError when a change fits no tensor."""
    reader = GGUFReader(base)
    known = {tensor.name: tuple(int(n) for n in reversed(tensor.shape)) for tensor in reader.tensors}
    for name, change in added.items():
        if known.get(name) != change.shape:
            raise ValueError(f"{name}: the base has {known.get(name)}, the change {change.shape}")
    kind = FORMATS[stored_as]
    writer = GGUFWriter(out, arch=str(reader.fields["general.architecture"].contents()))
    copy_metadata(reader, writer)
    for tensor in reader.tensors:
        if tensor.name not in added:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        whole = dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(known[tensor.name]) + added[tensor.name]
        writer.add_tensor(tensor.name, quantize(whole, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return {"merged": len(added), "copied": len(known) - len(added)}


def copy_metadata(reader: GGUFReader, writer: GGUFWriter) -> None:
    for field in reader.fields.values():
        if field.name in OWN:
            continue
        kind = field.types[0]
        of = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=of)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--adapter", type=Path, required=True, help="folder with adapter_config.json and adapter_model.safetensors")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--format", choices=FORMATS, default="q8_0")
    args = parser.parse_args()
    print(json.dumps(merge(args.base, changes(args.adapter), args.out, args.format)))


if __name__ == "__main__":
    main()

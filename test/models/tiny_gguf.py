"""Writes a Gemma 3 of some ten thousand random weights: `python tiny_gguf.py FILE`. It says nothing, and trains in seconds."""

import sys

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from gguf.quants import quantize

WIDTH, HIDDEN, LAYERS, HEADS, HEAD = 64, 128, 2, 2, 32
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>"]
TOKENS = SPECIAL + [f"<0x{n:02X}>" for n in range(256)] + ["▁", "\n"] + [chr(n) for n in range(33, 127)]


def main(path: str) -> None:
    drawn = np.random.default_rng(1)
    writer = GGUFWriter(path, arch="gemma3")
    writer.add_name("tiny")
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_sliding_window(128)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(TOKENS)
    writer.add_token_scores([0.0] * 260 + [-float(n) for n in range(len(TOKENS) - 260)])
    kinds = [TokenType.CONTROL] * 4 + [TokenType.BYTE] * 256 + [TokenType.NORMAL] * (len(TOKENS) - 260)
    writer.add_token_types(kinds)
    writer.add_pad_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_unk_token_id(3)

    def matrix(name: str, rows: int, columns: int) -> None:
        weights = drawn.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)
        kind = GGMLQuantizationType.Q8_0
        writer.add_tensor(name, quantize(weights, kind), raw_dtype=kind)

    matrix("token_embd.weight", len(TOKENS), WIDTH)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    for layer in range(LAYERS):
        at = f"blk.{layer}"
        for part, rows, columns in (
            ("attn_q", HEADS * HEAD, WIDTH),
            ("attn_k", HEAD, WIDTH),
            ("attn_v", HEAD, WIDTH),
            ("attn_output", WIDTH, HEADS * HEAD),
            ("ffn_gate", HIDDEN, WIDTH),
            ("ffn_up", HIDDEN, WIDTH),
            ("ffn_down", WIDTH, HIDDEN),
        ):
            matrix(f"{at}.{part}.weight", rows, columns)
        for norm in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm"):
            writer.add_tensor(f"{at}.{norm}.weight", np.ones(WIDTH, np.float32))
        for norm in ("attn_q_norm", "attn_k_norm"):
            writer.add_tensor(f"{at}.{norm}.weight", np.ones(HEAD, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1])

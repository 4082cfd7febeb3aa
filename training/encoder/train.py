"""Trains the encoder: `python training/encoder/train.py --data DIR [--resume] [--max-minutes N]`.

Seeded and resumable. A run holds its learning rate, then cools down over its last part (40 %); `--resume` goes on from the last
checkpoint with the pool as it is now, so that data can grow between sittings. Each sitting is written to the checkpoint.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from data import build_pool, length_probe, target_matrix
from labels import COMPLETION_GENERAL, HAZARDS, INDEX, OUTPUTS, PROMPT_GENERAL
from model import MAX_TOKENS, Encoder, assemble, pad, tokenizer
from shipped import load_shipped, sittings_of
from tqdm import tqdm

TOKENS_PER_BATCH = 2560
MAX_ROWS_PER_BATCH = 64


def head_weights() -> tuple[torch.Tensor, torch.Tensor]:
    """How much each output counts, and how much more a yes counts than a no (rare labels would vanish otherwise)."""
    weight = torch.ones(len(OUTPUTS))
    positive = torch.ones(len(OUTPUTS))
    for side in ("prompt", "completion"):
        for name in HAZARDS:
            weight[INDEX[f"{side}.{name}"]] = 0.35
            positive[INDEX[f"{side}.{name}"]] = 2.5
    for at in (PROMPT_GENERAL, COMPLETION_GENERAL):
        weight[at], positive[at] = 2.0, 1.0
    return weight, positive


def draw_window(prompt: list[int], completion: list[int] | None, rng: random.Random):
    """One training window of a row: mostly the start, else anywhere; pairs sometimes lose their prompt."""
    room = MAX_TOKENS - 2
    if completion is None:
        if len(prompt) > room:
            room = room if rng.random() < 0.5 else 78
            at = 0 if rng.random() < 0.4 else rng.randrange(len(prompt) - room + 1)
            prompt = prompt[at : at + room]
        return assemble(prompt, None)
    if rng.random() < 0.08:
        prompt = []
    space = room - min(len(prompt), room // 3)
    if len(completion) > space and rng.random() < 0.4:
        at = rng.randrange(len(completion) - space + 1)
        completion = completion[at : at + space]
    elif len(completion) > 24 and rng.random() < 0.15:
        # a stream is judged before it ends
        completion = completion[: rng.randrange(16, min(len(completion), space) + 1)]
    return assemble(prompt, completion)


def batches(windows: list, rng: random.Random):
    """Row numbers by batch: similar lengths together, order shuffled, a bounded number of tokens each."""
    order = list(range(len(windows)))
    rng.shuffle(order)
    order.sort(key=lambda at: len(windows[at][0]) + rng.random() * 8)
    made, now = [], []
    for at in order:
        width = len(windows[at][0])
        if now and (width * (len(now) + 1) > TOKENS_PER_BATCH or len(now) >= MAX_ROWS_PER_BATCH):
            made.append(now)
            now = []
        now.append(at)
    made.append(now)
    rng.shuffle(made)
    return made


def learn(rank: int, args, model: Encoder, tokens, targets, trust, known, manifest: dict, resumed: dict) -> None:
    """One worker: trains on every `workers`-th batch. On CPU the workers share the weights and update them without locks
    (Hogwild); one thread each, since threads that wait for each other waste a busy machine."""
    device = next(model.parameters()).device
    kind = device.type
    torch.set_num_threads(1)
    torch.manual_seed(args.seed * 100 + rank)
    half = kind == "cuda" or (torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.ops.mkldnn._is_mkldnn_bf16_supported())
    weight, positive = (t.to(device) for t in head_weights())
    groups = model.parameter_groups(args.rate, args.freeze)
    peaks = [group["peak"] for group in groups]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, betas=(0.9, 0.98))
    if "optimizer" in resumed:
        optimizer.load_state_dict(resumed["optimizer"])
    step, epoch = resumed.get("step", 0), resumed.get("epoch", 0)
    checkpoint = args.out / "checkpoint.pt"
    first_step, first_epoch, started, saved_at, seen = step, epoch, time.monotonic(), time.monotonic(), 0

    def save() -> None:
        if rank != 0:
            return
        note = {"pool": manifest["rows"], "batches": (step - first_step) * args.workers, "tokens": seen * args.workers, "minutes": round((time.monotonic() - started) / 60, 1)}
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "epoch": epoch, "seed": args.seed}
        torch.save({**state, "sittings": [*resumed.get("sittings", []), note]}, checkpoint.with_suffix(".tmp"))
        checkpoint.with_suffix(".tmp").replace(checkpoint)

    share, loss_mean = 0.0, math.nan
    while share < 1:
        rng = random.Random(args.seed * 1000 + epoch)
        drawn = [draw_window(p, c, rng) for p, c in tokens]
        plan = batches(drawn, rng)[rank :: args.workers]
        bar = tqdm(plan, desc=f"epoch {epoch}", mininterval=10, disable=rank != 0)
        for at, rows in enumerate(bar):
            by_steps = (epoch - first_epoch + at / len(plan)) / args.epochs
            share = max(by_steps, (time.monotonic() - started) / (60 * args.max_minutes))
            if share >= 1:
                break
            factor = min(1.0, (step - first_step + 1) / 60) * (1.0 if share < args.hold else max(0.03, (1 - share) / (1 - args.hold)))
            for group, peak in zip(optimizer.param_groups, peaks):
                group["lr"] = peak * factor
            model.train()
            ids, mask, types = (t.to(device) for t in pad([drawn[row] for row in rows]))
            with torch.autocast(kind, torch.bfloat16, enabled=half):
                logits = model(ids, mask, types)
            pick = torch.tensor(rows)
            bce = torch.nn.functional.binary_cross_entropy_with_logits(logits.float(), targets[pick].to(device), pos_weight=positive, reduction="none")
            loss = (bce * (known[pick] * trust[pick]).to(device) * weight).sum() / len(rows)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            seen += int(mask.sum())
            value = loss.item()
            loss_mean = value if math.isnan(loss_mean) else 0.98 * loss_mean + 0.02 * value
            bar.set_postfix(loss=f"{loss_mean:.3f}", share=f"{share:.2f}", tokens_s=int(seen * args.workers / (time.monotonic() - started)), refresh=False)
            if time.monotonic() - saved_at > 150:
                save()
                saved_at = time.monotonic()
        else:
            epoch += 1
            share = (epoch - first_epoch) / args.epochs
    save()
    if rank == 0:
        print(json.dumps({"steps": step, "loss": round(loss_mean, 4), "minutes": round((time.monotonic() - started) / 60, 1)}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and dev/")
    parser.add_argument("--out", type=Path, default=Path("training/encoder/runs"))
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--start", type=Path, help="begin with the weights of an exported model.onnx, where its checkpoint is lost")
    parser.add_argument("--max-minutes", type=float, default=60)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--hold", type=float, default=0.6, help="share of the run before the learning rate falls")
    parser.add_argument("--freeze", type=int, default=2, help="lower layers that stay as pre-trained")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2, help="processes on CPU; 1 makes a run repeatable")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        args.workers = 1

    pool, manifest = build_pool(args.data, args.seed)
    manifest["shortcuts"] = length_probe(pool)
    (args.out / "pool.json").write_text(json.dumps(manifest, indent=1))
    tok = tokenizer()
    encode = lambda texts: [e.ids for e in tok.encode_batch([t[:6000] for t in texts], add_special_tokens=False)]
    tokens = [
        (text, None) if row.prompt is None else (prompt, text)
        for row, text, prompt in zip(pool, encode([row.text for row in pool]), encode([row.prompt or "" for row in pool]))
    ]
    targets, trust = map(torch.from_numpy, target_matrix(pool))
    known = ~torch.isnan(targets)
    targets = torch.nan_to_num(targets)
    model = (Encoder() if args.start is None else load_shipped(args.start)).to(device)
    resumed: dict = {} if args.start is None else {"sittings": sittings_of(args.start)}
    if args.resume and (args.out / "checkpoint.pt").exists():
        resumed = torch.load(args.out / "checkpoint.pt", map_location=device, weights_only=False)
        model.load_state_dict(resumed["model"])
    work = (args, model, tokens, targets, trust, known, manifest, resumed)
    if args.workers == 1:
        learn(0, *work)
        return
    model.share_memory()
    others = [torch.multiprocessing.get_context("fork").Process(target=learn, args=(rank, *work), daemon=True) for rank in range(1, args.workers)]
    for process in others:
        process.start()
    learn(0, *work)
    for process in others:
        process.join()


if __name__ == "__main__":
    main()

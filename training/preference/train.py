"""Tunes Gemma 3 on data of a constitution: `python train.py --data EXPORT --base FILE.gguf --out DIR [--method sft|dpo]`.

Seeded, shows its progress, and goes on from its last checkpoint when it is started again with the same options. `DIR` then holds `adapter/`
(what was learned), `model.gguf` (merged: what is served) and `manifest.json` (digests, versions, settings, the curve of the loss). The result
is a base like any other: preferences are best tuned on top of what was taught by example, `--method dpo --base SFT/model.gguf`.
"""

import argparse
import json
import os
import platform
import shutil
import time
from importlib.metadata import version
from pathlib import Path

import torch
from load import load
from merge import FORMATS, changes, merge
from peft import LoraConfig
from rows import data_file, digest, read_rows
from transformers import TrainerCallback, set_seed
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

FORMAT = "safelevel-preference-run-1"
PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "gguf")
RATES = {"sft": 4e-4, "dpo": 2e-4}
# The better answer is learned by example too: where both are unlikely, preference alone may make both less likely still.
DPO = {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, 1.0]}


class Curve(TrainerCallback):
    """Keeps what the trainer logs, without what depends on the machine."""

    NAMES = ("loss", "learning_rate", "grad_norm", "mean_token_accuracy", "rewards/accuracies", "rewards/margins", "logps/chosen", "logps/rejected")

    @staticmethod
    def of(history: list[dict]) -> list[dict]:
        return [
            {"step": entry["step"], **{name: round(float(entry[name]), 6) for name in Curve.NAMES if name in entry}}
            for entry in history
            if "loss" in entry
        ]


class Whole(TrainerCallback):
    """Marks checkpoints that were written to their end: a run that is killed leaves the last one in part."""

    MARK = "whole"

    def on_save(self, args, state, control, **_):
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / self.MARK).touch()

    @staticmethod
    def last(work: Path) -> str | None:
        """The newest whole one; what is newer is removed."""
        found = sorted(work.glob("checkpoint-*"), key=lambda one: int(one.name.rpartition("-")[2]), reverse=True)
        for one in found:
            if (one / Whole.MARK).exists():
                return str(one)
            shutil.rmtree(one)
        return None


def settings(args) -> dict:
    """What the trainer is told; whatever is here changes the result, and is part of the manifest."""
    return {
        "num_train_epochs": args.epochs,
        "per_device_train_batch_size": args.batch,
        "gradient_accumulation_steps": args.accumulate,
        "learning_rate": args.rate if args.rate is not None else RATES[args.method],
        "lr_scheduler_type": "cosine",
        "warmup_steps": args.warmup,
        "max_length": args.max_length,
        "seed": args.seed,
        "data_seed": args.seed,
        "bf16": args.bf16,
        **(DPO | {"beta": args.beta} if args.method == "dpo" else {"completion_only_loss": True}),
    }


def adapter(args) -> LoraConfig:
    return LoraConfig(
        r=args.rank,
        lora_alpha=2 * args.rank,
        lora_dropout=0.0,
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        task_type="CAUSAL_LM",
    )


def trainer_of(args, model, tokenizer, rows):
    config = SFTConfig if args.method == "sft" else DPOConfig
    trainer = SFTTrainer if args.method == "sft" else DPOTrainer
    how = config(
        output_dir=str(args.out / "work"),
        logging_steps=args.log_every,
        save_steps=args.save_every,
        save_total_limit=2,
        report_to="none",
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=False,
        dataloader_num_workers=0,
        disable_tqdm=False,
        **settings(args),
    )
    return trainer(model=model, args=how, train_dataset=rows, processing_class=tokenizer, peft_config=adapter(args), callbacks=[Whole()])


def intention(args, source: Path) -> dict:
    """All that the result depends on. A folder is only gone on with under the same."""
    return {
        "format": FORMAT,
        "method": args.method,
        "data": {"file": source.name, "digest": digest(source)},
        "base": {"file": args.base.name, "digest": digest(args.base)},
        "settings": settings(args),
        "adapter": {"rank": args.rank, "alpha": 2 * args.rank},
        "stored": args.format,
        "versions": {name: version(name) for name in PACKAGES},
    }


def main() -> None:
    args = options()
    source = data_file(args.data, args.method)
    wanted = intention(args, source)
    args.out.mkdir(parents=True, exist_ok=True)
    begun = args.out / "intention.json"
    if begun.exists() and json.loads(begun.read_text("utf8")) != wanted:
        raise SystemExit(f"{args.out} was begun with other data, base or options: name another folder, or the same ones")
    if (args.out / "manifest.json").exists():
        print(f"{args.out} is finished already")
        return
    begun.write_text(json.dumps(wanted, indent=1), "utf8")

    set_seed(args.seed)
    rows = read_rows(source, args.method)
    # The frozen weights may be rounded while training: the change is merged into what they were before.
    model, tokenizer = load(args.base, torch.bfloat16 if args.bf16 else torch.float32)
    trainer = trainer_of(args, model, tokenizer, rows)
    last = Whole.last(args.out / "work")
    started = time.monotonic()
    done = trainer.train(resume_from_checkpoint=last)
    trainer.save_model(str(args.out / "adapter"))
    counts = merge(args.base, changes(args.out / "adapter"), args.out / "model.gguf", args.format)
    trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
    manifest = {
        **wanted,
        "rows": len(rows),
        "steps": trainer.state.global_step,
        "parameters": {"trained": trained, "all": sum(p.numel() for p in trainer.model.parameters())},
        "tensors": counts,
        "flops": float(trainer.state.total_flos),
        "loss": round(done.training_loss, 6),
        "curve": Curve.of(trainer.state.log_history),
        "result": {
            "file": "model.gguf",
            "digest": digest(args.out / "model.gguf"),
            "sizeBytes": (args.out / "model.gguf").stat().st_size,
            "adapter": digest(args.out / "adapter" / "adapter_model.safetensors"),
        },
        "machine": {"python": platform.python_version(), "device": str(trainer.args.device), "threads": torch.get_num_threads()},
        "resumed": last is not None,
        "lastSittingSeconds": round(time.monotonic() - started, 1),
    }
    (args.out / "manifest.tmp").write_text(json.dumps(manifest, indent=1), "utf8")
    (args.out / "manifest.tmp").replace(args.out / "manifest.json")
    shutil.rmtree(args.out / "work")
    print(json.dumps({name: manifest[name] for name in ("method", "rows", "steps", "loss", "result")}))


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="an export: trl-sft.jsonl or trl-dpo.jsonl, or a folder with it")
    parser.add_argument("--base", type=Path, required=True, help="the GGUF file that is tuned")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--method", choices=FORMATS_OF_DATA, default="dpo")
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--accumulate", type=int, default=2)
    parser.add_argument("--rate", type=float, help="highest learning rate; 4e-4 for sft, 2e-4 for dpo")
    parser.add_argument("--warmup", type=int, default=4, help="steps")
    parser.add_argument("--beta", type=float, default=0.1, help="of dpo: how dear it is to leave the base")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--max-length", type=int, default=256, help="tokens of prompt and answer")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True, help="compute in bfloat16; what is learned stays float32")
    parser.add_argument("--format", choices=FORMATS, default="q8_0", help="of merged tensors")
    parser.add_argument("--save-every", type=int, default=10, help="steps")
    parser.add_argument("--log-every", type=int, default=1, help="steps")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    return args


FORMATS_OF_DATA = ("sft", "dpo")

if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()

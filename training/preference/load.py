"""A GGUF file of Gemma 3 as a model that can be trained: `python load.py --base FILE [--prompts FILE]`.

The command prints, for each line of the prompts, what the model says without drawing: as JSON lines, so that it can be held against
what llama.cpp says with the same file.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

# A base model has no chat format. This is how the `llama-cpp` upstream writes a conversation out for one, to the letter; an answer ends with
# the end of the text. What is trained in another form than it is served in is not what was trained.
CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{%- for turn in messages -%}"
    "{%- if turn['role'] == 'system' -%}{{ ('' if loop.first else '### System\n') + turn['content'] + '\n\n' }}"
    "{%- elif turn['role'] == 'user' -%}{{ '### Human\n' + turn['content'] + '\n\n' }}"
    "{%- else -%}{{ '### Assistant\n' + turn['content'] + (eos_token if loop.last else '\n\n') }}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '### Assistant\n' }}{%- endif -%}"
)
NEXT_TURN = ("\n### ", "\nHuman:", "\nUser:")


def load(base: Path, dtype: torch.dtype = torch.float32):
    """Model (in float32 every weight is as llama.cpp reads it) and tokenizer. Raises ValueError for what is no Gemma 3."""
    if not base.is_file():
        raise ValueError(f"{base} is no file")
    tokenizer = AutoTokenizer.from_pretrained(base.parent, gguf_file=base.name)
    # Left packed, every product would unpack its weights again: many times slower, and not to be trained.
    plain = GgufConfig(dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(base.parent, gguf_file=base.name, dtype=dtype, quantization_config=plain)
    if model.config.model_type != "gemma3_text":
        raise ValueError(f"{base.name} holds {model.config.model_type}; only Gemma 3 is known here")
    tokenizer.chat_template = CHAT_TEMPLATE
    if tokenizer.pad_token is None:
        tokenizer.pad_token = "<pad>"
    # A plain model by now, though it may still be marked as one that can't be trained.
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    return model, tokenizer


@torch.no_grad()
def says(model, tokenizer, prompt: str, max_tokens: int) -> str:
    """What comes without drawing, up to the end of the turn."""
    turns = [{"role": "user", "content": prompt}]
    inputs = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    made = model.generate(**inputs, max_new_tokens=max_tokens, do_sample=False, pad_token_id=tokenizer.pad_token_id)
    text = tokenizer.decode(made[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return text[: min((at for at in map(text.find, NEXT_TURN) if at >= 0), default=len(text))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, help="one a line; standard input when absent")
    parser.add_argument("--max-tokens", type=int, default=32)
    args = parser.parse_args()
    model, tokenizer = load(args.base)
    model.eval()
    lines = (args.prompts.read_text("utf8") if args.prompts else sys.stdin.read()).splitlines()
    for line in lines:
        if line.strip():
            print(json.dumps({"prompt": line, "text": says(model, tokenizer, line, args.max_tokens)}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()

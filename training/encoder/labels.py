"""The order of the encoder's outputs, read from the product's own taxonomy so that both can never disagree."""

import json
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _names(constant: str) -> list[str]:
    text = (ROOT / "src/screening/taxonomy.ts").read_text()
    body = re.search(rf"export const {constant} = \[(.*?)\] as const", text, re.S)
    if body is None:
        raise RuntimeError(f"taxonomy.ts has no list {constant}")
    return re.findall(r"'([a-z_]+)'", body.group(1))


HAZARDS = _names("HAZARDS")
METHODS = _names("METHODS")
OUTPUTS = (
    [f"prompt.{name}" for name in HAZARDS]
    + [f"completion.{name}" for name in HAZARDS]
    + ["completion.refusal"]
    + [f"prompt.{name}" for name in METHODS]
)
INDEX = {name: at for at, name in enumerate(OUTPUTS)}
PROMPT_GENERAL = INDEX["prompt.general_harm"]
COMPLETION_GENERAL = INDEX["completion.general_harm"]
REFUSAL = INDEX["completion.refusal"]


def source_rules() -> dict:
    """The label table of the linear screen (training/screen/sources.ts), evaluated by the repository's own Node."""
    node = ROOT / "node_modules/.bin/node"
    if not node.exists():
        raise RuntimeError("run `npm ci` first: the label table is TypeScript")
    script = "import('./training/screen/sources.ts').then((m) => console.log(JSON.stringify(m.SOURCES)))"
    done = subprocess.run(
        [str(node), "-e", script], cwd=ROOT, capture_output=True, text=True, check=True, env={**os.environ, "NODE_NO_WARNINGS": "1"}
    )
    return json.loads(done.stdout)

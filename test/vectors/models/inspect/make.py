"""Small evaluation logs by inspect_ai's mock model. Usage: make.py FOLDER"""
import os, shutil, sys

import tiktoken


class Words:
    """Counts tokens without the vocabulary that tiktoken would download."""

    def encode(self, text, **_):
        return text.split()


tiktoken.get_encoding = lambda name: Words()
tiktoken.encoding_for_model = lambda name: Words()

from inspect_ai import Task, eval, __version__
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.scorer import match, Score, scorer, accuracy
from inspect_ai.solver import Generate, TaskState, generate, solver

out = sys.argv[1]

def dataset(n):
    return MemoryDataset([Sample(id=f"t{i}", input=f"Question {i}", target="yes", metadata={"family": f"f{i % 2}"}) for i in range(n)], name="toy")

@solver
def faulty():
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id == "t3" and state.epoch == 2:
            raise ValueError("the container is gone")
        return state
    return solve

@scorer(metrics=[accuracy()])
def sometimes_unscored():
    async def score(state, target):
        if state.sample_id == "t1" and state.epoch == 1:
            return None if tuple(int(x) for x in __version__.split(".")[:3]) >= (0, 3, 150) else Score(value="N")
        return Score(value="C" if state.output.completion == "yes" else "I", answer=state.output.completion)
    return score

def answers(pattern):
    while True:
        for text in pattern:
            yield ModelOutput.from_content("mockllm/model", text)

def model(pattern):
    return get_model("mockllm/model", custom_outputs=answers(pattern))

def keep(name, logs):
    log = logs[0]
    path = log.location
    ext = os.path.splitext(path)[1]
    shutil.move(path.replace("file://", ""), os.path.join(out, f"{name}{ext}"))
    print(name, log.status, log.results.scores[0].metrics if log.results else None)

os.makedirs(out, exist_ok=True)
scratch = os.path.join(out, "scratch")
for fmt, epochs in (("json", 2), ("eval", 10)):
    keep(f"autonomy-{fmt}", eval(Task(dataset=dataset(4), solver=[generate()], scorer=match(), name="toy_autonomy"), model=model(["no"] * 11 + ["yes"]), epochs=epochs, log_dir=scratch, log_format=fmt, display="none", max_samples=1, max_connections=1))
keep("faulty", eval(Task(dataset=dataset(4), solver=[faulty(), generate()], scorer=sometimes_unscored(), name="toy_faulty"), model=model(["no"]), epochs=2, fail_on_error=False, log_dir=scratch, log_format="eval", display="none", max_samples=1, max_connections=1))
keep("failed", eval(Task(dataset=dataset(4), solver=[faulty(), generate()], scorer=match(), name="toy_failed"), model=model(["no"]), epochs=2, fail_on_error=True, log_dir=scratch, log_format="eval", display="none", max_samples=1, max_connections=1))
keep("limited", eval(Task(dataset=dataset(6), solver=[generate()], scorer=match(), name="toy_limited"), model=model(["no"]), limit=3, log_dir=scratch, log_format="eval", display="none", max_samples=1, max_connections=1))
shutil.rmtree(scratch, ignore_errors=True)

"""Time of one window on one core: `python training/encoder/speed.py [MODEL]` -> milliseconds for 128 tokens."""

import json
import os
import sys
import time

import numpy as np
import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1] if len(sys.argv) > 1 else "assets/encoder/model.onnx", options, providers=["CPUExecutionProvider"])
rng = np.random.default_rng(7)
made = {}
for tokens in (32, 64, 128):
    ids = rng.integers(1000, 30000, (1, tokens), dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    for _ in range(10):
        session.run(None, feed)
    wall, cpu = [], []
    for _ in range(100):
        start, used = time.perf_counter(), time.process_time()
        session.run(None, feed)
        wall.append((time.perf_counter() - start) * 1e3)
        cpu.append((time.process_time() - used) * 1e3)
    made[tokens] = {"wallP50": round(float(np.median(wall)), 2), "wallP10": round(float(np.quantile(wall, 0.1)), 2), "cpuP50": round(float(np.median(cpu)), 2)}
print(json.dumps({"milliseconds": made, "load": [round(x, 1) for x in os.getloadavg()]}))

"""Writes files of GGUF as its own Python package has them, and what that reads in them: `python build.py > gguf.json`."""
import base64
import json
import os
import tempfile
from importlib.metadata import version

import gguf
import numpy
from gguf import GGMLQuantizationType as Q
from gguf import GGUFReader, GGUFWriter

def write(name, alignment, tensors, metadata=True):
    path = os.path.join(tempfile.mkdtemp(), 'x.gguf')
    w = GGUFWriter(path, 'llama')
    if alignment: w.add_custom_alignment(alignment)
    if metadata:
        w.add_name('a model'); w.add_block_count(2); w.add_float32('x.f', 1.5); w.add_bool('x.b', True); w.add_uint64('x.u', 2**40)
        w.add_array('tokenizer.ggml.tokens', ['<s>', 'Grüße', '']); w.add_array('tokenizer.ggml.scores', [0.5, -1.5]); w.add_array('x.i', [1, 2, 3])
    for tensor, shape, kind in tensors:
        data = numpy.arange(int(numpy.prod(shape)), dtype=numpy.float32).reshape(shape) / 7
        if kind in (Q.F32, Q.F16): w.add_tensor(tensor, data.astype(numpy.float16) if kind == Q.F16 else data)
        else: w.add_tensor(tensor, gguf.quants.quantize(data, kind), raw_dtype=kind)
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
    read = GGUFReader(path)
    found = [{'name': t.name, 'dtype': t.tensor_type.name, 'shape': [int(n) for n in reversed(t.shape)], 'start': int(t.data_offset), 'length': int(t.n_bytes)} for t in read.tensors]
    return {'name': name, 'tensors': found, 'base64': base64.b64encode(open(path, 'rb').read()).decode()}

cases = [
  write('plain and quantized', None, [('token_embd.weight', (3, 32), Q.F32), ('blk.0.attn_q.weight', (2, 64), Q.Q8_0), ('blk.0.ffn.weight', (2, 2, 32), Q.F16), ('blk.1.attn_q.weight', (1, 32), Q.Q4_0), ('n', (5,), Q.F32), ('blk.1.t', (1, 256), Q.TQ2_0), ('blk.1.b', (2, 3), Q.BF16)]),
  write('aligned to 256', 256, [('a', (1,), Q.F32), ('b', (2, 3), Q.F16)]),
  write('no tensors', None, []),
]
source = f"made with gguf {version('gguf')} of PyPI (MIT) by build.py; what is expected is what its GGUFReader says"
print(json.dumps({'source': source, 'cases': cases}, indent=1, ensure_ascii=False))

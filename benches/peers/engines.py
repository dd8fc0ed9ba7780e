"""One engine in one process: `python engines.py NAME THREADS FRAMES OUTPUT.npy [--proof]`.

A process of its own, for the instruction set of oneDNN and of PyTorch's own kernels is chosen by environment variables,
once. It answers every line on standard input with one run's time; with `--proof` it only tells what it ran.
"""

import collections
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

MARK = "@@ "
"""Begins what is for the parent: libraries print to standard output too."""


def published(threads: int, frames: int):
    """The modules as AudioSep writes them, nothing folded."""
    torch, network = _torch(threads)
    model = network.full()
    magnitudes, condition = network.seeded(frames)
    with torch.inference_mode():
        x, beta = model.base.enter(magnitudes[None]), model.film(condition[None])

    def run():
        with torch.inference_mode():
            return model.base.core(x, beta)

    return run


def eager(threads: int, frames: int, layout: str = "contiguous_format", bf16: bool = False):
    torch, network = _torch(threads)
    x, plan = _plan(torch, network, frames)
    net = network.Eager(plan, getattr(torch, layout))
    x = x.contiguous(memory_format=getattr(torch, layout))

    def run():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            return net(x).float()

    return run


def onnxruntime(threads: int, frames: int):
    import onnxruntime as ort

    x, path = _onnx(frames)
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(["logits"], {"x": x})[0]


def openvino(threads: int, frames: int, precision: str = "f32"):
    import openvino as ov

    x, path = _onnx(frames)
    core = ov.Core()
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": precision,
        "ENABLE_CPU_PINNING": False,
    }
    request = core.compile_model(core.read_model(path), "CPU", settings).create_infer_request()

    def run():
        return request.infer({"x": x})[request.model_outputs[0]]

    run.model = request.get_compiled_model()
    return run


ENGINES = {
    "torch-published": published,
    "torch": eager,
    "torch-channels-last": lambda *a: eager(*a, layout="channels_last"),
    "torch-bf16": lambda *a: eager(*a, layout="channels_last", bf16=True),
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "openvino-bf16": lambda *a: openvino(*a, precision="bf16"),
}


def _torch(threads: int):
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    import network

    return torch, network


def _plan(torch, network, frames: int):
    model = network.full()
    magnitudes, condition = network.seeded(frames)
    with torch.inference_mode():
        x = model.base.enter(magnitudes[None])
    return x.clone(), network.Plan(model, condition)


def _onnx(frames: int):
    torch, network = _torch(1)
    x, plan = _plan(torch, network, frames)
    # In a file: a session from bytes would keep a second copy of the weights.
    path = Path(tempfile.gettempdir()) / f"resunet30-{os.getpid()}.onnx"
    network.write_onnx(plan, frames, path)
    return x.numpy(), _Deleted(path)


class _Deleted(str):
    """A path whose file goes with it."""

    def __del__(self):
        Path(self).unlink(missing_ok=True)


def measured(run) -> dict:
    """Of all threads of this process."""
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    run()
    after, wall = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - wall
    return {"cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "wall": wall}


def proof(name: str, run) -> dict:
    """What the engine says of itself, and which kernels it chose where oneDNN does not tell."""
    told = {"says": {}, "kernels": {}}
    if name.startswith("torch"):
        import torch

        told["says"]["ATen"] = torch.backends.cpu.get_cpu_capability()
    if name.startswith("openvino"):
        kinds = collections.Counter()
        for node in run.model.get_runtime_model().get_ops():
            info = node.get_rt_info()
            layer, kind = (str(info[key].astype(str)) for key in ("layerType", "primitiveType"))
            if not kind.startswith("unknown"):  # constants, and what moves nothing
                kinds[f"{layer} {kind}"] += 1
        told["kernels"] = dict(kinds)
    return told


def main() -> None:
    name, threads, frames, output = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    run = ENGINES[name](threads, frames)
    found = np.asarray(run())  # the first run compiles and allocates
    np.save(output, found.astype(np.float32))
    if "--proof" in sys.argv:
        print(MARK + json.dumps(proof(name, run)), flush=True)
        return
    print(MARK + json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        print(MARK + json.dumps(measured(run)), flush=True)


if __name__ == "__main__":
    main()

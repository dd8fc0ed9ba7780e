"""The full-size network on procedural weights, as one list of steps that every engine is given.

What is constant for a query is folded once, here: FiLM's values into the shift of each batch normalisation, and the
normalisation between two convolutions into the first of them. So no engine wins by folding better than another.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training"))

import resunet  # noqa: E402  (the network itself, beside the trainer)

EPSILON = 1e-5


def uniform(name: str, count: int) -> np.ndarray:
    """`count` values in -1..1 that depend on the name alone: FNV-1a of it, then splitmix64."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    # 64-bit integers are meant to wrap.
    z = np.uint64(state) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def procedural(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """The tensor of that official name, without the prefix `ss_model.`."""
    values = uniform(name, int(np.prod(shape)))
    kind = name.rsplit(".", 1)[1]
    if kind == "running_mean" or kind == "bias":
        values = 0.1 * values
    elif kind == "running_var":
        values = 1 + 0.4 * values
    elif len(shape) == 1:
        values = 1 + 0.3 * values
    elif len(shape) == 2:
        values = values * np.sqrt(3 / shape[1])
    else:
        up = name.startswith("base.decoder_block") and name.count(".") == 3  # base.decoder_blockN.conv1.weight
        values = values * np.sqrt(3 / (shape[0] if up else shape[1] * shape[2] * shape[3]))
    return torch.from_numpy(np.float32(values).reshape(shape))


def full() -> resunet.ResUNet30:
    model = resunet.ResUNet30(resunet.Config())
    shapes = {name: tuple(tensor.shape) for name, tensor in resunet.tensors(model).items()}
    resunet.load_tensors(model, {name: procedural(name, shape) for name, shape in shapes.items()})
    return model.eval()


def seeded(frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`magnitudes` `[frames, 1025]`, spread as those of noise, and `condition` `[512]` of unit norm."""
    random = np.random.default_rng(7)
    noise = random.standard_normal((2, frames, 1025))
    condition = random.standard_normal(512)
    magnitudes = np.sqrt((noise**2).sum(0)).astype(np.float32)
    return torch.from_numpy(magnitudes), torch.from_numpy((condition / np.linalg.norm(condition)).astype(np.float32))


@dataclasses.dataclass
class Step:
    kind: str  # "conv", "up", "norm", "activate", "pool", "add" or "cat"
    inputs: tuple[str, ...]
    output: str
    tensors: tuple[torch.Tensor, ...] = ()
    """conv: weight, bias; up: weight; norm: weight, bias, running mean, running variance."""
    size: tuple[int, int] = (1, 1)
    """Of pool and up: frames, bins."""


class Plan:
    """The steps from `x`, `[1, 1, frames, 1024]`, to `logits`, `[1, 3, frames, 1024]`."""

    @torch.no_grad()
    def __init__(self, model: resunet.ResUNet30, condition: torch.Tensor):
        self.steps: list[Step] = []
        base, self.beta = model.base, model.film(condition[None])
        x = self._add("conv", ("x",), (base.pre_conv.weight, base.pre_conv.bias))
        skips = []
        for name in [f"encoder_block{i}" for i in range(1, 7)] + ["conv_block7a"]:
            block = getattr(base, name)
            x = self._residual(x, block.conv_block1, self.beta[name], "conv_block1")
            if block.pool != (1, 1):
                skips.append(x)
                x = self._add("pool", (x,), size=block.pool)
        for name in [f"decoder_block{i}" for i in range(1, 7)]:
            block = getattr(base, name)
            x = self._activated(x, block.bn1, self.beta[name]["beta1"])
            x = self._add("up", (x,), (block.conv1.weight,), tuple(block.conv1.stride))
            x = self._add("cat", (x, skips.pop()))
            x = self._residual(x, block.conv_block2, self.beta[name], "conv_block2")
        self._add("conv", (x,), (base.after_conv.weight, base.after_conv.bias), output="logits")

    def _add(self, kind, inputs, tensors=(), size=(1, 1), output=None) -> str:
        output = output or f"v{len(self.steps)}"
        self.steps.append(Step(kind, inputs, output, tuple(tensor.detach().clone() for tensor in tensors), size))
        return output

    def _activated(self, x: str, norm: torch.nn.BatchNorm2d, beta: torch.Tensor) -> str:
        tensors = (norm.weight, norm.bias + beta[0], norm.running_mean, norm.running_var)
        return self._add("activate", (self._add("norm", (x,), tensors),))

    def _residual(self, x: str, block: resunet.ConvBlockRes, beta: dict, path: str) -> str:
        h = self._activated(x, block.bn1, beta[f"{path}->beta1"])
        norm = block.bn2
        scale = norm.weight / (norm.running_var + EPSILON).sqrt()
        shift = norm.bias + beta[f"{path}->beta2"][0] - norm.running_mean * scale
        h = self._add("conv", (h,), (block.conv1.weight * scale[:, None, None, None], shift))
        h = self._add("activate", (h,))
        h = self._add("conv", (h,), (block.conv2.weight, torch.zeros(block.conv2.weight.shape[0])))
        if block.shortcut is not None:
            x = self._add("conv", (x,), (block.shortcut.weight, block.shortcut.bias))
        return self._add("add", (h, x))


class Eager:
    """Runs the steps with PyTorch, and drops every value after its last use."""

    def __init__(self, plan: Plan, layout: torch.memory_format = torch.contiguous_format):
        self.steps = []
        last = {name: number for number, step in enumerate(plan.steps) for name in step.inputs}
        for number, step in enumerate(plan.steps):
            tensors = tuple(t.contiguous(memory_format=layout) if t.ndim == 4 else t for t in step.tensors)
            done = [name for name in set(step.inputs) if last[name] == number]
            self.steps.append((dataclasses.replace(step, tensors=tensors), done))

    @torch.inference_mode()
    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        values = {"x": x}
        for step, done in self.steps:
            inputs = [values[name] for name in step.inputs]
            for name in done:
                del values[name]
            values[step.output] = self._run(step, inputs)
        return values["logits"]

    @staticmethod
    def _run(step: Step, inputs: list[torch.Tensor]) -> torch.Tensor:
        x, tensors = inputs[0], step.tensors
        if step.kind == "conv":
            return F.conv2d(x, tensors[0], tensors[1], padding=tensors[0].shape[2] // 2)
        if step.kind == "up":
            return F.conv_transpose2d(x, tensors[0], stride=step.size)
        if step.kind == "norm":
            return F.batch_norm(x, tensors[2], tensors[3], tensors[0], tensors[1], False, 0.0, EPSILON)
        if step.kind == "activate":
            return F.leaky_relu_(x, resunet.SLOPE)
        if step.kind == "pool":
            return F.avg_pool2d(x, step.size)
        return inputs[0] + inputs[1] if step.kind == "add" else torch.cat(inputs, 1)


def write_onnx(plan: Plan, frames: int, path: Path) -> None:
    from onnx import TensorProto, helper, numpy_helper, save

    nodes, weights = [], []
    for number, step in enumerate(plan.steps):
        parameters = []
        for i, tensor in enumerate(step.tensors):
            parameters.append(f"w{number}.{i}")
            weights.append(numpy_helper.from_array(tensor.contiguous().numpy(), parameters[-1]))
        inputs = [*step.inputs, *parameters]
        operator, attributes = {
            "conv": ("Conv", lambda: {"pads": [step.tensors[0].shape[2] // 2] * 4}),
            "up": ("ConvTranspose", lambda: {"strides": step.size}),
            "norm": ("BatchNormalization", lambda: {"epsilon": EPSILON}),
            "activate": ("LeakyRelu", lambda: {"alpha": resunet.SLOPE}),
            "pool": ("AveragePool", lambda: {"kernel_shape": step.size, "strides": step.size}),
            "add": ("Add", dict),
            "cat": ("Concat", lambda: {"axis": 1}),
        }[step.kind]
        nodes.append(helper.make_node(operator, [*step.inputs, *parameters], [step.output], **attributes()))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, frames, 1024])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3, frames, 1024])
    graph = helper.make_graph(nodes, "resunet30", [x], [logits], weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)

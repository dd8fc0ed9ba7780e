"""Makes model files laid out as their publishers lay them out, at full size, from weights computed by name.

    python make_checkpoint.py audiosep FILE.ckpt   # Lightning: separator, CLAP with its audio branch, optimiser; 1.2 GB
    python make_checkpoint.py dcase FILE.ckpt      # the same for 16 kHz
    python make_checkpoint.py clap FILE.pt         # LAION-CLAP: `module.` prefix, optimiser, NumPy scalars
    python make_checkpoint.py hub FILE.safetensors # PyTorchModelHubMixin: the state dict alone

Needs torch and numpy, and safetensors for the last. Values: FNV-1a of the tensor's name seeds splitmix64, see
`uniform`. The audio branch is HTSAT-base by names and shapes; its values and the optimiser's are not used by anything.
"""

import argparse
from collections import OrderedDict
from math import prod, sqrt

import numpy as np
import torch

CHANNELS = [32, 64, 128, 256, 384, 384]  # after each encoder block
POOLS = [(2, 2)] * 5 + [(1, 2)]  # (time, frequency) after each encoder block
STEM, MIDDLE, CONDITION = 32, 384, 512
HIDDEN, LAYERS, FEED_FORWARD, VOCABULARY, POSITIONS = 768, 12, 3072, 50_265, 514


def uniform(name: str, count: int) -> np.ndarray:
    """`count` values in −1..1 as f32: splitmix64 from the FNV-1a hash of `name`."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def tensor(name: str, shape: tuple, mean: float, width: float) -> torch.Tensor:
    values = np.float32(mean) + np.float32(width) * uniform(name, prod(shape))
    return torch.from_numpy(values.reshape(shape))


class Separator:
    """State of ResUNet30 by its names without `ss_model.`."""

    def __init__(self, bins: int):
        self.state = OrderedDict()
        window = 2 * (bins - 1)
        for part in ("real", "imag"):
            self.state[f"base.stft.conv_{part}.weight"] = torch.zeros(bins, 1, window)
            self.state[f"base.istft.conv_{part}.weight"] = torch.zeros(window, window, 1)
        self.state["base.istft.ola_window"] = torch.zeros(window)
        self.batch_norm("bn0", bins)
        self.convolution("pre_conv", STEM, 1, 1, bias=True)
        channels = STEM
        for index, outputs in enumerate(CHANNELS, 1):
            self.block(f"encoder_block{index}.conv_block1", channels, outputs)
            channels = outputs
        self.block("conv_block7a.conv_block1", channels, MIDDLE)
        channels = MIDDLE
        for index, (outputs, pool) in enumerate(zip(reversed(CHANNELS), reversed(POOLS)), 1):
            name = f"decoder_block{index}"
            weight = f"base.{name}.conv1.weight"
            self.state[weight] = tensor(weight, (channels, outputs, *pool), 0, sqrt(3 / channels))
            for activation in (1, 2):  # the second is never used
                self.activation(name, activation, channels)
            self.block(f"{name}.conv_block2", 2 * outputs, outputs)
            channels = outputs
        self.convolution("after_conv", 3, channels, 1, bias=True)

    def block(self, name: str, inputs: int, outputs: int):
        self.activation(name, 1, inputs)
        self.activation(name, 2, outputs)
        self.convolution(f"{name}.conv1", outputs, inputs, 3)
        self.convolution(f"{name}.conv2", outputs, outputs, 3)
        if inputs != outputs:
            self.convolution(f"{name}.shortcut", outputs, inputs, 1, bias=True)

    def activation(self, name: str, index: int, channels: int):
        self.batch_norm(f"{name}.bn{index}", channels)
        film = f"film.{name.replace('.', '->')}->beta{index}"
        self.state[f"{film}.weight"] = tensor(f"{film}.weight", (channels, CONDITION), 0, sqrt(3 / CONDITION))
        self.state[f"{film}.bias"] = tensor(f"{film}.bias", (channels,), 0, 0.1)

    def batch_norm(self, name: str, channels: int):
        spread = {"weight": (1, 0.3), "bias": (0, 0.1), "running_mean": (0, 0.1), "running_var": (1, 0.4)}
        for part, (mean, width) in spread.items():
            key = f"base.{name}.{part}"
            self.state[key] = tensor(key, (channels,), mean, width)
        self.state[f"base.{name}.num_batches_tracked"] = torch.tensor(4_000_000)

    def convolution(self, name: str, outputs: int, inputs: int, size: int, bias: bool = False):
        key, shape = f"base.{name}.weight", (outputs, inputs, size, size)
        self.state[key] = tensor(key, shape, 0, sqrt(3 / prod(shape[1:])))
        if bias:
            self.state[f"base.{name}.bias"] = tensor(f"base.{name}.bias", (outputs,), 0, 0.1)

    def trained(self) -> list:
        """The tensors that an optimiser knows."""
        frozen = ("stft.", "running_", "num_batches", "ola_window")
        return [value for name, value in self.state.items() if not any(part in name for part in frozen)]


def text_tower() -> OrderedDict:
    """RoBERTa-base and CLAP's projection, seeded by their names in AudioSep's checkpoint, keyed without prefix."""
    state = OrderedDict()

    def put(name: str, shape: tuple, mean: float, width: float):
        state[name] = tensor(f"query_encoder.model.{name}", shape, mean, width)

    def linear(name: str, outputs: int, inputs: int):
        put(f"{name}.weight", (outputs, inputs), 0, sqrt(3 / inputs))
        put(f"{name}.bias", (outputs,), 0, 0.05)

    def layer_norm(name: str):
        put(f"{name}.weight", (HIDDEN,), 1, 0.1)
        put(f"{name}.bias", (HIDDEN,), 0, 0.05)

    embeddings = "text_branch.embeddings"
    state[f"{embeddings}.position_ids"] = torch.arange(POSITIONS).unsqueeze(0)
    for name, rows in (("word", VOCABULARY), ("position", POSITIONS), ("token_type", 1)):
        put(f"{embeddings}.{name}_embeddings.weight", (rows, HIDDEN), 0, 0.05)
    layer_norm(f"{embeddings}.LayerNorm")
    for index in range(LAYERS):
        layer = f"text_branch.encoder.layer.{index}"
        for name in ("query", "key", "value"):
            linear(f"{layer}.attention.self.{name}", HIDDEN, HIDDEN)
        linear(f"{layer}.attention.output.dense", HIDDEN, HIDDEN)
        layer_norm(f"{layer}.attention.output.LayerNorm")
        linear(f"{layer}.intermediate.dense", FEED_FORWARD, HIDDEN)
        linear(f"{layer}.output.dense", HIDDEN, FEED_FORWARD)
        layer_norm(f"{layer}.output.LayerNorm")
    linear("text_branch.pooler.dense", HIDDEN, HIDDEN)
    linear("text_projection.0", CONDITION, HIDDEN)
    linear("text_projection.2", CONDITION, CONDITION)
    return state


def rest_of_clap() -> OrderedDict:
    """What importing leaves out: HTSAT-base, its projection, the transforms and the logit scales."""
    state = OrderedDict(logit_scale_a=torch.tensor(2.66), logit_scale_t=torch.tensor(2.66))

    def layer(name: str, *shape: int):
        state[f"{name}.weight"] = torch.full(shape, 0.01)
        state[f"{name}.bias"] = torch.zeros(shape[0])

    for side in ("text", "audio"):
        for index in (0, 3):
            layer(f"{side}_transform.sequential.{index}", 512, 512)
    layer("audio_projection.0", 512, 1024)
    layer("audio_projection.2", 512, 512)
    branch = "audio_branch"
    for part in ("real", "imag"):
        state[f"{branch}.spectrogram_extractor.stft.conv_{part}.weight"] = torch.zeros(513, 1, 1024)
    state[f"{branch}.logmel_extractor.melW"] = torch.zeros(513, 64)
    layer(f"{branch}.bn0", 64)
    layer(f"{branch}.patch_embed.proj", 128, 1, 4, 4)
    layer(f"{branch}.patch_embed.norm", 128)
    for stage, (depth, heads) in enumerate(zip((2, 2, 12, 2), (4, 8, 16, 32))):
        width = 128 * 2**stage
        for index in range(depth):
            block = f"{branch}.layers.{stage}.blocks.{index}"
            layer(f"{block}.norm1", width)
            state[f"{block}.attn.relative_position_bias_table"] = torch.zeros(225, heads)
            state[f"{block}.attn.relative_position_index"] = torch.zeros(64, 64, dtype=torch.int64)
            layer(f"{block}.attn.qkv", 3 * width, width)
            layer(f"{block}.attn.proj", width, width)
            layer(f"{block}.norm2", width)
            layer(f"{block}.mlp.fc1", 4 * width, width)
            layer(f"{block}.mlp.fc2", width, 4 * width)
        if stage < 3:
            state[f"{branch}.layers.{stage}.downsample.reduction.weight"] = torch.zeros(2 * width, 4 * width)
            layer(f"{branch}.layers.{stage}.downsample.norm", 4 * width)
    layer(f"{branch}.norm", 1024)
    layer(f"{branch}.tscam_conv", 527, 1024, 2, 3)
    layer(f"{branch}.head", 527, 527)
    return state


def adam(parameters: list) -> dict:
    """The state of AdamW with amsgrad."""
    moments = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
    state = {
        index: {"step": torch.tensor(4e6)} | {name: torch.zeros_like(value) for name in moments}
        for index, value in enumerate(parameters)
    }
    group = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "amsgrad": True, "params": list(state)}
    return {"state": state, "param_groups": [group]}


def whole(separator: Separator) -> OrderedDict:
    """The state dict of AudioSep's Lightning module."""
    state = OrderedDict((f"ss_model.{name}", value) for name, value in separator.state.items())
    clap = rest_of_clap() | text_tower()
    state.update((f"query_encoder.model.{name}", value) for name, value in clap.items())
    return state


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["audiosep", "dcase", "clap", "hub"])
    parser.add_argument("file")
    options = parser.parse_args()
    np.seterr(over="ignore")
    if options.kind == "clap":
        state = rest_of_clap() | text_tower()
        checkpoint = {
            "epoch": 15,
            "name": "music_speech_audioset",
            "state_dict": OrderedDict((f"module.{name}", value) for name, value in state.items()),
            "optimizer": {"state": {}, "param_groups": [{"lr": np.float64(1e-4)}]},
            "scaler": {"scale": 65536.0, "growth_factor": 2.0},
        }
        torch.save(checkpoint, options.file)
        return
    separator = Separator(513 if options.kind == "dcase" else 1025)
    state = whole(separator)
    if options.kind == "hub":
        from safetensors.torch import save_file

        save_file({name: value.contiguous() for name, value in state.items()}, options.file, {"format": "pt"})
        return
    checkpoint = {
        "epoch": 12,
        "global_step": 4_000_000,
        "pytorch-lightning_version": "2.0.0",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 13}}}},
        "callbacks": {"CheckpointEveryNSteps": {}},
        "optimizer_states": [adam(separator.trained())],
        "lr_schedulers": [{"base_lrs": [1e-3], "last_epoch": 4_000_000}],
    }
    torch.save(checkpoint, options.file)


if __name__ == "__main__":
    main()

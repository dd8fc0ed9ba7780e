#!/bin/sh
# Checks that Earmark builds with NVIDIA's graphics cards (the feature `cuda`), on a machine that has none.
#
#   benches/check-cuda.sh [FOLDER]
#
# Brings NVIDIA's compiler and headers from PyPI into FOLDER (default: target/cuda, about 400 MB), compiles candle's
# kernels with them for compute capability 9.0, and type-checks models, command line and plug-in with the feature. With
# LINK=1 the command line is linked too, against empty libraries that stand for the driver's: it cannot run.
#
# Nothing is computed: that needs a card (`earmark bench --device cuda`, and the tests of earmark-models with the feature).
set -eu

cd "$(dirname "$0")/.."
folder=${1:-target/cuda}
# One version for all: headers and compiler must match, and cudarc 0.19 knows none newer than 13.2.
version='13.2.*'

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
if [ ! -e "$folder/.complete" ]; then
    python3 -m pip install --quiet --upgrade --no-deps --target "$folder/python" \
        "nvidia-cuda-nvcc==$version" "nvidia-nvvm==$version" "nvidia-cuda-crt==$version" \
        "nvidia-cuda-runtime==$version" "nvidia-cuda-cccl==$version" "nvidia-cuda-nvrtc==$version" nvidia-curand
    touch "$folder/.complete"
fi
home=$(dirname "$(dirname "$(find "$folder/python" -name nvcc -path '*bin*' | head -n 1)")")
chmod +x "$home"/bin/* 2>/dev/null || true
[ -x "$home/bin/nvcc" ] || { echo "No nvcc was found in $folder." >&2; exit 1; }

CUDA_HOME=$home
CUDA_PATH=$home
CUDA_ROOT=$home
CUDA_COMPUTE_CAP=${CUDA_COMPUTE_CAP:-90}
PATH=$home/bin:$PATH
export CUDA_HOME CUDA_PATH CUDA_ROOT CUDA_COMPUTE_CAP PATH

cargo check --features earmark-models/cuda,earmark-cli/cuda,earmark-plugin/cuda \
    -p earmark-models -p earmark-cli -p earmark-plugin
echo "Earmark builds with the feature cuda."

if [ "${LINK:-0}" = 1 ]; then
    stubs=$folder/stubs
    mkdir -p "$stubs"
    for library in cuda cublas cublasLt curand nvrtc cudart; do
        echo | cc -shared -x c -o "$stubs/lib$library.so" -
    done
    RUSTFLAGS="${RUSTFLAGS:-} -L $stubs -C link-arg=-Wl,--unresolved-symbols=ignore-all" \
        cargo build --features cuda -p earmark-cli
    echo "The command line links with the feature cuda."
fi

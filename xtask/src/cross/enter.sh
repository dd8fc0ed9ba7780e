#!/bin/sh
# Runs a program in the Debian at ROOT, in this folder: `unshare --mount sh enter.sh ROOT PROGRAM …`.
#
# What is mounted is seen by this process alone and is gone when it ends. A clone that stayed mounted inside its own target
# folder would be removed with it by the next `cargo clean`.
set -eu
root=$1
shift
bind() {
    mkdir -p "$root$2"
    mount --rbind "$1" "$root$2"
}
bind /proc /proc
bind /dev /dev
bind "$EARMARK_WORKSPACE" "$EARMARK_WORKSPACE"
bind "$EARMARK_TARGET" "$EARMARK_TARGET"
# What is downloaded already need not be downloaded again.
bind "$EARMARK_REGISTRY" /cargo/registry
# Cargo's of the caller are for another compiler.
unset RUSTUP_TOOLCHAIN RUSTUP_HOME RUSTC RUSTDOC CARGO LD_LIBRARY_PATH
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH HOME=/root CARGO_HOME=/cargo LC_ALL=C.UTF-8
exec chroot "$root" env --chdir="$PWD" "$@"

#!/bin/sh
# Zig as the C compiler of the `cc` crate for macOS: it has Darwin's headers, and Apple's SDK is not to be had elsewhere.
# EARMARK_ZIG_TARGET says for which processor, such as aarch64-macos.
set -eu
for word in "$@"; do
    shift
    case $word in
        # Apple's own ways of naming a system; the last three come with a second word.
        --target=* | -mmacosx-version-min=*) ;;
        -arch | -isysroot | -target) skipped=$word ;;
        *)
            [ -n "${skipped:-}" ] || set -- "$@" "$word"
            skipped=
            ;;
    esac
done
exec /opt/zig/ziglang/zig cc -target "$EARMARK_ZIG_TARGET" "$@"

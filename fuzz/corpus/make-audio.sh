#!/usr/bin/env bash
# Makes the corpus of sound files, each of a few hundred samples, with ffmpeg.
set -eu
cd "$(dirname "$0")/audio"
make() { # NAME CHANNELS OPTIONS…
    local name=$1 channels=$2
    shift 2
    ffmpeg -y -loglevel error -f lavfi -i "sine=frequency=440:sample_rate=8000:duration=0.05" -ac "$channels" \
        -bitexact -map_metadata -1 "$@" "$name"
}
make pcm16.wav 1
make pcm24.wav 2 -c:a pcm_s24le
make float.wav 1 -c:a pcm_f32le
make adpcm.wav 1 -c:a adpcm_ms
make rf64.wav 1 -rf64 always
make pcm16.aiff 1
make stereo.flac 2
make vorbis.ogg 1 -c:a libvorbis -q:a 0
make layer3.mp3 1 -b:a 16k
make aac.m4a 1 -b:a 16k
make alac.m4a 1 -c:a alac
make pcm.caf 1 -c:a pcm_s16le
make vorbis.mkv 1 -c:a libvorbis
make three.ogg 3 -c:a libvorbis -q:a 0
make pcm.au 1
make a-law.wav 1 -c:a pcm_alaw
make mu-law.aifc 1 -c:a pcm_mulaw -f aiff
make pcm.mov 2 -c:a pcm_s24le
make layer2.mp2 1 -c:a mp2 -ar 16000

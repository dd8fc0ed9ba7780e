#!/bin/sh
# Makes Earmark's .pkg and .dmg on macOS. `cargo xtask package` calls it:
#
#     packaging/macos/package.sh VERSION FROM OUT NAME
#
# FROM holds Earmark.vst3, Earmark.clap and earmark; for a universal binary, merge two such folders first:
#
#     packaging/macos/package.sh --merge ARM64 X86_64 UNIVERSAL
#
# Signing and notarisation happen where these are set, and are left out, aloud, where they are not. An unsigned release works,
# but macOS asks the person who opens it: docs/install.md says what to click.
#
#   EARMARK_SIGN_APPLICATION  "Developer ID Application: NAME (TEAM)", whose certificate is in the keychain
#   EARMARK_SIGN_INSTALLER    "Developer ID Installer: NAME (TEAM)"
#   EARMARK_NOTARY_PROFILE    a profile kept by `xcrun notarytool store-credentials`
set -eu

if [ "${1:-}" = --merge ]; then
    arm64=$2 x86_64=$3 universal=$4
    rm -rf "$universal"
    cp -R "$arm64" "$universal"
    for file in Earmark.vst3/Contents/MacOS/Earmark Earmark.clap/Contents/MacOS/Earmark earmark; do
        lipo -create "$arm64/$file" "$x86_64/$file" -output "$universal/$file"
        lipo "$universal/$file" -verify_arch arm64 x86_64
    done
    # The signature of one half does not hold for both. Apple's processors run nothing without one.
    for file in Earmark.vst3 Earmark.clap earmark; do
        codesign --force --sign - "$universal/$file"
    done
    exit
fi

version=$1 from=$2 out=$3 name=earmark-$1-$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plugins="$work/root/Library/Audio/Plug-Ins"
mkdir -p "$plugins/VST3" "$plugins/CLAP" "$work/root/usr/local/bin"
cp -R "$from/Earmark.vst3" "$plugins/VST3/"
cp -R "$from/Earmark.clap" "$plugins/CLAP/"
cp "$from/earmark" "$work/root/usr/local/bin/"

if [ -n "${EARMARK_SIGN_APPLICATION:-}" ]; then
    for file in "$plugins/VST3/Earmark.vst3" "$plugins/CLAP/Earmark.clap" "$work/root/usr/local/bin/earmark"; do
        codesign --force --timestamp --options runtime --sign "$EARMARK_SIGN_APPLICATION" "$file"
        codesign --verify --strict "$file"
    done
else
    echo "Not signed: EARMARK_SIGN_APPLICATION is not set."
fi

# A bundle is installed where it belongs, even where a copy of it lies elsewhere.
pkgbuild --analyze --root "$work/root" "$work/components.plist"
for index in 0 1; do
    plutil -replace "$index.BundleIsRelocatable" -bool NO "$work/components.plist"
done
pkgbuild --root "$work/root" --component-plist "$work/components.plist" --identifier org.earmark.pkg \
    --version "$version" --install-location / "$work/$name.pkg"
if [ -n "${EARMARK_SIGN_INSTALLER:-}" ]; then
    productsign --timestamp --sign "$EARMARK_SIGN_INSTALLER" "$work/$name.pkg" "$out/$name.pkg"
else
    echo "Not signed: EARMARK_SIGN_INSTALLER is not set."
    cp "$work/$name.pkg" "$out/$name.pkg"
fi

notarise() {
    if [ -n "${EARMARK_NOTARY_PROFILE:-}" ]; then
        xcrun notarytool submit "$1" --keychain-profile "$EARMARK_NOTARY_PROFILE" --wait
        xcrun stapler staple "$1"
    else
        echo "Not notarised: EARMARK_NOTARY_PROFILE is not set."
    fi
}
notarise "$out/$name.pkg"

mkdir "$work/image"
cp "$out/$name.pkg" "$work/image/Install Earmark.pkg"
sed "s/@VERSION@/$version/g" packaging/macos/README.md >"$work/image/README.md"
cp LICENSE-MIT LICENSE-APACHE "$work/image/"
hdiutil create -volname "Earmark $version" -srcfolder "$work/image" -format UDZO -ov "$out/$name.dmg"
if [ -n "${EARMARK_SIGN_APPLICATION:-}" ]; then
    codesign --force --timestamp --sign "$EARMARK_SIGN_APPLICATION" "$out/$name.dmg"
fi
notarise "$out/$name.dmg"

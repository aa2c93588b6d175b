#!/usr/bin/env bash
# Builds what a release has into a folder:
#
#   scripts/release/build-files.sh FOLDER PART...
#
#   tarball     what npm publishes, and its bill of materials; its contents are checked
#   executables one file for each processor, and the licences of what is in it
#   chart       the Helm chart, with the program $HELM (helm)
#   sums        SHA256SUMS of all that is in the folder

set -euo pipefail
cd "$(dirname "$0")/../.."

FOLDER=$(realpath "$1")
VERSION=$(node -p 'require("./package.json").version')

main() {
  local part
  for part in "${@:2}"; do "build_$part"; done
}

build_tarball() {
  npm pack --json --pack-destination "$FOLDER" | node scripts/release/check-tarball.js
  npm run --silent sbom -- "$FOLDER/echogram-$VERSION.cdx.json"
}

build_executables() {
  local arch
  for arch in x64 arm64; do
    npm run --silent build:executable -- --arch "$arch"
    cp "build/echogram-linux-$arch" "$FOLDER/echogram-$VERSION-linux-$arch"
    cp "build/echogram-linux-$arch.licenses.txt" "$FOLDER/echogram-$VERSION-linux-$arch.licenses.txt"
  done
}

# helm gives its file the name of the package's tarball.
build_chart() {
  local apart
  apart=$(mktemp -d)
  "${HELM:-helm}" package deploy/helm/echogram --destination "$apart"
  mv "$apart/echogram-$VERSION.tgz" "$FOLDER/echogram-chart-$VERSION.tgz"
  rmdir "$apart"
}

build_sums() {
  (
    cd "$FOLDER"
    rm -f SHA256SUMS
    sha256sum -- * >../SHA256SUMS
    mv ../SHA256SUMS .
    sha256sum --check --strict --quiet SHA256SUMS
  )
}

main "$@"

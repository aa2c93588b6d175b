# Shared by the scripts of this folder, which source it: steps under headings, programs, versions of Node.
# shellcheck shell=bash

WORK=$(mktemp -d)
RAN=()

# Runs the rest of its arguments under a heading, and notes how long that took.
step() {
  local title=$1 started=$SECONDS
  shift
  printf '\n== %s\n' "$title"
  RAN+=("FAILED  $title")
  "$@"
  RAN[-1]="ok      $title ($((SECONDS - started)) s)"
}

finish() {
  local status=$?
  rm -rf "$WORK"
  printf '\n== what ran\n'
  if ((${#RAN[@]} > 0)); then printf '%s\n' "${RAN[@]}"; fi
  printf '%s after %d s\n' "$( ((status == 0)) && echo passed || echo FAILED)" "$SECONDS"
}

# Installs what PACKAGE_OF names and this machine lacks.
install_programs() {
  local program missing=() packages=()
  for program in "${!PACKAGE_OF[@]}"; do
    command -v "$program" >/dev/null && continue
    missing+=("$program")
    packages+=("${PACKAGE_OF[$program]}")
  done
  if ((EUID != 0)); then
    echo 'This needs root: tests make network namespaces and forge source addresses.' >&2
    echo "Programs missing here: ${missing[*]:-none}. Without root, run: npm cit && npm run check" >&2
    return 1
  fi
  if ((${#missing[@]} == 0)); then
    echo 'all there'
    return
  fi
  if ! command -v apt-get >/dev/null; then
    echo "Missing, and there is no apt-get to install them with: ${missing[*]}" >&2
    return 1
  fi
  echo "installing: ${packages[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

# node_of VERSION [PROCESSOR]: prints the path of that node, which it installs the first time.
node_of() {
  local processor=${2:-$(node -p process.arch)}
  local package="node-linux-$processor" prefix="$WORK/node-$1-$processor"
  local node="$prefix/node_modules/$package/bin/node"
  if [[ ! -x $node ]]; then
    # By force, because it may be for another processor than this machine's.
    npm install --silent --no-save --ignore-scripts --force --os=linux --cpu="$processor" --prefix "$prefix" \
      "$package@$1" >&2
  fi
  printf '%s\n' "$node"
}

trap finish EXIT

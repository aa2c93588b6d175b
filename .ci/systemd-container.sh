# One container at a time with a real systemd, for .ci/try-systemd, which sources it after .ci/steps.sh: its files are those of
# a /usr, the packed command in $LOCAL is its /usr/local, and its traffic stays in a network of its own.
# shellcheck shell=bash

ROOT=
UNITS=
CONTAINER=
LEADER=

# start_container NAME USR: boots the systemd of that /usr with the units of deploy/systemd. Sets ROOT and UNITS.
start_container() {
  local usr=$2
  ROOT="$WORK/$1"
  UNITS="$ROOT/etc/systemd/system"
  mkdir -p "$ROOT"/{usr,etc/echogram,var,run,tmp,proc,sys,dev,root} "$UNITS"
  local folder
  for folder in bin sbin lib lib64; do [[ -e $usr/$folder ]] && ln -s "usr/$folder" "$ROOT/$folder"; done
  printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'nobody:x:65534:65534::/:/bin/false' >"$ROOT/etc/passwd"
  printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' >"$ROOT/etc/group"
  # Not a first boot, which would enable all that is installed.
  tr -d - </proc/sys/kernel/random/uuid >"$ROOT/etc/machine-id"
  ln -s /usr/lib/systemd/system/basic.target "$UNITS/default.target"
  cp "$usr/lib/os-release" "$ROOT/etc/os-release"
  cp deploy/systemd/*.service deploy/systemd/*.socket "$UNITS"
  # The leader of a process group of its own, so that an interrupt reaches it through the trap alone.
  setsid systemd-nspawn --quiet --directory="$ROOT" --bind-ro="$usr:/usr" --bind-ro="$LOCAL:/usr/local" \
    --machine="echogram-$$" --register=no --keep-unit --private-network --system-call-filter=@clock \
    --boot --console=pipe </dev/null >"$WORK/console" 2>&1 &
  CONTAINER=$!
  eventually 'systemd to be up' is_up
}

# Sets LEADER: at first it is another child, which starts the container's init and ends.
find_leader() {
  # Whatever it has to say is the reason.
  kill -0 "$CONTAINER" 2>/dev/null || { cat "$WORK/console" >&2; exit 1; }
  LEADER=$(cut -d' ' -f1 "/proc/$CONTAINER/task/$CONTAINER/children")
  [[ -n $LEADER && -e /proc/$LEADER/ns/pid ]]
}

is_up() {
  local state
  find_leader || return 1
  state=$(inside systemctl is-system-running 2>/dev/null || true)
  [[ $state == running || $state == degraded ]]
}

end_container() {
  if [[ -n $LEADER ]]; then kill -KILL "$LEADER" 2>/dev/null || true; fi
  if [[ -n $CONTAINER ]]; then wait "$CONTAINER" 2>/dev/null || true; fi
  LEADER=
  CONTAINER=
}

# In all namespaces of the container, with its files.
inside() {
  nsenter --target "$LEADER" --mount --uts --ipc --net --pid --cgroup --root --wd "$@"
}

# With this machine's files, in the container's network.
nearby() {
  nsenter --target "$LEADER" --net "$@"
}

# eventually WHAT COMMAND…: again and again until it succeeds.
eventually() {
  local what=$1 deadline=$((SECONDS + 60))
  shift
  until "$@"; do
    if ((SECONDS > deadline)); then
      echo "waited a minute for $what" >&2
      [[ -z $LEADER ]] || journal --lines=100 >&2
      return 1
    fi
    sleep 0.1
  done
}

journal() {
  inside journalctl --no-pager --quiet --boot "$@"
}

property() {
  inside systemctl show --value --property "$2" "$1"
}

status_is() {
  [[ $(property "$1" StatusText) =~ $2 ]]
}

# drop_in UNIT LINE…: settings of the service, until `reset`.
drop_in() {
  mkdir -p "$UNITS/$1.d"
  printf '%s\n' '[Service]' "${@:2}" >"$UNITS/$1.d/trial.conf"
  inside systemctl daemon-reload
}

reset() {
  inside systemctl stop echogram.socket echogram.service echogram-watch.service 2>/dev/null
  rm -rf "$UNITS"/*.d
  inside systemctl daemon-reload
  inside systemctl reset-failed
}

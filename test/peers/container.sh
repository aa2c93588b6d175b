#!/bin/sh
# Runs a command as a container runtime does: in its own mounts, on a root that is read only and has what is named, as a
# user without capabilities who can gain none. It keeps the network of its caller, as the containers of a pod do.
#
#   unshare -m container.sh FOLDER USER GROUP [SOURCE TARGET ro|rw]… -- COMMAND…
#
# FOLDER is empty, and is where the root is mounted.

set -eu
root=$1 user=$2 group=$3
shift 3

mount --make-rprivate /
mount -t tmpfs -o mode=755 root "$root"
mkdir "$root/usr" "$root/etc" "$root/proc" "$root/sys" "$root/dev"
mount --bind /usr "$root/usr"
mount -t proc -o ro proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
# Links into /usr, or folders beside it.
for path in /bin /lib /lib64; do
  if [ -L "$path" ]; then cp -P "$path" "$root$path"; fi
  if [ -d "$path" ] && [ ! -L "$path" ]; then mkdir "$root$path" && mount --bind "$path" "$root$path"; fi
done

while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$(dirname "$root$2")" && touch "$root$2"; fi
  mount --bind "$1" "$root$2"
  mount -o "remount,bind,$3" "$root$2"
  shift 3
done
shift

mount -o remount,bind,ro "$root/usr"
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid "$user" --regid "$user" --groups "$group" \
  --bounding-set=-all --inh-caps=-all --no-new-privs "$@"

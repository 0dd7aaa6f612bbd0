#!/bin/sh
# Runs a test as an ordinary user: tests/support/as_user.sh CHECKOUT PROGRAM ARGUMENTS…
#
# Whoever is one already just runs it. Root drops every right, as an unused uid. A checkout or an
# interpreter below a folder that only root may enter (/root) is shown in a mount namespace of its
# own; nothing of the machine changes.
set -eu

uid=61183

# The first folder above $1 that others may not enter, or nothing.
closed_above() {
  path=$1
  found=
  while [ "$path" != / ]; do
    path=$(dirname "$path")
    [ "$(($(stat -c '0%a' "$path") & 1))" -eq 1 ] || found=$path
  done
  echo "$found"
}

if [ "${1:-}" = --in-own-namespace ]; then
  shift
  checkout=$(readlink -f "$1")
  shift
  base=$(dirname "$(dirname "$(readlink -f "$checkout/.venv/bin/python")")")
  held=
  for path in "$checkout" "$base"; do
    closed=$(closed_above "$path")
    [ -n "$closed" ] || continue
    hold=$(mktemp -d)
    mount --bind "$path" "$hold"
    held="$held $path:$closed:$hold"
  done
  for entry in $held; do # each closed folder is covered once
    closed=${entry#*:}
    closed=${closed%%:*}
    mountpoint -q "$closed" || mount -t tmpfs -o mode=755,size=1m none "$closed"
  done
  for entry in $held; do
    mkdir -p "${entry%%:*}"
    mount --move "${entry##*:}" "${entry%%:*}"
    rmdir "${entry##*:}"
  done
  cd "$checkout"
  exec env HOME=/nonexistent setpriv --reuid=$uid --regid=$uid --clear-groups "$@"
fi

checkout=$1
if [ "$(id -u)" -ne 0 ]; then
  shift
  exec "$@"
fi
exec unshare --mount --propagation private sh "$0" --in-own-namespace "$@"

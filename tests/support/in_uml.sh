#!/bin/sh
# Runs a test below a delegated part of control groups version 2, on any Linux and without rights:
#
#   tests/support/in_uml.sh LINUX_UML PROGRAM ARGUMENTS…
#
# LINUX_UML is a user-mode kernel (Debian's package user-mode-linux: usr/bin/linux.uml; it needs no
# installation). It boots on the files of this machine, with its own processes, mounts, control
# groups and kernel settings; the program runs there as root, then as an ordinary user (uid 61183)
# whose group is delegated as systemd delegates a user's. It is slow, and writes only where PROGRAM
# does. For checks by hand.
set -eu

if [ "${1:-}" != --inside ]; then
  uml=$1
  shift
  init=$(mktemp)
  trap 'rm -f "$init"' EXIT
  {
    echo '#!/bin/sh'
    echo "cd '$PWD'"
    printf "exec sh '%s' --inside" "$(readlink -f "$0")"
    printf " '%s'" "$@"
    echo
  } >"$init"
  chmod 755 "$init"
  "$uml" mem=2500M root=/dev/root rootfstype=hostfs rootflags=/ rw init="$init" \
    con=null con0=fd:0,fd:1 quiet </dev/null
  exit
fi

shift
here=$PWD
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/nonexistent LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
for folder in /tmp /run /mnt /dev/shm; do
  mkdir -p "$folder"
  mount -t tmpfs -o mode=1777 tmpfs "$folder"
done
groups=/sys/fs/cgroup
mount -t cgroup2 none "$groups"
mkdir "$groups/host" "$groups/user"
echo $$ >"$groups/host/cgroup.procs"
echo +memory +pids >"$groups/cgroup.subtree_control"
echo +memory +pids >"$groups/user/cgroup.subtree_control"
mkdir "$groups/user/leaf"
chown 61183 "$groups/user" "$groups/user/cgroup.procs" "$groups/user/leaf" "$groups/user/leaf"/*

cd "$here"
echo "== Linux $(uname -r), as root in /host"
"$@" || echo "== failed: $?"
echo $$ >"$groups/user/leaf/cgroup.procs"
echo '== as an ordinary user in /user/leaf'
setpriv --reuid=61183 --regid=61183 --clear-groups "$@" || echo "== failed: $?"
find "$groups" -name 'inhouse-*' | sed 's/^/== left over: /'
sync
halt -f

#!/bin/sh
# Makes a folder with a system of its own out of this one's files: tests/support/small_system.sh TREE
# It holds a shell, prlimit, the system's Python with its library, and what these need: enough for a
# sandbox with another root file system, as debootstrap would make it, without its packages.
set -eu

tree=$1
mkdir -p "$tree/usr/bin" "$tree/usr/lib" "$tree/usr/lib64" "$tree/etc"
for name in bin lib lib64; do ln -s "usr/$name" "$tree/$name"; done

# A file at its place below usr, whatever links lead to it here.
take() {
  place="$tree/usr${1#/usr}"
  mkdir -p "$(dirname "$place")"
  cp -L "$1" "$place"
}

python=$(readlink -f /usr/bin/python3)
library=$("$python" -I -c 'import os; print(os.path.dirname(os.__file__))')
modules=$(find "$library/lib-dynload" -name '*.so' 2>/dev/null || true)
for program in /usr/bin/prlimit /usr/bin/bash "$python"; do take "$program"; done
ln -s bash "$tree/usr/bin/sh"
ln -s "$(basename "$python")" "$tree/usr/bin/python3"
# shellcheck disable=SC2086
ldd /usr/bin/prlimit /usr/bin/bash "$python" $modules | grep -o '/[^ :]*\.so[^ :]*' | sort -u |
  while read -r file; do
    case $file in "$library"/*) ;; *) take "$file" ;; esac
  done
mkdir -p "$tree/$library"
tar -C "$library" --exclude=./config-* --exclude=./test --exclude=__pycache__ -c . |
  tar -C "$tree/$library" -x
echo 'of a system of its own' >"$tree/usr/marker"

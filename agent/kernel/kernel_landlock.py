"""Landlock: the interpreter gives up, for itself and its children, what it never needs.

Applied once, before the first cell and after the mounts, so that a way past the mounts (a leaked
descriptor, a mistake in a policy) still ends at files that cannot be opened or written. What is
allowed: to read and execute what is shown, to write in the writable folders and to devices; not to
/proc, where a process could take back what makes it the first that the out-of-memory killer takes.
From version 4 of the kernel's interface no TCP, from version 6 no signals to and no abstract
sockets of processes outside. Numbers: linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # on every architecture
VERSION_FLAG = 1
PATH_BENEATH = 1
SET_NO_NEW_PRIVS, GET_NO_NEW_PRIVS = 38, 39

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FIRST_VERSION = (1 << 13) - 1  # all rights of version 1
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15  # added by versions 2, 3 and 5
TCP = 0b11  # bind and connect, version 4
OUTSIDE = 0b11  # abstract sockets and signals, version 6

WRITABLE = ("/work", "/tmp", "/dev/shm", "/home/user")


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def restrict() -> int:
    """Apply what the kernel has; returns its version of Landlock, 0 where it is too old."""
    libc = ctypes.CDLL(None, use_errno=True)
    call = libc.syscall
    call.restype = ctypes.c_long
    version = call(CREATE_RULESET, None, 0, VERSION_FLAG)
    if version < 2:
        return 0
    rights = FIRST_VERSION | REFER
    rights |= (TRUNCATE if version >= 3 else 0) | (IOCTL_DEV if version >= 5 else 0)
    ruleset = _Ruleset(rights, TCP if version >= 4 else 0, OUTSIDE if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    fd = _checked(call(CREATE_RULESET, ctypes.byref(ruleset), size, 0))
    files = WRITE_FILE | (rights & (TRUNCATE | IOCTL_DEV))
    _allow(call, fd, "/", EXECUTE | READ_FILE | READ_DIR)
    _allow(call, fd, "/dev", files)
    for folder in WRITABLE:
        _allow(call, fd, folder, rights)
    _checked(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(call(RESTRICT_SELF, fd, 0))
    os.close(fd)
    return version


def has_no_new_privileges() -> bool:
    """Whether no program that is run can give this process more rights."""
    return ctypes.CDLL(None).prctl(GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1


def _allow(call, fd: int, folder: str, rights: int) -> None:
    parent = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        beneath = _Beneath(rights, parent)
        _checked(call(ADD_RULE, fd, PATH_BENEATH, ctypes.byref(beneath), 0))
    finally:
        os.close(parent)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result

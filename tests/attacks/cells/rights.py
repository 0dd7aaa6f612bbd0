# More rights than the cell was given.
# %% become-root
# never: the cell becomes another user
found = [attempt(a) for a in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setuid(65534), lambda: syscall(126, struct.pack("<Ii", 0x20080522, 0), b"\xff" * 24))]
found, attempt(lambda: open(HOST["ssh_key"]).read())
# %% capabilities
# never: capabilities are raised, or survive in an ambient set
[attempt(lambda o=o, c=c: syscall(157, o, c, 0, 0, 0)) for o in (47, 23, 24) for c in range(41)][-3:], [l for l in open("/proc/self/status") if l.startswith("Cap")]
# %% set-uid-programs
# never: a set-uid program of the system lends its rights
import subprocess
[
    attempt(lambda c=c: subprocess.run(c, capture_output=True, stdin=subprocess.DEVNULL, timeout=20).stdout)
    for c in (["su", "-c", "cat " + HOST["ssh_key"]], ["sudo", "-n", "cat", HOST["ssh_key"]], ["pkexec", "cat", HOST["ssh_key"]], ["mount", "-t", "tmpfs", "x", "/work"], ["newgrp"], ["ping", "-c1", "127.0.0.1"])
]
# %% preload-into-set-uid
# never: a library is preloaded into a program with rights
import subprocess
open("evil.so", "w").write("x")
subprocess.run(["su", "-c", "id"], env={"LD_PRELOAD": "/work/evil.so", "LD_AUDIT": "/work/evil.so"}, capture_output=True, stdin=subprocess.DEVNULL).returncode, attempt(lambda: open("/etc/ld.so.preload", "w"))
# %% set-uid-bits
# never: a program with a set-uid bit is left behind
# copies: 1
open("tool", "w").write("#!/bin/sh\n")
fd = os.open("tool", os.O_RDONLY)
[attempt(a) for a in (lambda: os.chmod("tool", 0o4755), lambda: os.chmod("tool", 0o2755), lambda: os.fchmod(fd, 0o6755), lambda: syscall(268, -100, b"tool", 0o4755), lambda: syscall(452, -100, b"tool", 0o4755, 0), lambda: os.open("born", os.O_CREAT | os.O_WRONLY, 0o6755), lambda: os.mkdir("d", 0o6755))]
# %% file-capabilities
# never: a file is given capabilities
open("capable", "w").close()
[attempt(lambda n=n: os.setxattr("capable", n, bytes.fromhex("0100000200200000000000000000000000000000"))) for n in ("security.capability", "trusted.x", "security.selinux")]
# %% user-namespace
# never: a further user namespace is made, the usual way to bugs of the kernel
[attempt(lambda f=f: syscall(272, f)) for f in (0x10000000, 0x10020000, 0x20000000, 0x08000000, 0x04000000, 0x02000000, 0x00020000, 0x80)]
# %% user-namespace-by-clone
# never: the same by clone, and by clone3, whose flags the filter cannot see
[attempt(lambda f=f: syscall(56, f | 17, 0, 0, 0, 0)) for f in (0x10000000, 0x00020000, 0x20000000, 0x40000000)] + [attempt(lambda: syscall(435, struct.pack("<11Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0), 88))]
# %% enter-namespaces
# never: a namespace of another process is entered
[attempt(lambda p=p, n=n: syscall(308, os.open(f"/proc/{p}/ns/{n}", os.O_RDONLY), 0)) for p in (1, HOST["victim"]) for n in ("user", "mnt", "net", "pid", "ipc", "uts", "cgroup")] + [attempt(lambda: syscall(308, syscall(434, 1, 0), 0x7E020000))]
# %% identity-maps
# never: the map of users is written
[attempt(lambda f=f: open("/proc/self/" + f, "w").write("0 0 1")) for f in ("uid_map", "gid_map", "setgroups", "projid_map")]
# %% mounts
# never: something is mounted, remounted writable or unmounted
[
    attempt(a)
    for a in (
        lambda: syscall(165, b"tmpfs", b"/work", b"tmpfs", 0, 0),
        lambda: syscall(165, b"/", b"/work", 0, 4096, 0),
        lambda: syscall(165, 0, b"/usr", 0, 4096 | 32, 0),
        lambda: syscall(165, b"proc", b"/work", b"proc", 0, 0),
        lambda: syscall(166, b"/proc", 2),
        lambda: syscall(155, b"/work", b"/work"),
        lambda: syscall(161, b"/work"),
    )
]
# %% new-mount-calls
# never: the same with the newer calls
[attempt(a) for a in (lambda: syscall(428, -100, b"/", 1), lambda: syscall(429, 3, b"", -100, b"/work", 4), lambda: syscall(430, b"tmpfs", 0), lambda: syscall(431, 3, 6, 0, 0, 0), lambda: syscall(432, 3, 0, 0), lambda: syscall(433, -100, b"/", 0), lambda: syscall(442, -100, b"/", 0, b"x" * 32, 32), lambda: syscall(467, -100, b"/", 0, 0, 0))]
# %% cgroup-release-agent
# never: a control group is mounted whose release agent the host would run
[attempt(lambda t=t: syscall(165, b"cgroup", b"/work", t, 0, b"memory")) for t in (b"cgroup", b"cgroup2")] + [attempt(lambda: open("/sys/fs/cgroup/release_agent", "w"))]
# %% keyring
# never: keys of the user are read, or left behind
[attempt(a) for a in (lambda: syscall(250, 0, -3, 1), lambda: syscall(250, 1, b"x"), lambda: syscall(250, 11, -4, 0, 0), lambda: syscall(248, b"user", HOST["mark"].encode(), b"v", 1, -4), lambda: syscall(249, b"user", b"x", 0, -3))] + [attempt(lambda: open("/proc/keys").read().count(HOST["mark"]))]
# %% bpf
# never: a program is loaded into the kernel
[attempt(lambda c=c: syscall(321, c, bytes(128), 128)) for c in (0, 5, 17, 18)]
# %% performance-counters
# never: other processes are measured
[attempt(lambda p=p: syscall(298, struct.pack("<IIQ", 1, 112, 0) + bytes(96), p, -1, -1, 0)) for p in (0, -1, int(HOST["victim"]))]
# %% io-uring
# never: io_uring, which passes by the filter, is set up
[attempt(lambda n=n: syscall(n, 8, ctypes.create_string_buffer(200), 0, 0, 0, 0)) for n in (425, 426, 427)]
# %% userfaultfd
# never: page faults are held up from user space, a lever of many exploits
attempt(lambda: syscall(323, 0)), attempt(lambda: syscall(323, 1)), attempt(lambda: os.open("/dev/userfaultfd", os.O_RDWR))
# %% modules-and-kernels
# never: the kernel itself is changed
[attempt(a) for a in (lambda: syscall(175, b"x", 1, b""), lambda: syscall(313, 0, b"", 0), lambda: syscall(176, b"x", 0), lambda: syscall(246, 0, 0, 0, 0), lambda: syscall(320, 0, 0, 0, b"", 0), lambda: syscall(169, 0xFEE1DEAD, 672274793, 0x89ABCDEF, 0), lambda: syscall(167, b"/work/x", 0), lambda: syscall(163, b"/work/x"))]
# %% clock-and-name
# never: the clock or the name of the machine is changed
[attempt(a) for a in (lambda: syscall(227, 0, struct.pack("<qq", 1, 0)), lambda: syscall(164, struct.pack("<qq", 1, 0), 0), lambda: syscall(159, bytes(208)), lambda: syscall(170, b"pwned", 5), lambda: syscall(171, b"pwned", 5))]
# %% thirty-two-bit-calls
# never: 32-bit system calls, which the filter does not know, run
import mmap
code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes([0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3]))
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
pid = os.fork()
if pid == 0:
    call()
    os._exit(0)
os.WIFSIGNALED(os.waitpid(pid, 0)[1])
# says: True
# %% x32-calls
# never: calls of the x32 kind, whose numbers differ, run
pid = os.fork()
if pid == 0:
    libc.syscall(ctypes.c_long(0x40000000 | 41), 2, 1, 0)
    os._exit(0)
os.WIFSIGNALED(os.waitpid(pid, 0)[1])
# says: True
# %% filter-removed
# never: the filter is taken off, or a friendlier one put over it
# (a second filter can only forbid more; the stricter answer counts)
allow = struct.pack("<HBBI", 6, 0, 0, 0x7FFF0000)
program = ctypes.create_string_buffer(allow)
header = struct.pack("<HxxxxxxQ", 1, ctypes.addressof(program))
done = attempt(lambda: syscall(157, 22, 2, header, 0, 0))
[done, attempt(lambda: syscall(157, 38, 0, 0, 0, 0)), attempt(lambda: syscall(157, 22, 0, 0, 0, 0)), attempt(lambda: socket.create_connection(("127.0.0.1", int(HOST["tcp"])), 1)), attempt(lambda: syscall(272, 0x10000000))]
# %% limits-raised
# never: a limit is raised
import resource
kinds = [getattr(resource, n) for n in dir(resource) if n.startswith("RLIMIT_")]
hard = {k: resource.getrlimit(k)[1] for k in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE, resource.RLIMIT_CPU)}
raised = []
for kind, limit in hard.items():
    try:
        resource.setrlimit(kind, (limit + 1, limit + 1))
        raised.append(kind)
    except (ValueError, OSError):
        pass
raised
# says: \[\]
# %% personality
# never: protections of memory are switched off
[attempt(lambda p=p: syscall(135, p)) for p in (0x0040000, 0x0400000, 0x0008)], attempt(lambda: syscall(154, 1, bytes(16), 16)), attempt(lambda: syscall(172, 3)), attempt(lambda: syscall(173, 0, 10, 1))
# %% python-isolation-switched-off
# never: ctypes, which Python cannot forbid, finds more than Python does
[attempt(lambda: syscall(257, -100, HOST["ssh_key"].encode(), 0, 0)), attempt(lambda: syscall(437, -100, HOST["netrc"].encode(), struct.pack("<QQQ", 0, 0, 0), 24)), attempt(lambda: syscall(2, HOST["trace"].encode(), 2, 0))]

# Others' processes, and what should end with the kernel.
# %% kill-the-user's-process
# never: a process of the user is ended
# control: breach
attempt(lambda: os.kill(int(HOST["victim"]), signal.SIGKILL))
# %% stop-the-user's-process
# never: a process of the user is stopped
# control: breach
attempt(lambda: os.kill(int(HOST["victim"]), signal.SIGSTOP)), time.sleep(0.05)
# %% kill-the-host
# never: the program that runs the kernel is hurt
[
    attempt(lambda s=s: os.kill(int(HOST["test_pid"]), s))
    for s in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    if confined
]
# %% kill-everybody
# never: kill(-1) goes beyond the sandbox
[
    attempt(lambda s=s: os.kill(-1, s))
    for s in (signal.SIGTERM, signal.SIGHUP, signal.SIGCONT)
    if confined and not signal.signal(signal.SIGTERM, signal.SIG_IGN) is None
]
# %% kill-process-groups
# never: a signal reaches a group of the host
[
    attempt(lambda p=p: os.killpg(p, signal.SIGKILL))
    for p in (int(HOST["test_pid"]), int(HOST["victim"]))
    if confined and p not in (0, 1, os.getpgrp())
]
# %% trace-the-user's-process
# never: a process of the user is traced
# control: breach
attempt(lambda: syscall(101, 16, int(HOST["victim"]), 0, 0)), time.sleep(0.05)
# %% seize-the-user's-process
# never: the same without stopping it
attempt(lambda: syscall(101, 0x4206, int(HOST["victim"]), 0, 0)) if confined else 0
# %% memory-of-the-user's-process
# never: the memory of another process is read or written
[
    attempt(lambda n=n, p=p: syscall(n, p, bytes(16), 1, bytes(16), 1, 0))
    for n in (310, 311)
    for p in (int(HOST["victim"]), int(HOST["test_pid"]), 1)
] + [attempt(lambda: open(f"/proc/{HOST['victim']}/mem", "r+b"))]
# %% descriptors-of-the-user's-process
# never: a descriptor of another process is taken over
# control: breach
fd = attempt(lambda: syscall(434, int(HOST["victim"]), 0))
taken = attempt(lambda: syscall(438, fd, 9, 0)) if isinstance(fd, int) else fd
os.pread(taken, 100, 0) if isinstance(taken, int) else taken
# %% schedule-of-the-user's-process
# never: the priority of another process is changed
# control: breach
attempt(lambda: os.setpriority(os.PRIO_PROCESS, int(HOST["victim"]), 19))
# %% limits-of-the-user's-process
# never: the limits of another process are changed
# control: breach
import resource
attempt(lambda: resource.prlimit(int(HOST["victim"]), resource.RLIMIT_NOFILE, (5, 5)))
# %% priority-of-all-of-the-user
# never: every process of the same user id is slowed down
[attempt(lambda w=w: os.setpriority(w, 0, 19)) for w in (os.PRIO_USER, os.PRIO_PGRP)] if confined else 0
# %% memory-of-the-sandbox's-init
# never: what is written into the sandbox's pid 1 gives it more rights than the cell has
maps = attempt(lambda: open("/proc/1/maps").read(4000))
spot = next((l.split("-")[0] for l in str(maps).split("\n") if " rw-p" in l), None)
memory = attempt(lambda: os.open("/proc/1/mem", os.O_RDWR)) if confined else 0
result = attempt(lambda: os.pwrite(memory, b"\xcc" * 8, int(spot, 16))) if isinstance(memory, int) and memory and spot else memory
str(result)[:60]
# %% daemon
# never: a daemon outlives the kernel
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 64)
        os.execv("/bin/sh", ["sh", "-c", "trap '' TERM HUP INT; while :; do sleep 60; done", HOST["mark"]])
    os._exit(0)
time.sleep(0.05)
len(pids())
# %% daemon-with-many-lives
# never: processes that start one another outlive the kernel
code = "import os, signal, sys, time\nfor s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)\nlibc = None\nos.setsid()\ntime.sleep(60)"
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        os.execv(sys.executable, [sys.executable, "-c", code, HOST["mark"]])
time.sleep(0.05)
len(pids()) > 4
# %% timer-and-scheduler
# never: the host's schedulers start something later
import subprocess
[
    attempt(lambda c=c: subprocess.run(c, input=b"touch /tmp/" + HOST["mark"].encode(), capture_output=True, timeout=10).returncode == 0)
    for c in (["crontab", "-"], ["at", "now"], ["systemd-run", "true"], ["batch"])
]
# %% terminal
# never: something is typed into the user's terminal
import fcntl
found = [attempt(lambda t=t: os.open(t, os.O_RDWR)) for t in ("/dev/tty", "/dev/tty0", "/dev/console", "/dev/pts/0", "/dev/pts/1", "/dev/vcs")]
for fd in (0, 1, 2):
    for request in (0x5412, 0x541C, 0x540E, 0x100005412):
        found.append(attempt(lambda fd=fd, request=request: syscall(16, fd, request, ctypes.create_string_buffer(b"x"))))
found
# %% io-priority-of-the-user's-process
# never: another process is given the last place at the disk
# control: breach
[attempt(lambda: syscall(251, 1, int(HOST["victim"]), 3 << 13))] + [
    attempt(lambda k=k: syscall(251, k, 0, 3 << 13)) for k in (2, 3) if confined
]
# %% owner-of-a-descriptor
# never: the signal of a descriptor goes to a process outside
# control: breach
import fcntl
ours, theirs = socket.socketpair()
done = []
for owner in (int(HOST["victim"]), -int(HOST["victim"])) + ((int(HOST["test_pid"]),) if confined else ()):
    done.append(attempt(lambda o=owner: fcntl.fcntl(ours, fcntl.F_SETOWN, o)))
    done.append(attempt(lambda: fcntl.fcntl(ours, 10, int(signal.SIGKILL))))
    if str(done[-2]).startswith("refused"):
        continue
    attempt(lambda: fcntl.fcntl(ours, fcntl.F_SETFL, fcntl.fcntl(ours, fcntl.F_GETFL) | os.O_ASYNC))
    theirs.send(b"x")
    time.sleep(0.05)
done
# %% peer-of-the-line
# never: the handle that the line gives of whoever made it (SO_PEERPIDFD) is good for anything
line = socket.socket(fileno=os.dup(3)) if confined else None
handle = attempt(lambda: struct.unpack("i", line.getsockopt(1, 77, 4))[0]) if confined else "unconfined"
tried = [
    attempt(lambda: signal.pidfd_send_signal(handle, signal.SIGKILL)),
    attempt(lambda: syscall(438, handle, 9, 0)),
    attempt(lambda: syscall(308, handle, 0x20000000)),
    attempt(lambda: syscall(448, handle, 0)),
    attempt(lambda: syscall(440, handle, bytes(16), 1, 4, 0)),
    attempt(lambda: open(f"/proc/self/fd/{handle}/cmdline").read()),
] + [attempt(lambda n=n: __import__("fcntl").ioctl(handle, 0xFF00 + n)) for n in range(1, 11)] if isinstance(handle, int) else handle
[t if isinstance(t, str) else f"fd {t}" for t in tried] if isinstance(tried, list) else tried
# %% waking-one-another
# never: what was stopped between two cells wakes up again
# ends: any
me = os.getpid()
for _ in range(3):
    if os.fork() == 0:
        os.setpgid(0, 0)
        while True:
            for n in names("/proc"):
                if n.isdigit() and int(n) not in (1, os.getpid()):
                    libc.kill(int(n), signal.SIGCONT)

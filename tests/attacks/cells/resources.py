# Using up what the host and its user need. Policy: 512 MiB a process, 300 MiB together, 8 MiB folders,
# 64 processes, 2,000 files.
# %% descriptors
# never: descriptors of the machine are used up
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError as error:
    reason = errno.errorcode[error.errno]
for fd in held:
    os.close(fd)
reason, len(held) < 256
# says: \('EMFILE', True\)
# %% inotify
# never: the user's few inotify instances, which editors need, are used up
held = []
def grab():
    for _ in range(240):
        try:
            held.append(syscall(294, 0))
        except OSError as error:
            return error.errno
import subprocess
grab()
if len(held) > 10:  # the limit counts for all processes of a user
    for _ in range(8):
        if os.fork() == 0:
            grab()
            time.sleep(60)
            os._exit(0)
    time.sleep(0.3)
len(held)
# %% pipe-buffers
# never: the memory for pipes, which all of a user share, is used up
import fcntl
held = []
for _ in range(100):
    try:
        held += os.pipe()
        fcntl.fcntl(held[-1], 1031, 1 << 20)
        os.set_blocking(held[-1], False)
        os.write(held[-1], bytes(1 << 20))
    except OSError:
        continue
count = len(held)
for fd in held:
    os.close(fd)
count > 0
# %% timers-and-signals
# never: the queue of signals of the user is used up
held = 0
for _ in range(20_000):
    ident = ctypes.c_int()
    if libc.syscall(222, 1, None, ctypes.byref(ident)) != 0:
        break
    held += 1
held >= 0
# %% requests
# never: the machine's asynchronous requests, which databases need, are used up
held = []
for size in [60_000, 4000, 500, 60, 6, 1] * 3:
    context = ctypes.c_ulong()
    if libc.syscall(206, size, ctypes.byref(context)) == 0:
        held.append(context)
len(held)
# %% lease
# never: whoever opens a file of the data is held up by a lease on it
import fcntl
data = os.open("/data/users.csv", os.O_RDONLY)
attempt(lambda: fcntl.fcntl(data, 1024, fcntl.F_RDLCK)), attempt(lambda: syscall(72, data, 0x100000400, fcntl.F_RDLCK))
# %% disk
# never: the host's disk fills up
written = {}
for folder in ("/work", "/tmp", "/dev/shm", "/home/user"):
    total = 0
    try:
        for i in range(100):
            with open(f"{folder}/{i}", "wb", buffering=0) as file:
                total += file.write(bytes(1 << 20))
    except OSError as error:
        written[folder] = (total >> 20, errno.errorcode[error.errno])
    for name in os.listdir(folder):
        if name.isdigit():
            os.unlink(f"{folder}/{name}")
written
# says: \{'/work': \(8, 'ENOSPC'\), '/tmp': \(8, 'ENOSPC'\), '/dev/shm': \(8, 'ENOSPC'\), '/home/user': \(16, 'ENOSPC'\)\}
# %% one-huge-file
# never: one file, also a sparse one, passes its limit
# copies: 1
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
attempt(lambda: open("big", "wb", buffering=0).truncate(5 << 30)), attempt(lambda: os.posix_fallocate(os.open("big2", os.O_CREAT | os.O_WRONLY), 0, 5 << 20)), [os.unlink(n) for n in ("big", "big2")]
# %% memory-files
# never: memory that no folder and no address space counts is taken
[attempt(lambda: syscall(319, b"x", 0)), attempt(lambda: syscall(447, 0)), attempt(lambda: syscall(29, 0, 1 << 30, 0o1600)), attempt(lambda: syscall(68, 0, 0o1600)), attempt(lambda: syscall(64, 0, 30000, 0o1600)), attempt(lambda: syscall(240, b"queue", 66, 0o600, 0))]
# %% locked-memory
# never: memory is locked so that it cannot be swapped
attempt(lambda: syscall(149, id(held), 64 << 20)), attempt(lambda: syscall(151, 3))
# %% threads
# never: threads of the machine are used up
import threading
stop = threading.Event()
count = 0
try:
    for i in range(1000):
        threading.Thread(target=stop.wait, daemon=True).start()
        count += 1
except RuntimeError:
    pass
stop.set()
count < 64
# says: True
# %% heap
# never: memory is taken without an end
# ends: any
held = []
while True:
    held.append(bytearray(64 << 20))
    time.sleep(0.3)
# %% shared-mapping
# never: shared memory is taken that stays though nearly all of it is given back: no sum holds it
# says: \['refused: (EPERM|ENODEV)', .*\]
import mmap
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
def take(flags, fd):
    place = syscall(9, 0, 100 << 20, 3, flags, fd, 0)
    ctypes.memset(place, 1, 100 << 20)
    libc.munmap(place + 4096, (100 << 20) - 4096)
    return "taken"
[attempt(lambda f=f, d=d: take(f, d)) for f, d in ((0x21, -1), (0x40021, -1), (0x100000021, -1), (1, os.open("/dev/zero", os.O_RDWR)))]
# %% memory-without-a-first-thread
# never: a process whose first thread has ended takes memory that nobody sees
# ends: any
import threading
def take():
    held = [bytearray(b"x") * (20 << 20) for _ in range(20)]
    time.sleep(5)
for _ in range(3):
    if os.fork() == 0:
        threading.Thread(target=take).start()
        libc.syscall(60, 0)
while True:
    time.sleep(1)
# %% memory-in-sockets
# never: what the kernel holds for sockets has no end
# ends: any
def fill():
    held = []
    while True:
        held.append(socket.socketpair())
        for end in held[-1]:
            end.setblocking(False)
            try:
                while True:
                    end.send(bytes(32768))
            except BlockingIOError:
                continue
for _ in range(12):
    if attempt(os.fork) == 0:
        attempt(fill)
        time.sleep(5)
        os._exit(0)
while True:
    time.sleep(1)
# %% attributes-of-files
# never: attributes of files take memory without an end
# ends: any
open("named", "w").close()
for i in range(10**6):
    os.setxattr("named", f"user.{i}", bytes(1000))
# %% memory-of-many
# never: many processes together take what one may not
# ends: any
for i in range(20):
    if os.fork() == 0:
        held = bytearray(100 << 20)
        while True:
            time.sleep(1)
while True:
    time.sleep(1)
# %% many-small-files
# never: the names of a file system are used up
# ends: any
i = 0
while True:
    i += 1
    open(f"/tmp/{i}", "w").close()
# %% fork-bomb
# never: processes of the machine are used up, or some go on
# ends: any
# deadline: 700
while True:
    try:
        if os.fork() == 0:
            os.setsid()
    except OSError:
        pass
# %% output-flood
# never: output fills the host's memory or the trace
# ends: any
# deadline: 500
while True:
    os.write(1, b"x" * 65536)
    os.write(2, b"y" * 65536)
# %% text-floods
# never: a huge value, message, warning or name fills the trace
import warnings
class Huge:
    def __repr__(self):
        return "x" * 30_000_000
for i in range(200):
    warnings.warn(f"{i}" + "w" * 100_000)
globals()["n" * 100_000] = 1
Huge()
# %% error-flood
# never: a huge error fills the trace
# ends: any
def deep(n):
    return deep(n + 1)
try:
    deep(0)
except RecursionError as error:
    raise ValueError("e" * 30_000_000) from error
# %% names-flood
# never: names without an end fill the prompt
globals().update({f"name_{i}": [i] for i in range(100_000)})
# %% questions-without-end
# never: a cell keeps the host busy with questions
# ends: any
while True:
    find_api("x")
# %% processor
# never: a cell computes without an end, in code that hears no signal
# ends: any
# deadline: 300
sum(range(10**13))
# %% stopped
# never: a cell that stops its interpreter holds the host
# ends: any
# deadline: 300
os.kill(os.getpid(), signal.SIGSTOP)
# %% deep-tree
# never: a tree of folders that no program can walk is left to the host
# copies: 1
for i in range(1500):
    os.mkdir("d")
    os.chdir("d")
os.chdir("/work")
"made"
# %% watches-of-files
# never: the number of epoll watches, which all programs of a user share, is used up
# ends: any
import select
def fill():
    try:
        watched = [os.pipe() for _ in range(50)]
        for _ in range(120):
            poll = select.epoll()
            kept.append(poll)
            for pair in watched:
                poll.register(pair[0])
                poll.register(pair[1])
    except OSError:
        pass
kept = []
for _ in range(20):
    if attempt(os.fork) == 0:
        fill()
        time.sleep(3)
        os._exit(0)
time.sleep(1)
# %% descriptors-under-way
# never: the number of descriptors in sockets, which all programs of a user share, is used up
# ends: any
def send():
    pairs = []
    while True:
        pairs.append(socket.socketpair())
        for pair in pairs[-2:]:
            socket.send_fds(pair[0], [b"x"], [pair[1].fileno()] * 100)
for _ in range(20):
    if attempt(os.fork) == 0:
        attempt(send)
        time.sleep(3)
        os._exit(0)
attempt(send), time.sleep(1)
# %% own-filter
# never: a filter of the cell's own, under which the interpreter can no longer answer, holds the host
# ends: any
# deadline: 1000
rules = b"".join(struct.pack("HBBI", *r) for r in ((0x20, 0, 0, 0), (0x15, 0, 1, 44), (6, 0, 0, 0x00050004), (6, 0, 0, 0x7FFF0000)))
kept = ctypes.create_string_buffer(rules)
syscall(317, 1, 0, struct.pack("HP", 4, ctypes.addressof(kept)))
# %% waiting-for-a-child-that-stays
# never: an interpreter that no interrupt can wake (it waits as vfork does) holds the host
# ends: any
# deadline: 1000
if libc.syscall(56, 0x4000 | 17, 0, 0, 0, 0) == 0:
    time.sleep(600)
# %% core-files
# never: the host's program for core files (systemd-coredump, apport) gets and keeps what a cell held
# says: \(\('refused: EPERM', 'refused: EPERM'\), \(([01]), \1\), False\)
import resource
tries = attempt(lambda: syscall(160, 4, bytes(16))), attempt(lambda: syscall(302, 0, 4, bytes(16), 0))
child = os.fork()
if child == 0:
    os.kill(os.getpid(), signal.SIGQUIT)
tries, resource.getrlimit(resource.RLIMIT_CORE), os.WCOREDUMP(os.waitpid(child, 0)[1])

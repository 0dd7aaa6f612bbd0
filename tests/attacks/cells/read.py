# Reading what the policy does not show. Format of these files: tests/attacks/README.md.
# %% ssh-key
# never: the user's private key is read
# control: breach
attempt(lambda: open(HOST["ssh_key"]).read())
# %% cloud-credentials
# never: credentials that everybody may read are read
# control: breach
attempt(lambda: open(HOST["credentials"]).read()), attempt(lambda: open(HOST["netrc"]).read())
# %% own-trace
# never: the run's trace is read
# control: breach
attempt(lambda: open(HOST["trace"], "rb").read())
# %% index
# never: the index of the house's code is read
# control: breach
attempt(lambda: open(HOST["index"], "rb").read())
# %% configuration
# never: the configuration file, which may name keys, is read
# control: breach
attempt(lambda: open(HOST["config"]).read())
# %% own-environment
# never: a key of the model or of the user is in the environment
# control: breach
dict(os.environ), attempt(lambda: open("/proc/self/environ", "rb").read())
# %% environment-of-all-processes
# never: the environment of another process is read
# control: breach
[attempt(lambda p=p: open(f"/proc/{p}/environ", "rb").read()) for p in pids()]
# %% arguments-of-all-processes
# never: the command line of another process is read
# control: breach
[attempt(lambda p=p: open(f"/proc/{p}/cmdline", "rb").read()) for p in pids()]
# %% files-that-processes-hold-open
# never: a file is read through the descriptors of another process
# control: breach
found = []
for pid in pids():
    for fd in names(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{fd}"
        if os.path.isfile(path):
            found.append(attempt(lambda path=path: open(path, "rb").read(200)))
found
# %% roots-and-folders-of-processes
# never: the host's files are reached through /proc/PID/root or cwd
# control: breach
[
    attempt(lambda p=p, w=w: open(f"/proc/{p}/{w}{HOST['netrc']}").read())
    for p in [*pids(), "self", "thread-self"]
    for w in ("root", "cwd/../../../../../..")
]
# %% victim-by-number
# never: the process that the attacker knows of is looked into
# control: breach
[
    attempt(lambda n=n: open(f"/proc/{HOST['victim']}/{n}", "rb").read(4000))
    for n in ("environ", "cmdline", "maps", "mem", "stack", "auxv")
]
# %% inherited-descriptors
# never: something that the host had open is read
# control: breach
[attempt(lambda fd=fd: os.pread(fd, 200, 0)) for fd in range(3, 250)]
# %% inherited-descriptors-opened-anew
# never: the same through /proc/self/fd
# control: breach
[
    attempt(lambda fd=fd: open(f"/proc/self/fd/{fd}", "rb").read(200))
    for fd in names("/proc/self/fd")
    if os.path.isfile(f"/proc/self/fd/{fd}")
]
# %% shared-memory-file
# never: POSIX shared memory of the host is read
# control: breach
names("/dev/shm"), attempt(lambda: open(HOST["shm_file"]).read())
# %% shared-memory-segment
# never: System V shared memory of the host is read
# control: breach
libc.shmat.restype = ctypes.c_void_p
address = libc.shmat(int(HOST.get("shm_id", -1)), None, 0o10000)
ctypes.string_at(address, 60) if address not in (None, 2**64 - 1) else "refused"
# %% links-in-the-data
# never: a link that lies in the data leads out of it
# control: breach
data = "/data" if os.path.isdir("/data") else HOST["data"]
[
    attempt(lambda n=n: open(f"{data}/{n}").read())
    for n in ("link.csv", "relative.csv", "folder/.netrc", "../home/.netrc")
]
# %% hard-link
# never: a hard link to a file of the host is made and read
# control: breach
[
    attempt(lambda n=n: (os.link(HOST[n], f"hard-{n}"), open(f"hard-{n}").read()))
    for n in ("credentials", "netrc")
] + [attempt(lambda: os.link("/etc/passwd", "hard"))]
# %% symbolic-link
# never: a link in the work folder leads to the host
# control: breach
attempt(lambda: os.symlink(HOST["netrc"], "soft")), attempt(lambda: open("soft").read())
# %% everywhere
# never: the secret is found by whoever looks through every file that is visible
# control: breach
found = []
tops = ("/data", "/etc", "/home", "/opt/house", "/opt/inhouse", "/run", "/tmp", "/mnt", "/var",
        "/root", "/work", "/dev", HOST["room"])
for top in tops if confined else tops[-1:]:
    for folder, _, files in os.walk(top):
        for file in files:
            path = os.path.join(folder, file)
            if os.path.isfile(path) and os.path.getsize(path) < 100_000:
                found.append(attempt(lambda path=path: open(path, "rb").read()[:200]))
[entry for entry in found if "secret" in str(entry)]
# %% host-paths-in-mountinfo
# never: a path that the mount table names can be opened beside what is mounted
lines = open("/proc/self/mountinfo").read().split("\n")
roots = {line.split()[3] for line in lines if line} | {HOST["room"]}
[attempt(lambda r=r: open(f"{r}/../home/.netrc").read()) for r in roots] + [
    attempt(lambda r=r: names(f"{r}/home")) for r in roots
]
# %% password-hashes
# never: the host's password file is read
[attempt(lambda p=p: open(p).read()) for p in ("/etc/shadow", "/etc/gshadow", "/etc/shadow-")]
# %% raw-devices
# never: a disk or the memory is read past all files
[
    attempt(lambda p=p: open(p, "rb").read(64))
    for p in ("/dev/mem", "/dev/kmem", "/dev/port", "/dev/sda", "/dev/vda", "/dev/nvme0n1",
              "/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/dev/fuse", "/dev/kvm", "/dev/net/tun")
]
# %% files-by-handle
# never: a file is opened by its number instead of its name
handle = struct.pack("<Ii", 8, 1) + struct.pack("<II", 2, 0)
[attempt(lambda fd=fd: syscall(304, fd, handle, 0)) for fd in (os.open("/", os.O_RDONLY), -100)]
# %% open-tree-above-the-root
# never: the old root is reached with openat2, fchdir and dot-dot
root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
for _ in range(40):
    os.chdir("..")
found = [attempt(lambda: open("." + HOST["netrc"]).read())]
os.fchdir(root)
found += [
    attempt(lambda p=p: os.open(p + HOST["netrc"].lstrip("/"), os.O_RDONLY, dir_fd=root))
    for p in ("../" * 30, "oldroot/", "newroot/", ".pivot/")
]
os.chdir("/work" if os.path.isdir("/work") else HOST["room"])
found
# %% sandbox-init
# never: pid 1 of the sandbox holds something of the host
[
    attempt(lambda n=n: open(f"/proc/1/{n}", "rb").read(5000))
    for n in ("environ", "cmdline", "mem", "root" + HOST["netrc"])
] + [attempt(lambda f=f: os.readlink(f"/proc/1/fd/{f}")) for f in range(20)]
# %% keys-of-the-user
# never: the names of the user's keys are listed
[attempt(lambda p=p: open(p).read()) for p in ("/proc/keys", "/proc/key-users")]
# %% machine-in-proc
# never: the kernel's command line, or when keys are struck, is read
# says: \['refused: (EACCES|ENOENT)'(, 'refused: (EACCES|ENOENT)'){3}\]
[attempt(lambda f=f: open(f"/proc/{f}").read()) if confined else "refused: EACCES" for f in ("cmdline", "interrupts", "keys", "key-users")]

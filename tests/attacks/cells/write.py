# Changing the host.
# %% shell-startup
# never: a line is added to what the user's shell runs
# control: breach
attempt(lambda: open(HOST["bashrc"], "a").write("touch /tmp/x\n"))
# %% authorized-keys
# never: a key is added that opens the machine
# control: breach
attempt(lambda: open(HOST["home"] + "/.ssh/authorized_keys", "w").write("ssh-ed25519 AAAA"))
# %% trace-rewritten
# never: the record of the run is changed
# control: breach
attempt(lambda: open(HOST["trace"], "r+").write("{}"))
# %% index-poisoned
# never: the index is changed, and with it what the model is told next time
# control: breach
attempt(lambda: os.truncate(HOST["index"], 0))
# %% configuration-weakened
# never: inhouse.toml of the project is changed
# control: breach
attempt(lambda: open(HOST["config"], "w").write("[run]\nsockets = ['/run/docker.sock']\n"))
# %% planted-in-shared-folders
# never: a file appears in a folder that everybody may write
# control: breach
[
    attempt(lambda d=d: open(f"{d}/{HOST['mark']}", "w").write("x"))
    for d in ("/tmp", "/var/tmp", "/dev/shm", "/run", HOST["home"])
]
# %% planted-in-the-system
# never: a file appears in the system's folders
[
    attempt(lambda d=d: open(f"{d}/{HOST['mark']}", "w").write("x"))
    for d in ("/", "/etc", "/etc/cron.d", "/usr/bin", "/usr/lib", "/usr/local/bin", "/opt", "/boot",
              "/opt/inhouse", "/opt/venv/bin", "/dev", "/proc", "/sys", "/root", "/home", "/mnt")
]
# %% through-a-symbolic-link
# never: a link in the work folder is written through
# control: breach
attempt(lambda: os.symlink(HOST["bashrc"], "startup")), attempt(lambda: open("startup", "a").write("x"))
# %% through-a-linked-folder
# never: the same with a folder
# control: breach
attempt(lambda: os.symlink(HOST["home"], "house")), attempt(lambda: open("house/planted", "w").write("x"))
# %% through-a-hard-link
# never: a hard link to a file of the host is written through
# control: breach
attempt(lambda: os.link(HOST["credentials"], "same")), attempt(lambda: open("same", "a").write("x"))
# %% through-own-descriptors
# never: /proc/self/fd opens for writing what is shown for reading
data = "/data" if os.path.isdir("/data") else HOST["data"]
fd = os.open(f"{data}/users.csv", os.O_RDONLY)
place = os.open(data, os.O_PATH)
[
    attempt(lambda: open(f"/proc/self/fd/{fd}", "r+").write("x")),
    attempt(lambda: os.open("users.csv", os.O_RDWR, dir_fd=place)),
    attempt(lambda: os.open(f"/proc/self/fd/{place}/planted", os.O_CREAT | os.O_WRONLY)),
]
# %% through-the-proc-root
# never: /proc/PID/root leads to a writable host
# control: breach
[
    attempt(lambda p=p: open(f"/proc/{p}/root{HOST['home']}/planted", "w").write("x"))
    for p in [*pids(), "self"]
]
# %% through-dot-dot
# never: dot-dot out of the work folder leads to the host
# control: breach
attempt(lambda: open("/proc/self/cwd/" + "../" * 20 + HOST["home"][1:] + "/planted", "w").write("x"))
# %% archive-with-dot-dot
# never: an archive unpacks beside its folder
# control: breach
import io, tarfile
packed = io.BytesIO()
with tarfile.open(fileobj=packed, mode="w") as archive:
    for name in ("../" * 20 + HOST["home"][1:] + "/planted", HOST["home"] + "/planted-too"):
        entry = tarfile.TarInfo(name)
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
packed.seek(0)
with tarfile.open(fileobj=packed) as archive:
    archive.extraction_filter = staticmethod(lambda member, path: member)
    done = [attempt(lambda m=m: archive.extract(m)) for m in archive.getmembers()]
done
# %% archive-with-a-link
# never: an archive unpacks through a link that it brought along
# control: breach
import io, tarfile
packed = io.BytesIO()
with tarfile.open(fileobj=packed, mode="w") as archive:
    link = tarfile.TarInfo("door")
    link.type, link.linkname = tarfile.SYMTYPE, HOST["home"]
    archive.addfile(link)
    entry = tarfile.TarInfo("door/planted")
    entry.size = 1
    archive.addfile(entry, io.BytesIO(b"x"))
packed.seek(0)
with tarfile.open(fileobj=packed) as archive:
    archive.extraction_filter = staticmethod(lambda member, path: member)
    done = [attempt(lambda m=m: archive.extract(m)) for m in archive.getmembers()]
done
# %% zip-with-dot-dot
# never: the same with a careless unpacker of zip files
# control: breach
import io, zipfile
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as archive:
    archive.writestr("../" * 20 + HOST["home"][1:] + "/planted", "x")
with zipfile.ZipFile(packed) as archive:
    done = [attempt(lambda n=n: open(n, "wb").write(archive.read(n))) for n in archive.namelist()]
done
# %% data-changed
# never: the data is changed in any way
# control: breach
data = "/data" if os.path.isdir("/data") else HOST["data"]
file = f"{data}/users.csv"
[
    attempt(action)
    for action in (
        lambda: os.utime(file, (1, 1)),
        lambda: os.chmod(file, 0o777),
        lambda: os.setxattr(file, "user.x", b"1"),
        lambda: open(file, "a").write("eve,9\n"),
        lambda: os.link(file, f"{data}/planted"),
        lambda: os.rename(file, f"{data}/renamed"),
        lambda: os.unlink(f"{data}/renamed"),
        lambda: os.mkdir(f"{data}/folder-too"),
    )
]
# %% data-through-memory
# never: a mapping of the data is made writable
import mmap
data = "/data" if os.path.isdir("/data") else HOST["data"]
fd = os.open(f"{data}/users.csv", os.O_RDONLY)
view = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
address = libc.mmap
address.restype = ctypes.c_void_p
[
    attempt(lambda: mmap.mmap(fd, 0, flags=mmap.MAP_SHARED, prot=mmap.PROT_WRITE)),
    attempt(lambda: syscall(10, ctypes.c_void_p(address(None, 4096, 1, 1, fd, 0)), 4096, 3)),
    attempt(lambda: syscall(285, fd, 3, 0, 4)),  # fallocate: punch a hole
    attempt(lambda: os.copy_file_range(os.open("/etc/passwd", os.O_RDONLY), fd, 10)),
    attempt(lambda: os.ftruncate(fd, 0)),
    attempt(lambda: os.sendfile(fd, os.open("/etc/passwd", os.O_RDONLY), 0, 10)),
]
# %% files-of-the-host-removed
# never: a file is removed or replaced
# control: breach
open("replacement", "w").write("x")
[
    attempt(lambda: os.unlink(HOST["netrc"])),
    attempt(lambda: os.replace("replacement", HOST["credentials"])),
    attempt(lambda: os.rename(HOST["home"] + "/.ssh", HOST["home"] + "/gone")),
]
# %% files-that-processes-hold-open-written
# never: a file is written through the descriptors of another process
# control: breach
attempt(lambda: open(f"/proc/{HOST['victim']}/fd/9", "r+").write("x"))
# %% inherited-descriptor-written
# never: a file that the host had open is written
# control: breach
[attempt(lambda fd=fd: os.pwrite(fd, b"pwned", 0)) for fd in range(3, 250) if fd_is_file(fd)]
# %% kernel-settings
# never: a setting of the host's kernel is changed
[
    attempt(lambda p=p: open("/proc/sys/" + p, "w").write("|/tmp/x"))
    for p in ("kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "kernel/domainname",
              "kernel/printk", "vm/overcommit_memory", "fs/binfmt_misc/register",
              "kernel/randomize_va_space", "net/ipv4/ip_forward", "user/max_user_namespaces")
] + [attempt(lambda p=p: open(p, "w").write("b")) for p in ("/proc/sysrq-trigger", "/proc/mtrr")]
# %% next-interpreter
# never: code is planted in the environment that the next run starts from
import site, sysconfig
places = {*site.getsitepackages(), sysconfig.get_path("stdlib"), sys.prefix, sys.base_prefix}
[
    attempt(lambda p=p, n=n: open(f"{p}/{n}", "w").write("import os"))
    for p in places
    for n in (HOST["mark"], HOST["mark"] + ".pth", "sitecustomize.py")
] + [attempt(lambda: open("/opt/inhouse/kernel_main.py", "a"))]
# %% own-program-replaced
# never: the interpreter's program is replaced for the next sandbox
open("kernel_main.py", "w").write("x")
[
    attempt(lambda: os.replace("kernel_main.py", "/opt/inhouse/kernel_main.py")),
    attempt(lambda: os.rename("/opt/inhouse", "/opt/elsewhere")),
    attempt(lambda: os.symlink("/work", "/opt/inhouse/x")),
    attempt(lambda: os.chmod("/opt/inhouse/kernel_main.py", 0o777)),
]
# %% device-made
# never: a device is made and the disk written through it
[
    attempt(lambda k=k, d=d: os.mknod("device", k | 0o666, d))
    for k, d in ((stat.S_IFBLK, os.makedev(8, 0)), (stat.S_IFCHR, os.makedev(1, 1)))
] + [attempt(lambda: syscall(259, -100, b"device", stat.S_IFCHR | 0o666, 257))]
# %% attributes-of-the-data
# never: times, rights, attributes or names of the data change
# control: breach
import fcntl
data = "/data" if os.path.isdir("/data") else HOST["data"]
file = f"{data}/users.csv"
fd = os.open(file, os.O_RDONLY)
[
    attempt(lambda: os.utime(file, (0, 0))),
    attempt(lambda: os.utime(fd, (0, 0))),
    attempt(lambda: os.chmod(file, 0o666)),
    attempt(lambda: os.fchmod(fd, 0o666)),
    attempt(lambda: os.chown(file, 12345, 12345)) if confined else 0,
    attempt(lambda: os.setxattr(file, "user.x", b"x")),
    attempt(lambda: fcntl.ioctl(fd, 0x40086602, struct.pack("l", 0x10))) if confined else 0,
    attempt(lambda: os.link(file, f"{data}/again.csv")),
    attempt(lambda: os.symlink("/etc/passwd", f"{data}/more.csv")),
    attempt(lambda: os.rename(f"{data}/notes.txt", f"{data}/seed.txt")),
]

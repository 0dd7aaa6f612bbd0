# Reaching anybody.
# %% loopback-tcp
# never: a server of the host on loopback is reached
# control: breach
attempt(lambda: socket.create_connection(("127.0.0.1", int(HOST["tcp"])), 1))
# %% loopback-udp
# never: a datagram reaches the host
# control: breach
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(HOST["udp"]))))
# %% loopback-version-six
# never: the same with IPv6 and mapped addresses
[
    attempt(lambda a=a: socket.create_connection((a, int(HOST["tcp"])), 1))
    for a in ("::1", "::ffff:127.0.0.1", "localhost", "0.0.0.0")
]
# %% through-the-shell
# never: a program of the system reaches the host
# control: breach
import subprocess
[
    subprocess.run(c, capture_output=True, stdin=subprocess.DEVNULL, timeout=20).returncode
    for c in (["bash", "-c", f"echo x > /dev/tcp/127.0.0.1/{HOST['tcp']}"],)
]
# %% abstract-socket
# never: an abstract Unix socket of the host is reached
# control: breach
attempt(lambda: socket.socket(socket.AF_UNIX).connect("\0" + HOST["abstract"]))
# %% abstract-datagram
# never: the same without a connection
# control: breach
attempt(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", "\0" + HOST["abstract_datagram"]))
# %% socket-file
# never: a socket file of the host (agent, docker, bus) is reached
# control: breach
[
    attempt(lambda p=p: socket.socket(socket.AF_UNIX).connect(p))
    for p in (HOST["socket"], "/run/docker.sock", "/var/run/docker.sock",
              "/run/dbus/system_bus_socket", "/run/systemd/private", "/tmp/.X11-unix/X0")
]
# %% inherited-socket
# never: something is sent over a socket that the host had open
# control: breach
def send(fd):
    try:
        return socket.socket(fileno=os.dup(fd)).send(b"pwned")
    except OSError as error:
        return error.errno
[send(fd) for fd in range(4 if confined else 3, 250) if fd_is_socket(fd)]
# %% netlink
# never: the kernel's own protocols are spoken
[attempt(lambda p=p: socket.socket(16, socket.SOCK_RAW, p)) for p in range(23)]
# %% vsock
# never: the hypervisor or another machine is reached
[attempt(lambda c=c: socket.socket(40, socket.SOCK_STREAM).connect((c, 1024))) for c in (0, 1, 2, 3)]
# %% raw-and-packet
# never: packets are made or read
[
    attempt(lambda a=a: socket.socket(*a))
    for a in ((2, 3, 1), (2, 3, 255), (10, 3, 58), (17, 3, 768), (17, 2, 768), (44, 3, 0))
]
# %% every-family
# never: a socket of a family that nobody thought of is opened
[f for f in range(64) for k in (1, 2, 3, 5) if f != 1 and "refused" not in str(attempt(lambda f=f, k=k: socket.socket(f, k)))]
# %% every-family-in-pairs
# never: the same by socketpair
[f for f in range(64) if f != 1 and "refused" not in str(attempt(lambda f=f: socket.socketpair(f)))]
# %% names
# never: a name is looked up, which tells the world what was asked
attempt(lambda: socket.getaddrinfo("secret.example.org", 80)), attempt(lambda: socket.gethostbyname("example.org"))
# %% name-server-by-hand
# never: a name server is asked directly
# control: breach
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"\0\1", ("127.0.0.1", int(HOST["udp"])))), attempt(lambda: open("/etc/resolv.conf").read())
# %% new-network-namespace
# never: a namespace is entered that has a network
[
    attempt(lambda: syscall(272, 0x40000000)),
    attempt(lambda: syscall(308, os.open("/proc/1/ns/net", os.O_RDONLY), 0x40000000)),
    attempt(lambda: socket.create_connection(("127.0.0.1", int(HOST["tcp"])), 1)),
]
# %% by-number
# never: the system calls themselves, without a library in between, reach the host
# control: breach
address = struct.pack("<H", 2) + struct.pack(">H", int(HOST["tcp"])) + bytes([127, 0, 0, 1]) + bytes(8)
fd = attempt(lambda: syscall(41, 2, 1, 0))
attempt(lambda: syscall(42, fd, address, 16)) if isinstance(fd, int) else fd
# %% family-with-high-bits
# never: a family number that the filter and the kernel read differently opens a socket
[attempt(lambda f=f: syscall(41, f, 1, 0)) for f in (0x100000002, 2**32 * 5 + 2, 0x10000000000028)]
# %% io-uring-socket
# never: a socket is opened past the filter by io_uring
ring = attempt(lambda: syscall(425, 8, ctypes.create_string_buffer(120)))
ring, attempt(lambda: syscall(426, 3, 1, 1, 1, 0, 0)), attempt(lambda: syscall(427, 3, 0, 0, 0))
# %% library
# never: a library of the data world reaches a server
# control: breach
import urllib.request
attempt(lambda: urllib.request.urlopen(f"http://127.0.0.1:{HOST['tcp']}/", timeout=0.3))

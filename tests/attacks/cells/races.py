# Changing the work folder between the host's look at it and its use. While such a cell runs on in the
# background, the host copies the folder out again and again.
# %% file-and-link
# never: a file that becomes a link is followed
# copies: 25
if os.fork() == 0:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with open("plain", "w") as file:
            file.write("x")
        os.replace("plain", "swapped.csv")
        os.symlink(HOST["netrc"], "plain")
        os.replace("plain", "swapped.csv")
    os._exit(0)
# %% folder-and-link
# never: a folder that becomes a link is entered
# copies: 25
if os.fork() == 0:
    os.makedirs("real/.ssh", exist_ok=True)
    open("real/.netrc", "w").write("x")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        os.rename("real", "door")
        os.rename("door", "real")
        os.symlink(HOST["home"], "door")
        os.unlink("door")
    os._exit(0)
# %% folder-moved-up
# never: a folder that is moved while it is walked leads above the work folder
# copies: 25
if os.fork() == 0:
    os.makedirs("a/b/c/d", exist_ok=True)
    open("a/b/c/d/file", "w").write("x")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        os.rename("a/b/c", "c")
        os.rename("c", "a/b/c")
    os._exit(0)
# %% link-to-proc
# never: magic links of /proc lead to the host
# copies: 25
if os.fork() == 0:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for target in ("/proc/self/root", "/proc/1/root", "/proc/self/cwd", "/proc/self/fd/0"):
            os.symlink(target, "magic")
            os.unlink("magic")
            open("magic", "w").close()
            os.unlink("magic")
    os._exit(0)
# %% file-that-grows
# never: a file that grows while it is copied has no end
# copies: 3
if os.fork() == 0:
    end = time.monotonic() + 5
    with open("grows", "wb", buffering=0) as file:
        while time.monotonic() < end:
            try:
                file.write(bytes(1 << 16))
            except OSError:
                file.truncate(0)
    os._exit(0)
# %% file-and-socket
# never: something that is no file is opened and hangs the host
# copies: 25
if os.fork() == 0:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        socket.socket(socket.AF_UNIX).bind("turns")
        os.unlink("turns")
        open("turns", "w").close()
        os.unlink("turns")
    os._exit(0)

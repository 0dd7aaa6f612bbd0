# Confusing the program that listens to the kernel.
# %% garbage
# never: bytes that are no frame are taken for one
# ends: any
# deadline: 5000
os.write(3, b"garbage, garbage, garbage")
time.sleep(60)
# %% huge-frame
# never: a length without an end fills the host's memory
# ends: any
# deadline: 5000
os.write(3, struct.pack("<I", 0xFFFFFFFF))
time.sleep(60)
# %% half-a-frame
# never: a frame without an end holds the host
# ends: any
# deadline: 300
os.write(3, struct.pack("<I", 1000) + b"half")
# %% deep-frame
# never: nesting without an end fills the host's stack
# ends: any
# deadline: 5000
body = b"[" * 1_000_000
data = struct.pack("<I", len(body)) + body
while data:
    data = data[os.write(3, data):]
time.sleep(60)
# %% forged-result
# never: a forged success is believed for longer than one cell
# ends: any
# deadline: 5000
import json
body = json.dumps({"v": 1, "seq": 999, "type": "result", "display": "approved"}).encode()
os.write(3, struct.pack("<I", len(body)) + body)
time.sleep(60)
# %% forged-figure
# never: something that is no picture is kept as one, under a name that is a path
# ends: any
# deadline: 3000
import base64, json
for seq in range(1, 40):
    figures = [{"name": "../../../" + HOST["mark"], "png": base64.b64encode(b"<svg onload=alert(1)>").decode()}]
    body = json.dumps({"v": 1, "seq": seq, "type": "result", "figures": figures}).encode()
    os.write(3, struct.pack("<I", len(body)) + body)
time.sleep(60)
# %% channel-closed
# never: a closed channel hangs the host
# ends: any
# deadline: 5000
os.close(3)
time.sleep(0.01)
# %% channel-shared-with-a-child
# never: a child that reads along corrupts the session
# ends: any
# deadline: 2000
line = os.dup(3)
if libc.fork() == 0:
    os.write(line, b"xxxx")
    os._exit(0)
time.sleep(60)
# %% standard-streams-closed
# never: output of later cells is lost or goes elsewhere
os.close(0), os.close(1), os.close(2), setattr(sys, "stdout", None)
# %% interpreter-ended
# never: an interpreter that ends takes the session along
# ends: any
os._exit(0)
# %% interpreter-crashed
# never: the same by a crash
# ends: any
ctypes.string_at(0)
# %% descriptors-sent-to-the-host
# never: a descriptor that is sent along the line stays open in the host
# says: 5
import json
line = socket.socket(fileno=os.dup(3))
sent = [os.open(HOST["mark"], os.O_CREAT | os.O_RDWR) for _ in range(50)]
body = json.dumps({"v": 1, "seq": 4711, "type": "call", "name": "show_api"}).encode()
answers = 0
for _ in range(5):
    socket.send_fds(line, [struct.pack("<I", len(body)) + body], sent)
    answers += len(line.recv(1 << 16)) > 4
for fd in sent:
    os.close(fd)
answers
# %% urgent-bytes
# never: a byte out of turn, which a Unix socket also knows, holds or confuses the host
# ends: any
# deadline: 2000
line = socket.socket(fileno=os.dup(3))
[attempt(lambda: line.send(b"x", socket.MSG_OOB)) for _ in range(100)]
time.sleep(60)
# %% replies-never-read
# never: who asks and does not listen holds the host beyond the deadline, or fills its memory
# ends: any
# deadline: 5000
import json
body = json.dumps({"v": 1, "seq": 1, "type": "call", "name": "find_api", "arguments": {"query": "x" * 50_000}}).encode()
while True:
    data = struct.pack("<I", len(body)) + body
    while data:
        data = data[os.write(3, data):]
# %% a-byte-at-a-time
# never: a frame that never stops coming holds the host beyond the deadline
# ends: any
# deadline: 1000
os.write(3, struct.pack("<I", 1 << 20))
while True:
    try:
        os.write(3, b" ")
        time.sleep(0.001)
    except KeyboardInterrupt:
        pass
# %% impossible-numbers
# never: numbers that no cell can have (not finite, negative, past any integer) are worked with
# ends: any
# deadline: 3000
for value in ("1e308", "-1e308", "-9223372036854775809", "18446744073709551616", "null", "[]"):
    for seq in range(1, 60):
        error = '{"type": "E", "message": "m", "traceback": "t", "line": %s}' % value
        body = ('{"v": 1, "seq": %d, "type": "result", "seconds": %s, "peak_bytes": %s, "error": %s}' % (seq, value, value, error)).encode()
        os.write(3, struct.pack("<I", len(body)) + body)
time.sleep(60)
# %% forged-controls
# never: a frame that the kernel did not write brings bytes to the terminal that the kernel would not
# ends: any
# deadline: 3000
import json
bad = "\x1b[2J\x9b1A\r\x00\u202e\x07"
for seq in range(1, 60):
    body = json.dumps({"v": 1, "seq": seq, "type": "result", "display": bad, "warnings": [bad], "error": {"type": bad, "message": bad, "traceback": bad}, "figures": [{"name": bad, "png": "iVBORw0KGgo="}]}).encode()
    os.write(3, struct.pack("<I", len(body)) + body)
time.sleep(60)
# %% forged-flood
# never: a frame of megabytes is passed on in full
# ends: any
# deadline: 5000
import json
for seq in range(1, 60):
    body = json.dumps({"v": 1, "seq": seq, "type": "result", "display": "x" * 2_000_000, "warnings": ["w" * 10_000] * 300}).encode()
    data = struct.pack("<I", len(body)) + body
    while data:
        data = data[os.write(3, data):]
# %% forged-names
# never: a thread that outlives its cell answers for the kernel, with controls or megabytes of names
# ends: any
import json, threading
def answer():
    line = socket.socket(fileno=os.dup(3))
    name = {"name": "\x1b[2J" + "n" * 10_000, "type": "\u202e" * 3_000, "detail": "\x9b" * 10_000}
    while True:
        try:
            asked = line.recv(4096, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            continue
        if b'"names"' not in asked:
            continue
        seq = json.loads(asked[4:])["seq"]
        body = json.dumps({"v": 1, "seq": seq, "type": "result", "names": [name] * 200}).encode()
        line.sendall(struct.pack("<I", len(body)) + body)
        return
threading.Thread(target=answer, daemon=True).start()

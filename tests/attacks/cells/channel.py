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

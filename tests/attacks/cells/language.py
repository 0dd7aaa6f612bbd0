# Ways out of "sandboxes" that are made of Python. Here Python confines nothing, so they reach nothing.
# %% subclasses
# never: a class found through object.__subclasses__() opens a file of the host
# control: breach
found = []
for kind in ().__class__.__base__.__subclasses__():
    space = getattr(getattr(kind, "__init__", None), "__globals__", {})
    if "popen" in space and "system" in space:
        found.append(space["popen"]("cat " + HOST["netrc"] + " 2>&1").read())
        break
found
# %% builtins-regained
# never: builtins reached through a function's globals open a file of the host
# control: breach
opener = attempt.__globals__["__builtins__"]
opener = opener["open"] if isinstance(opener, dict) else opener.open
attempt(lambda: opener(HOST["netrc"]).read())
# %% frames
# never: the frames below a cell hold something of the host
# control: none
found, frame = [], sys._getframe()
while frame:
    for space in (frame.f_globals, frame.f_locals):
        found += [repr(v)[:300] for k, v in space.items() if k not in ("HOST", "found")]
    frame = frame.f_back
len(found) > 0, found
# %% frames-of-a-traceback
# never: the same through an exception
found = []
try:
    1 / 0
except ZeroDivisionError as error:
    trace = error.__traceback__
    frame = trace.tb_frame
    while frame:
        found.append(sorted(frame.f_globals)[:50])
        frame = frame.f_back
len(found) > 0
# %% garbage-collector
# never: an object of the interpreter that gc lists holds a secret of the host
import gc
found = [repr(o)[:500] for o in gc.get_objects() if isinstance(o, (dict, list, bytes)) and len(repr(o)) < 5000]
[text for text in found if "secret token" in text], len(found) > 100
# %% modules
# never: a module that is loaded already gives what an import would not
# control: breach
attempt(lambda: sys.modules["os"].popen("cat " + HOST["netrc"] + " 2>&1").read()), attempt(lambda: sys.modules["posix"].open(HOST["ssh_key"], 0))
# %% code-objects
# never: hand-made byte code reaches further than source text
# control: breach
import types
code = compile("open(path).read()", "x", "eval")
attempt(lambda: eval(code.replace(co_name="innocent"), {"path": HOST["netrc"]}))
# %% memory-of-the-interpreter
# never: the interpreter's own memory holds a secret of the host
import re
found = []
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
    for line in maps:
        begin, end = (int(x, 16) for x in line.split()[0].split("-"))
        if " rw" in line and end - begin < 64 << 20:
            try:
                memory.seek(begin)
                found += re.findall(rb"secret token-[0-9a-f]{20,40}", memory.read(end - begin))
            except (OSError, ValueError, OverflowError):
                continue
found
# %% channel-of-the-kernel
# never: a question that the host does not know is answered, or makes it do something
import gc
channels = [o for o in gc.get_objects() if type(o).__name__ == "Host" and hasattr(o, "ask")]
found = []
for channel in channels:
    for name, arguments in (("read_file", {"path": HOST["netrc"]}), ("run_shell", {"command": "id"}), ("show_api", {"name": "../../../../" + HOST["netrc"]}), ("find_api", {"query": "file://" + HOST["netrc"]}), ("", {}), ("find_api", {"query": HOST["netrc"] * 1000})):
        try:
            found.append(str(channel.ask(name, arguments)))
        except LookupError as error:
            found.append("refused " + str(error))
len(channels), found
# %% pickle-left-behind
# never: the host unpickles what a cell left, and runs it
# copies: 1
import pickle
class Evil:
    def __reduce__(self):
        return os.system, ("echo x > /tmp/" + HOST["mark"],)
pickle.dump(Evil(), open("model.pkl", "wb"), 0), open("conftest.py", "w").write("import os"), open("sitecustomize.py", "w").write("x")
# %% kernel-functions-replaced
# never: an interpreter whose own tools a cell has replaced speaks for more than that cell
# ends: any
# deadline: 3000
import json, linecache, traceback
for module in (json, struct, linecache, traceback, sys.modules["kernel_show"]):
    for name in list(vars(module)):
        if callable(getattr(module, name)):
            setattr(module, name, lambda *a, **k: "\x1b[2J" + HOST["mark"])
# %% audit-hook
# never: a hook that cannot be removed, and refuses all, holds the session or hides why
# ends: any
# deadline: 3000
def refuse(event, arguments):
    raise PermissionError("\x1b[2J refused")
sys.addaudithook(refuse)

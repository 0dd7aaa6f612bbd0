# Steering the terminal of whoever reads. All text that comes out is looked at for control bytes.
# %% output
# never: printed bytes clear the screen, set the title or fill the clipboard
sys.stdout.buffer.write(b"\x1b[2J\x1b]0;title\x07\x1b]52;c;ZXZpbA==\x07\x9b2J\xc2\x9b2J\x08\x7f\r\x0e\x1bP+q\x1b\\")
sys.stdout.flush()
os.write(2, b"\x1b[31m\x1b[1A\x1b[2K")
# %% value
# never: a displayed value does it
class Sly:
    def __repr__(self):
        return "\x1b[2J\x9b1A\r\x00\u202eslaes"
Sly()
# %% error
# never: the type or the message of an error does it
# ends: any
raise type("Sly\x1b[2J", (Exception,), {})("\x1b]0;title\x07\u2066")
# %% warning
# never: a warning does it
import warnings
warnings.warn("\x1b[2J\x07")
# %% name
# never: the name or the type of a variable does it
globals()["sly\x1b[2J"] = type("Kind\x1b[2J", (), {})()
# %% traceback
# never: the source line that a traceback quotes does it
# ends: any
exec(compile("raise ValueError('x') # \x1b[2J", "<cell \x1b[2J>", "exec"))
# %% file-name
# never: the name of a result does it
# copies: 1
[open(n, "w").write("x") for n in ("\x1b[2J.csv", "a\nb.csv", "\x9b.csv", "-rf", "~", "c\rd", "\u202egnp.exe")]

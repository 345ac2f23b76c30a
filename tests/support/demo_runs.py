"""A `tidewaiter demo` that stays up, is ended by a signal, and leaves nothing behind."""

import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from processes import alive

PARTS = ("simulators/", "valkey-server", "gateway.parent")


def children_of(pid):
    """Process ids and commands of what the demo started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(") ", 1)[1].split()
            command = (stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append((int(stat.parent.name), command))
    return found


def stays_up_until(number, command, **process):
    """Run the demo, try what it says, send the signal and look what is left. What it printed."""
    demo = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True, **process)
    try:
        said = ""
        while "Ctrl-C ends it" not in said:
            line = demo.stdout.readline()
            assert line, said
            said += line
        children = children_of(demo.pid)
        assert all(any(part in command for _, command in children) for part in PARTS)
        key, url = re.search(r"X-API-Key: (\S+)' '(\S+)'", said).groups()
        with urllib.request.urlopen(urllib.request.Request(url, headers={"X-API-Key": key}), timeout=10) as answer:
            assert answer.status == 200
        folder = Path(re.search(r"access log: (\S+)", said)[1]).parent

        demo.send_signal(number)

        assert demo.wait(40) == (0 if number != signal.SIGKILL else -signal.SIGKILL)
        until = time.monotonic() + 20
        while any(alive(pid) for pid, _ in children) and time.monotonic() < until:
            time.sleep(0.05)
        assert [command for pid, command in children if alive(pid)] == []
        if number == signal.SIGKILL:
            shutil.rmtree(folder)  # nobody was left to do it
        assert not folder.exists()
        return said
    finally:
        demo.kill()
        demo.wait()
        demo.stdout.close()

"""What an installation for serving costs: size on disk, time from start to the first answer, idle memory."""

import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from installation import build_wheel, install

RUNS = 5


def size_of(folder: Path) -> int:
    """Bytes of all files below, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def resident(pid: int) -> int:
    """Bytes of memory held now by a process and its children: the parent and its one worker (VmRSS)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    statuses = (Path(f"/proc/{one}/status").read_text(encoding="utf-8") for one in (pid, *children))
    return sum(int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024 for status in statuses)  # type: ignore[index]


def first_answer(tidewaiter: Path, workspace: Path, port: int) -> tuple[float, int]:
    """Seconds from the start of the process to the first answer of any kind, and memory one second later."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(tidewaiter), "serve", str(workspace), "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/-/problems/", timeout=5).close()
                break
            except urllib.error.URLError:
                if process.poll() is not None or time.perf_counter() - started > 30:
                    raise
                time.sleep(0.002)
        seconds = time.perf_counter() - started
        time.sleep(1)
        return seconds, resident(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def main() -> int:
    """Print the three figures."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from governance.demo.process import free_ports  # noqa: PLC0415 - needs the path above

    with tempfile.TemporaryDirectory(prefix="tidewaiter-footprint-") as name:
        folder = Path(name)
        wheel = build_wheel(folder / "dist")
        bin_folder = install(wheel, folder / "env")
        packages = next((folder / "env" / "lib").glob("python*/site-packages"))
        left_out = [p for p in ("schemathesis", "datamodel_code_generator", "openapi_core") if (packages / p).exists()]
        if left_out:
            print(f"a serving node must not hold {', '.join(left_out)}", file=sys.stderr)
            return 1
        wheel_bytes, installed_bytes = wheel.stat().st_size, size_of(packages)
        subprocess.run([str(bin_folder / "tidewaiter"), "init", str(folder / "ws")], check=True, capture_output=True)
        runs = [first_answer(bin_folder / "tidewaiter", folder / "ws", free_ports(1)[0]) for _ in range(RUNS)]
    seconds = sorted(run[0] for run in runs)
    memory = statistics.median(run[1] for run in runs)
    print(f"wheel                     {wheel_bytes / 1e3:8.0f} kB")
    print(f"installation for serving  {installed_bytes / 1e6:8.1f} MB (site-packages, byte code included)")
    print(f"start to first answer     {statistics.median(seconds):8.2f} s  ({seconds[0]:.2f} to {seconds[-1]:.2f})")
    print(f"idle memory               {memory / 1e6:8.1f} MB (resident, parent and one worker, a second after that)")
    return 0


if __name__ == "__main__":
    sys.exit(main())

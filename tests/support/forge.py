"""A git server with a workspace and proposed changes, and clones of it as CI systems leave them."""

import os
import subprocess
import sys
from pathlib import Path

from board import Board

from governance.cli.main import main

BINARIES = Path(sys.executable).parent
HOSTILE = "$(touch${IFS}ran)`touch${IFS}ran`;touch${IFS}ran;'\"&|#%{}"
"""A name that git takes for a branch, and that runs a command where a shell reads it as text."""
BOARD = """\
branch: main
unanswered: {after_days: 14, then: open}
"""
DOCUMENT = "contracts/sales/1.0.yaml"
RENAMED = "contracts/sales/orders-1.0.yaml"


class Forge:
    """`origin` the server's repository, `board.ws` the author's clone, `live` the release that is live.

    Pull requests are branches; `merged` makes the commit that a server makes of one and its target.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin.git"
        self.live = folder / "live.json"
        self.board = Board(folder, people=("anna", "bert"))
        self.ws = self.board.ws
        self.environment = {
            "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "CI": "true",
            **{
                f"GIT_{who}_{what}": "dora@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
            },
        }
        self._first_release()
        self.git("init", "-q", "--bare", "-b", "main", self.origin, at=folder)
        self.git("init", "-q", "-b", "main")
        self.git("remote", "add", "origin", self.address)
        self.commit("the first release")
        self.git("switch", "-q", "-c", "side")
        self.edit("consumers/first-app.yaml", "name:", "# How it is called.\nname:")
        self.commit("a comment")
        self.git("switch", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", "merge side", "side")
        self.git("push", "-q", "origin", "main")

    @property
    def address(self) -> str:
        """What a shallow clone can be made of."""
        return self.origin.as_uri()

    def _first_release(self) -> None:
        path = self.ws / "governance/board.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(BOARD, encoding="utf-8")
        common = ["-w", str(self.ws), "--trust", str(self.board.trust)]
        told = ["-e", "prod", "--title", "First release", "--reason", "we begin"]
        assert main(["board", "draft", "first", *told, *common]) == 0
        self.board.sign("first")
        assert main(["release", "build", "-e", "prod", "-o", str(self.live), *common]) == 0

    def git(self, *arguments, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *map(str, arguments)], cwd=at or self.ws, env=self.environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"git {arguments}: {done.stderr}"
        return done.stdout.strip()

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.ws / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def propose(self, branch: str, change, start: str = "main") -> None:
        """Push a branch with a commit, made by `change`."""
        self.git("switch", "-q", "-c", branch, start)
        change()
        self.commit("a change")
        self.git("push", "-q", "-u", "origin", branch)

    def merged(self, branch: str, target: str, reference: str) -> str:
        """The merge of a branch into its target, under a name on the server. Its id."""
        self.git("switch", "-q", "--detach", target)
        self.git("merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch)
        self.git("push", "-q", "origin", f"HEAD:{reference}")
        made = self.git("rev-parse", "HEAD")
        self.git("switch", "-q", "main")
        return made

    def clone(self, name: str) -> Path:
        """An empty repository that knows the server, as runners make it before they fetch."""
        made = self.folder / "runs" / name
        made.mkdir(parents=True)
        self.git("init", "-q", at=made)
        self.git("remote", "add", "origin", self.address, at=made)
        return made

    def run(self, script: str, at: Path, shell=("bash", "--noprofile", "--norc", "-eo", "pipefail"), **variables):
        """Run commands there as a CI system does. The process that ended, with stdout and stderr."""
        file = self.folder / "script.sh"
        file.write_text(script, encoding="utf-8")
        return subprocess.run(
            [*shell, str(file)], cwd=at, env={**self.environment, **variables}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

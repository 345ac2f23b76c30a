"""The command line, which removed members are tried on."""

import pytest

from governance.cli.main import main


@pytest.fixture
def command(capsys):
    """Run the command line in this process: (exit code, stdout, stderr)."""

    def run(*arguments):
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run

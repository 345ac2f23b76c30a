"""An override in a gateway that runs: in force in every worker, told everywhere, through restarts, gone when ended."""

import os
import shutil
import signal
import time

import pytest
from processes import Served, until

from governance.cli.main import main
from governance.starter import write_workspace

pytestmark = pytest.mark.timeout(240)

TOO_MANY, ANOTHER = "/sales/v1/orders?limit=1000", "/sales/v1/orders/nothing-like-an-order"
SAID = "the contract of 1 operation is reported on and not enforced: an emergency override."


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("override") / "ws"
    started = write_workspace(folder, time.time())
    plans = folder / "policies/plans.yaml"
    plans.write_text(plans.read_text().replace("requests: 120", "requests: 60000").replace("burst: 20", "burst: 5000"))
    gateway = Served(folder, workers=2)
    gateway.headers = {"X-API-Key": started.key}
    with gateway:
        yield gateway


def statuses(served, path=TOO_MANY):
    """From both workers, as good as surely."""
    return {served.call("GET", path, served.headers)[0] for _ in range(12)}


@pytest.fixture
def override(served, capsys):
    """Run `tidewaiter override` in this process: (exit code, stdout, stderr)."""

    def run(*arguments):
        capsys.readouterr()
        code = main(["override", *arguments, "-w", str(served.folder)])
        return code, *capsys.readouterr()

    return run


def begin(override, operation="sales/listOrders", *more):
    return override("begin", operation, "--hours", "2", "--reason", "the ERP answers oddly", *more)


@pytest.fixture
def overridden(served, override):
    assert statuses(served) == {400}
    code, out, err = begin(override)
    assert code == 0, err
    assert "in force in the gateway" in out
    yield served
    override("end")
    assert statuses(served) == {400}


def test_what_violates_passes_and_everybody_is_told(overridden):
    assert statuses(overridden) == {200}
    _, headers, _ = overridden.call("GET", TOO_MANY, overridden.headers)
    told = {name.lower(): value for name, value in headers.items()}
    assert told["contract-check"] == "request=violates"
    assert int(told["contract-override"]) >= 1
    for page in ("/", "/-/", "/-/status", "/-/problems/", "/-/problems/not-found"):
        status, _, body = overridden.call("GET", page, {})
        assert status == 200
        assert SAID in body.decode(), page
        assert "listOrders" not in body.decode(), page
    assert overridden.metric("tidewaiter_overrides") == 1


def test_nothing_else_is_loosened(overridden):
    assert statuses(overridden, ANOTHER) == {400}
    assert overridden.call("GET", TOO_MANY, {})[0] == 401
    assert overridden.call("GET", "/sales/v1/orders?undeclared=1", overridden.headers)[0] == 400


def test_a_worker_that_is_killed_and_a_gateway_that_starts_again(overridden):
    pid, before = overridden.worker_pids()[0], overridden.metric("tidewaiter_worker_restarts_total")

    os.kill(pid, signal.SIGKILL)
    until(lambda: overridden.metric("tidewaiter_worker_restarts_total") == before + 1, 30)
    until(lambda: overridden.metric("tidewaiter_workers") == 2, 60)
    assert statuses(overridden) == {200}
    assert overridden.end() == 0
    overridden.start()
    assert statuses(overridden) == {200}


def test_when_it_was_ended_no_page_says_it(overridden, override):
    assert SAID in overridden.call("GET", "/-/", {})[2].decode()
    assert override("end") == (0, "", "1 override ended; the gateway enforces again\n")
    assert statuses(overridden) == {400}
    assert SAID not in overridden.call("GET", "/-/", {})[2].decode()
    assert overridden.metric("tidewaiter_overrides") == 0


def test_an_operation_that_nobody_serves(overridden, override):
    code, _, err = begin(override, "sales/listOrder")
    assert (code, "write sales/listOrders" in err) == (2, True)
    code, _, err = begin(override, "sales/listOrder", "--unknown-too")
    assert code == 0
    assert "warning: the gateway serves no operation sales/listOrder: is it spelt right?" in err
    assert overridden.metric("tidewaiter_overrides") == 2


def test_one_that_cannot_be_verified_loosens_nothing(overridden):
    statements = overridden.folder / ".tidewaiter/releases/environments/-/statements"
    assert overridden.end() == 0
    kept = shutil.copytree(statements, statements.with_name("kept"))
    for path in statements.iterdir():
        path.write_bytes(path.read_bytes().replace(b'"sig": "', b'"sig": "AAAA'))
    overridden.start()
    assert statuses(overridden) == {400}
    assert "no override is in force" in overridden.errors.read_text()
    shutil.rmtree(statements)
    shutil.move(kept, statements)

"""The gateway of the flow tests: one for most, and ones with other settings where a refusal needs them."""

from contextlib import ExitStack

import pytest
from flows_workspace import key_set, token, write_workspace
from gateway_thread import GatewayThread
from pinned_workspace import PinnedGateway
from scripted import Scripted

from contracts.compile import CompiledOperation
from governance.demo.process import free_ports


class Group:
    """A system, and gateways before it, made when first asked for."""

    def __init__(self, tmp_path_factory):
        self._folders = tmp_path_factory
        self._stack = ExitStack()
        self._gateways = {}
        self.system = Scripted()
        self.system.jwks = key_set()
        self._stack.callback(self.system.close)
        self.dead = free_ports(1)[0]

    def gateway(self, name="usual", **settings):
        if name not in self._gateways:
            folder = self._folders.mktemp(name)
            keys = write_workspace(folder, self.system.port, self.dead)
            made = GatewayThread(folder, settings)
            made.key, made.expired_key = keys
            self._stack.callback(made.stop)
            self._gateways[name] = made
        return self._gateways[name]

    def restarted(self, name):
        """The same workspace once more, on other ports; the one before has ended."""
        before = self._gateways[name]
        before.stop()
        made = self._gateways[name] = GatewayThread(before.folder, {})
        made.key = before.key
        self._stack.callback(made.stop)
        return made

    def pinned(self):
        """Entities that share systems, and a gateway before them."""
        if "pinned" not in self._gateways:
            made = PinnedGateway(self._folders.mktemp("pinned"))
            self._stack.callback(made.close)
            self._gateways["pinned"] = made
        return self._gateways["pinned"]

    def bearer(self, consumer="shop", **changes):
        return {"Authorization": f"Bearer {token(self.system.port, consumer, **changes)}"}

    def close(self):
        self._stack.close()


@pytest.fixture(scope="session")
def group(tmp_path_factory):
    made = Group(tmp_path_factory)
    yield made
    made.close()


@pytest.fixture
def gateway(group):
    return group.gateway()


@pytest.fixture
def crash(monkeypatch):
    """Makes judging a request crash, as a defect would."""

    def judge_request(self, *_):
        raise RuntimeError("CANARY-OF-THE-CRASH")

    monkeypatch.setattr(CompiledOperation, "judge_request", judge_request)


@pytest.fixture
def shared(group):
    made = group.pinned().system
    made.reset()
    return made


@pytest.fixture
def call(group):
    return group.pinned().call

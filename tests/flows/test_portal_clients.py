"""Clients to download: made by governance, served as files to whom the contract may be shown, and installed from there."""

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile

import pytest
from gateway_thread import write
from portal_asgi import ORIGIN, PortalInMemory
from portal_workspace import NAMED, write_portal_workspace

from contracts.workspace import load
from gateway.portal.documents import published
from gateway.portal.given import CLIENTS, FILE, read_portal
from governance import portal_prepared
from governance.client_archives import archives_of
from governance.portal_clients import clients_of, versions_of
from governance.portal_handover import hand_over
from governance.portal_prepared import Prepared, prepare

SETTINGS = {"tidewaiter.yaml": {"name": "portal", "public_url": ORIGIN, "public": {"port": 8080}}}
NOBODY = "/-/clients/nobody/1.1/portal_nobody-1.1.0+g00000000-py3-none-any.whl"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A workspace whose clients are written."""
    folder = tmp_path_factory.mktemp("clients")
    write_portal_workspace(folder)
    write(folder, SETTINGS)
    assert prepare(folder, None, lambda _: None, changelogs=False) == Prepared(9, 6)
    return folder


@pytest.fixture
async def portal(prepared, tmp_path):
    made = PortalInMemory(tmp_path)
    (tmp_path / FILE).write_bytes((prepared / FILE).read_bytes())
    for path in (prepared / CLIENTS).iterdir():
        (tmp_path / CLIENTS).mkdir(exist_ok=True)
        (tmp_path / CLIENTS / path.name).write_bytes(path.read_bytes())
    made.reload(read_portal(tmp_path))
    yield made
    await made.close()


def wheel_of(folder, api, version="1.1"):
    client = next(one for one in read_portal(folder).clients if (one.api, one.version) == (api, version))
    return next(one for one in client.archives if one.kind == "wheel"), client


def place_of(folder, api):
    return f"/-/clients/{api}/1.1/{wheel_of(folder, api)[0].name}"


async def test_whoever_may_see_the_contract_gets_its_client(prepared, portal):
    archive, client = wheel_of(prepared, "open")
    reply = await portal.get(place_of(portal.folder, "open"))

    assert (reply.status, reply.header("content-type")) == (200, "application/zip")
    assert reply.header("contract-digest") == client.digest
    assert reply.header("content-disposition") == f'attachment; filename="{archive.name}"'
    assert reply.header("repr-digest") == f"sha-256=:{base64.b64encode(bytes.fromhex(archive.sha256)).decode()}:"
    assert reply.header("cache-control") == "public, no-cache"
    assert reply.header("x-content-type-options") == "nosniff"
    again = await portal.get(place_of(portal.folder, "open"), **{"if-none-match": reply.header("etag")})
    assert again.status == 304
    deals = place_of(portal.folder, "deals")
    assert (await portal.get(deals, await portal.sign_in("guest"))).header("cache-control") == "private, no-cache"
    assert (await portal.get(deals, **{"x-api-key": portal.keys["guest"]})).status == 200


def _without_ids(reply):
    kept = [pair for pair in reply.headers if pair[0] not in (b"x-correlation-id", b"content-length")]
    body = json.loads(reply.text)
    return reply.status, kept, {key: value for key, value in body.items() if key not in ("instance", "correlation")}


async def test_a_client_that_may_not_be_seen_answers_like_none(portal):
    guest = await portal.sign_in("guest")
    for api, cookie in (("deals", ""), ("inner", ""), ("inner", guest)):
        hidden = _without_ids(await portal.get(place_of(portal.folder, api), cookie))
        assert hidden[0] == 404
        assert hidden == _without_ids(await portal.get(NOBODY, cookie))
    shown = {"x-api-key": portal.keys["guest"]}
    assert (await portal.get(place_of(portal.folder, "inner"), **shown)).status == 404
    assert (await portal.get("/-/clients/open/1.1/portal.json")).status == 404
    assert (await portal.get("/-/clients/open/1.1/..%2fportal.json")).status == 404
    assert (await portal.get("/-/clients/open/0.9/x.whl")).status == 410


def test_another_contract_of_the_same_version_is_another_version_of_the_package(prepared):
    archive, client = wheel_of(prepared, "open")
    mark = client.digest.removeprefix("sha256:")[:8]
    assert (client.number, archive.name) == (f"1.1.0+g{mark}", f"portal_open-1.1.0+g{mark}-py3-none-any.whl")
    whole = (prepared / CLIENTS / archive.sha256).read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        about = packed.read(f"portal_open-1.1.0+g{mark}.dist-info/METADATA").decode()
    assert f"Version: 1.1.0+g{mark}\n" in about
    assert f'pip install "./{archive.name}"' in about


async def test_bytes_that_were_changed_are_not_given_out(prepared, portal):
    archive, _ = wheel_of(prepared, "open")
    (portal.folder / CLIENTS / archive.sha256).write_bytes(b"PK something else")
    assert (await portal.get(place_of(portal.folder, "open"))).status == 404

    (portal.folder / CLIENTS / archive.sha256).unlink()
    assert (await portal.get(place_of(portal.folder, "open"))).status == 404


async def test_a_client_of_another_document_or_address_is_not_offered(portal):
    assert "portal_open-1.1.0" in (await portal.get("/-/apis/open/1.1")).text
    portal.change("contracts/open/1.1.yaml", lambda f: f["info"].update(description="other"))
    portal.reload(read_portal(portal.folder))
    page = await portal.get("/-/apis/open/1.1")
    assert "portal_open-1.1.0" not in page.text
    assert "None was handed over" in page.text
    assert (await portal.get(place_of(portal.folder, "open"))).status == 404
    assert "portal_open-1.0.0" in (await portal.get("/-/apis/open/1.0")).text

    portal.change("tidewaiter.yaml", lambda f: f.update(public_url="http://127.0.0.1:9999"))
    portal.reload(read_portal(portal.folder))
    assert "portal_open-1.0.0" not in (await portal.get("/-/apis/open/1.0")).text


async def test_the_page_says_how_it_is_installed(prepared, portal):
    archive, _ = wheel_of(prepared, "open")
    page = (await portal.get("/-/apis/open/1.1")).text
    assert f"pip install &#34;{ORIGIN}{place_of(portal.folder, 'open')}#sha256={archive.sha256}&#34;" in page
    assert "from portal_open import Client" in page
    assert f'pip install "./{archive.name}[testing]"' in page

    deals = (await portal.get("/-/apis/deals/1.1", await portal.sign_in("guest"))).text
    assert "curl --fail --remote-name --header &#34;X-API-Key: $API_KEY&#34;" in deals
    assert re.search(r"pip install \./portal_deals-1\.1\.0\+g[0-9a-f]{8}-py3-none-any\.whl", deals)
    assert "auth=ApiKey(" in deals.replace("&#34;", '"')


def test_the_wheel_is_what_a_build_of_the_sources_would_be(prepared, tmp_path):
    """Name for name and head for head, by the backend that the package itself names; and it installs."""
    archive, client = wheel_of(prepared, "deals")
    wheel = tmp_path / archive.name
    wheel.write_bytes((prepared / CLIENTS / archive.sha256).read_bytes())
    sources = next(one for one in client.archives if one.kind == "sources")
    with zipfile.ZipFile(prepared / CLIENTS / sources.sha256) as packed:
        packed.extractall(tmp_path)
    build = "from hatchling.build import build_wheel; print(build_wheel('built'))"
    stem = archive.name.removesuffix("-py3-none-any.whl")
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path / stem, check=True, capture_output=True, timeout=60)

    ours, theirs = (zipfile.ZipFile(path) for path in (wheel, tmp_path / stem / "built" / archive.name))
    assert sorted(ours.namelist()) == sorted(theirs.namelist())
    about = f"{stem}.dist-info/METADATA"
    heads = [one.read(about).decode().partition("\n\n") for one in (ours, theirs)]
    # Another version of the form, and bounds of requirements in another order.
    kept = [[line for line in head.splitlines() if not line.startswith("Metadata-Version")] for head, _, _ in heads]
    told = [sorted("".join(sorted(line)) for line in lines) for lines in kept]
    assert told[0] == told[1]
    assert heads[0][2].strip() == heads[1][2].strip()
    for name in ours.namelist():
        if not name.startswith(f"{stem}.dist-info/"):
            assert ours.read(name) == theirs.read(name), name
    rows = [row.rsplit(",", 2) for row in ours.read(f"{stem}.dist-info/RECORD").decode().splitlines()]
    assert [row[0] for row in rows] == ours.namelist()
    for name, stated, size in rows[:-1]:
        body = ours.read(name)
        digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
        assert (stated, size) == (f"sha256={digest}", str(len(body)))

    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True, timeout=60)
    said = "import portal_deals as p; print(p.Client.__name__, p.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", said], cwd=target, capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.startswith(f"Client {target}")


def test_the_same_workspace_gives_the_same_bytes(prepared, tmp_path):
    write_portal_workspace(tmp_path)
    write(tmp_path, SETTINGS)
    workspace = load(tmp_path)
    made = next(clients_of(workspace, lambda api, v: published(workspace, api, v), (), lambda _: None))
    known = next(
        one for one in read_portal(prepared).clients if (one.api, one.version) == (made.told.api, made.told.version)
    )
    assert made.told == known
    files = {"pyproject.toml": b'[project]\nname="a-b"\nversion="1"\ndescription=""\nrequires-python=">=3.11"\n'
                               b"classifiers=[]\ndependencies=[]\n", "README.md": b"", "src/a_b/__init__.py": b""}  # fmt: skip
    assert [one.body for one in archives_of(files)] == [one.body for one in archives_of(dict(reversed(files.items())))]


def test_clients_are_written_once(prepared):
    said = []
    before = (prepared / FILE).read_bytes()
    prepare(prepared, None, said.append, changelogs=False)
    assert (said, (prepared / FILE).read_bytes()) == ([], before)
    hand_over(prepared, None, pytest.fail, changelogs=False)

    archive, _ = wheel_of(prepared, "open")
    (prepared / CLIENTS / archive.sha256).write_bytes(b"")
    prepare(prepared, None, said.append, changelogs=False)
    assert said == ["writing the client of open@1.1"]
    assert (prepared / FILE).read_bytes() == before


def test_what_nobody_is_led_to_any_more_goes_after_a_day(prepared, monkeypatch):
    left = prepared / CLIENTS / ("0" * 64)
    left.write_bytes(b"")
    prepare(prepared, None, lambda _: None, changelogs=False)
    assert left.exists()
    monkeypatch.setattr(portal_prepared, "_KEPT_SECONDS", -1)
    prepare(prepared, None, lambda _: None, changelogs=False)
    assert not left.exists()
    assert len(list((prepared / CLIENTS).iterdir())) == 12


def test_only_what_is_served_has_one(prepared):
    assert sorted(versions_of(load(prepared))) == sorted((api, version) for api in NAMED for version in ("1.0", "1.1"))


def test_where_none_can_be_written_the_reason_is_told(tmp_path):
    write_portal_workspace(tmp_path)
    write(tmp_path, SETTINGS)
    path = tmp_path / "contracts/open/1.1.yaml"
    document = json.loads(path.read_text())
    kept = next(iter(document["paths"].values()))["get"]
    kept["parameters"] = [{"name": "q", "in": "query", "content": {"text/plain": {"schema": {"type": "string"}}}}]
    document["paths"] = {"/only": {"get": kept}}
    path.write_text(json.dumps(document))
    workspace = load(tmp_path)
    made = clients_of(workspace, lambda api, v: published(workspace, api, v), (), lambda _: None)
    told = next(one.told for one in made if (one.told.api, one.told.version) == ("open", "1.1"))
    assert (told.archives, told.reason) == ((), "None of its operations is one that a client can be written for.")

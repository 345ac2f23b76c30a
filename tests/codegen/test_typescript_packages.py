"""TypeScript packages of the example's contracts: strict, the same bytes each time, used as they are meant to be."""

import json
import subprocess
import sys

import pytest
from generated_client import MERIDIAN, ROOT
from typescript_client import Packages, compiled, needed, tsc

from codegen.former import former_names
from codegen.typescript import node
from codegen.typescript.package import typescript_files
from contracts.diagnostic import InvalidInputError
from governance.client_contract import asked
from governance.client_npm import npm_name, semver_of
from governance.client_package import described
from governance.client_writing import earlier

pytestmark = pytest.mark.timeout(180)  # compilers on a busy machine
NAMES = sorted(f"{path.parent.name}@{path.stem}" for path in MERIDIAN.glob("contracts/*/[0-9]*.yaml"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """All contracts of the example; of two versions of an api the newer one is what programs import."""
    with Packages(tmp_path_factory.mktemp("packages")) as packages:
        packages.made = {name: packages.add(name) for name in NAMES}
        packages.again = packages.files("sales-orders@1.1", MERIDIAN)[2]
        yield packages


def test_each_contract_of_the_example_has_a_client(made):
    assert len(NAMES) >= 9
    for out, description in made.made.values():
        types = (out / "src" / "contract.ts").read_text()
        assert description.left_out == ()
        assert len(description.operations) >= 1
        manifest = json.loads((out / "package.json").read_text())
        assert (manifest["name"].split("/")[0], manifest["sideEffects"], manifest["type"]) == (
            "@meridian",
            False,
            "module",
        )
        assert description.digest in types or out.name in ("sales-orders", "stock")  # written over by the newer version


USER = """
import { createClient, enums, inputs, isProblem, models } from "@meridian/stock";
import { createClient as createCentral, type models as central } from "@meridian/business-central";

const client = createClient({ token: async () => "t", entity: "mde", retries: { most: 1 } });

export async function reserve(): Promise<models.Reservation> {
  const body: inputs.NewReservation = { material: "PUMP-40", plant: "1710", quantity: "2", validUntil: new Date().toISOString() };
  const { data, etag } = await client.POST("/reservations", { body, correlationId: "c" });
  const tag: string | undefined = etag;
  switch (data.status) {
    case enums.ReservationStatus.OPEN: return data;
    case "ended": throw new Error(tag);
    default: throw new Error(data.status);
  }
}
export async function first(): Promise<string | undefined> {
  try {
    const { data } = await client.GET("/stock", { params: { query: { material: ["PUMP-40"] } } });
    return data.stock[0]?.material;
  } catch (error) {
    if (isProblem(error, "rate-limited")) return `${error.retryAfterSeconds} ${error.places[0]?.pointer}`;
    throw error;
  }
}
export async function orders(): Promise<(central.Order | undefined)[]> {
  const { data } = await createCentral({ apiKey: "k" }).GET("/salesOrders", { params: { query: { $top: 3 } } });
  return data.value;
}
// @ts-expect-error another path
client.GET("/nowhere");
// @ts-expect-error another method
client.DELETE("/stock");
// @ts-expect-error a parameter is missing
client.GET("/stock/{material}");
// @ts-expect-error of another type
client.GET("/stock/{material}", { params: { path: { material: 40 } } });
// @ts-expect-error not a parameter
client.GET("/stock/{material}", { params: { path: { material: "a" }, query: { colour: "red" } } });
// @ts-expect-error the body is missing
client.POST("/reservations", {});
// @ts-expect-error a body that is not one
client.GET("/stock/{material}", { params: { path: { material: "a" } }, body: {} });
// @ts-expect-error a member is missing
client.POST("/reservations", { body: { material: "a", plant: "b", quantity: "1" } });
// @ts-expect-error a setting that there is not
createClient({ tokens: "t" });
// @ts-expect-error the list may be empty
export const material = async (): Promise<string> => (await client.GET("/stock", { params: { query: { material: ["a"] } } })).data.stock[0].material;
"""


def test_programs_are_held_to_the_contract(made):
    assert compiled(made, user=USER, declarations=True) == ""


def test_a_package_builds_itself_strictly_to_the_same_bytes(made, tmp_path):
    out, _ = made.made["sales-orders@1.1"]
    (out / "node_modules").mkdir(exist_ok=True)

    assert tsc(out, "--outDir", str(tmp_path)) == ""
    built = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(built) > 30
    assert [name for name, body in built.items() if (out / "lib" / name).read_bytes() != body] == []


def test_the_command_writes_the_same_bytes_and_tells_what_is_current(made, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "governance.cli.main", "client", "sales-orders@1.1", "-w", str(MERIDIAN)]

    def run(*more):
        whole = [*command, "-o", str(out), "--language", "typescript", *more]
        done = subprocess.run(whole, capture_output=True, text=True, check=False, cwd=ROOT)
        return done.returncode, done.stderr

    assert run()[0] == 0
    beside = {"contract.json", "client.json", "CHANGELOG.md"}
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert written == set(made.again) | beside
    assert [name for name, body in made.again.items() if (out / name).read_bytes() != body] == []
    (out / "package-lock.json").write_text("{}")  # what npm leaves
    assert run("--check") == (0, "@meridian/sales-orders is current\n")
    with pytest.raises(InvalidInputError, match="the folder holds a client in typescript"):
        earlier(out)
    (out / "src" / "index.ts").write_text("export {};")
    with pytest.raises(InvalidInputError, match=r"changed by hand, such as src/index\.ts"):
        earlier(out, "typescript")


def test_a_former_name_of_a_class_is_still_one(made, tmp_path):
    paths = {}
    for name in ("Row", "Record"):
        row = {"type": "object", "properties": {"kind": {"$ref": f"#/components/schemas/{name}Kind"}}}
        document = {
            "openapi": "3.1.0", "info": {"title": "Rows", "version": "1"},
            "paths": {"/rows": {"get": {"operationId": "list", "security": [], "responses": {"200": {
                "description": "", "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}}}}},
            "components": {"schemas": {name: row, f"{name}Kind": {"type": "string", "enum": ["a", "b"]}}},
        }  # fmt: skip
        paths[name] = tmp_path / f"{name}.json"
        paths[name].write_text(json.dumps(document))
    old, new = (described(asked(str(path), None, "acme"), "typescript") for path in paths.values())
    former = former_names(old, new)
    contract = asked(str(paths["Record"]), None, "acme").contract

    files = typescript_files(contract, new, "@acme/rows", "1.0.0", former, made._generator)
    assert b"export type Row = Record;" in files["src/models.ts"]
    assert b"export const RowKind: typeof RecordKind = RecordKind;" in files["src/enums.ts"]


def test_operations_that_fetch_cannot_send_are_told(tmp_path, capsys):
    answer = {"responses": {"204": {"description": ""}}, "security": []}
    body = {"requestBody": {"required": True, "content": {"application/json": {}}}}
    document = {
        "openapi": "3.2.0", "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a", **answer, **body}, "trace": {"operationId": "b", **answer}, "post": {"operationId": "c", **answer}}},
    }  # fmt: skip
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document))

    description = described(asked(str(path), None, "acme"), "typescript")
    assert [one.id for one in description.operations] == ["c"]
    assert {one.method: one.reason for one in description.left_out} == {
        "GET": "fetch sends no body with GET, and this one is required",
        "TRACE": "there is no way to send TRACE with fetch",
    }
    assert all(contract_has(document, one.pointer) for one in description.left_out)


def contract_has(document, pointer):
    found = document
    for token in pointer.split("/")[1:]:
        found = found[token.replace("~1", "/").replace("~0", "~")]
    return bool(found)


@pytest.mark.parametrize(
    ("stated", "version"),
    [
        ("1.1", "1.1.0"), ("v2", "2.0.0"), ("1.2.3", "1.2.3"), ("1.2.3-rc.1", "1.2.3-rc.1"), ("01.02", "1.2.0"),
        ("2024-01-15", "0.0.0-2024.1.15"), ("1.2.3.4", "0.0.0-1.2.3.4"), ("", "0.0.0"), ("next!", "0.0.0-next"),
    ],
)  # fmt: skip
def test_versions_are_what_npm_takes(stated, version):
    assert semver_of(stated) == version


def test_a_package_has_the_company_s_scope():
    assert npm_name("acme", "acme-sales-orders") == "@acme/sales-orders"


class TestMissing:
    """Where Node or the packages are not there, a sentence says what to do."""

    @pytest.fixture
    def program(self, tmp_path, monkeypatch):
        """A program called `node` that says this version, and nothing else on the PATH."""

        def put(version):
            place = tmp_path / "bin" / "node"
            place.parent.mkdir(exist_ok=True)
            place.write_text(f"#!/bin/sh\necho {version}\n")
            place.chmod(0o755)
            monkeypatch.setenv("PATH", str(place.parent))

        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setenv(node.FOLDER, str(tmp_path / "packages"))
        return put

    def test_no_node(self, program):
        with pytest.raises(node.MissingToolError, match=r"Node 18\.18 or newer .* there is no `node` on the PATH"):
            node.Generator()

    @pytest.mark.parametrize("version", ["v18.17.1", "v16.20.0", "nonsense"])
    def test_a_node_that_is_too_old(self, program, version):
        program(version)
        with pytest.raises(node.MissingToolError, match=f"says {version}: install a newer one"):
            node.program()

    def test_packages_that_are_not_there(self, program):
        program("v20.0.0")
        with pytest.raises(node.MissingToolError, match=r"once: tidewaiter client --install-generator$"):
            node.Generator()
        with pytest.raises(node.MissingToolError, match="there is no `npm`"):
            node.install()

    def test_packages_of_another_version(self, program, tmp_path):
        program("v20.0.0")
        for name in ("typescript", "openapi-typescript", "openapi-fetch"):
            place = tmp_path / "packages" / "node_modules" / name / "package.json"
            place.parent.mkdir(parents=True)
            place.write_text('{"version": "0.0.1"}')
        with pytest.raises(node.MissingToolError, match="are not installed"):
            node.installed()

    def test_a_folder_with_other_things_is_left_alone(self, program, tmp_path, monkeypatch):
        program("v20.0.0")
        npm = tmp_path / "bin" / "npm"
        npm.write_text("#!/bin/sh\nexit 1\n")
        npm.chmod(0o755)
        other = tmp_path / "packages" / "thesis.txt"
        other.parent.mkdir()
        other.write_text("mine")
        with pytest.raises(node.MissingToolError, match="holds other things"):
            node.install()
        assert other.read_text() == "mine"
        other.unlink()
        with pytest.raises(node.MissingToolError, match="`npm ci` could not fetch the packages"):
            node.install()
        assert list(other.parent.iterdir()) == []

    def test_nothing_is_written(self, tmp_path):
        needed()  # Python is found by its path; only Node is taken away
        command = [
            sys.executable,
            "-m",
            "governance.cli.main",
            "client",
            "stock@1.1",
            "-w",
            str(MERIDIAN),
            "-o",
            str(tmp_path / "out"),
        ]
        done = subprocess.run(
            [*command, "--language", "typescript"], capture_output=True, text=True, check=False, cwd=ROOT,
            env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 2
        assert "https://nodejs.org" in done.stderr
        assert not (tmp_path / "out").exists()


def test_the_lock_names_hashes_and_no_registry():
    lock = json.loads((node.TOOLS / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    wanted = json.loads((node.TOOLS / "package.json").read_text())["dependencies"]

    assert len(packages) > 20
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())
    assert all(lock["packages"][f"node_modules/{name}"]["version"] == version for name, version in wanted.items())
    assert "omit-lockfile-registry-resolved=true" in (node.TOOLS / ".npmrc").read_text()

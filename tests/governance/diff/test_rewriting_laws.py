"""Laws of the diff: a document against itself, and against what means the same, comes to nothing."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from random import Random

import pytest
from document_places import SECTIONS, copied, targets, written
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from laws import TIMES
from rewriting import RULES, rewritten
from rewriting_documents import shuffle_keys
from rewriting_draft import Draft
from rich_documents import RICH_3_0, RICH_3_1
from written_forms import as_folder, as_json, as_yaml

from contracts.document import load_document
from governance.diff.comparison import compare

ROOT = Path(__file__).resolve().parents[3]
CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")
OURS = sorted(
    path
    for folder in (ROOT / "examples/meridian/contracts", ROOT / "tests/workspaces/harbour/contracts")
    for path in folder.glob("*/[0-9]*")
)
SMALL = [path for path in OURS if "business-central" not in path.parts]
REAL = {
    "paypal-orders": "real/paypal-orders/2024-02-02_fb6f1262.json",
    "xero-accounting": "real/xero-accounting/2026-07-14_58616f48.yaml",
}
SEED = st.integers(0, 2**32 - 1)
CHOSEN = st.lists(st.sampled_from(RULES), min_size=1, max_size=8)
LAWS = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@cache
def read(path):
    return load_document(path)


def tree_of(path):
    return copied(read(path).tree)


def found(old, new):
    """What the diff says, but for the field that names the version of OpenAPI."""
    return [(f.rule, f.severity.value, f.message, f.pointer_old, f.pointer_new) for f in compare(old, new) if f.pointer_old != "/openapi"]  # fmt: skip


def check_rewritten(tree, rules, seed):
    new, used = rewritten(tree, rules, Random(seed))
    assert found(as_json(tree), as_json(new)) == [], used


@pytest.mark.parametrize("path", OURS, ids=lambda path: "-".join(path.parts[-2:]))
def test_a_document_against_itself_comes_to_nothing(path):
    assert compare(read(path), read(path)) == []
    assert compare(as_json(tree_of(path)), as_yaml(tree_of(path))) == []


@settings(LAWS, max_examples=60 * TIMES)
@given(CHOSEN, SEED, st.sampled_from([RICH_3_1, RICH_3_0]))
def test_rewritten_rich_documents_come_to_nothing(rules, seed, tree):
    check_rewritten(tree, rules, seed)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_each_rule_alone_comes_to_nothing(rule):
    for tree in (RICH_3_1, RICH_3_0):
        for seed in range(3 * TIMES):
            check_rewritten(tree, [rule], seed)


@settings(LAWS, max_examples=25 * TIMES)
@given(CHOSEN, SEED, st.sampled_from(SMALL))
def test_rewritten_contracts_of_ours_come_to_nothing(rules, seed, path):
    check_rewritten(tree_of(path), rules, seed)


@settings(LAWS, max_examples=5 * TIMES)
@given(CHOSEN, SEED)
def test_a_rewritten_large_contract_comes_to_nothing(rules, seed):
    check_rewritten(tree_of(ROOT / "examples/meridian/contracts/business-central/2.0.yaml"), rules, seed)


@settings(LAWS, max_examples=20 * TIMES)
@given(SEED, st.sampled_from([RICH_3_1, RICH_3_0]))
def test_it_does_not_matter_how_a_document_is_written(tmp_path_factory, seed, tree):
    random = Random(seed)
    folder = as_folder(tree, tmp_path_factory.mktemp("folder") / "it", random)
    forms = [as_json(tree), as_yaml(tree), folder]
    old, new = random.choice(forms), random.choice(forms)
    assert found(old, new) == []


def used_only(tree):
    """Without components that nothing uses: of these only the text is compared."""
    while True:
        wanted = targets(tree)
        unused = [
            (section, name)
            for section in SECTIONS
            for name in tree.get("components", {}).get(section, {})
            if not any((t + "/").startswith(written(("components", section, name)) + "/") for t in wanted)
        ]
        if not unused:
            return tree
        for section, name in unused:
            del tree["components"][section][name]


@pytest.mark.corpus
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", REAL)
def test_rewritten_real_documents_come_to_nothing(name):
    if not CORPUS:
        pytest.skip("TIDEWAITER_CORPUS is not set: 1 real document is not rewritten")
    tree = used_only(tree_of(Path(CORPUS, REAL[name])))

    # Not shrunk: one comparison of these takes seconds.
    @settings(LAWS, max_examples=2 * TIMES, database=None, phases=[Phase.generate])
    @given(CHOSEN, SEED)
    def law(rules, seed):
        check_rewritten(tree, rules, seed)

    law()


def changed(tree):
    """The rich document with breaking and harmless changes of many kinds."""
    new = copied(tree)
    schemas = new["components"]["schemas"]
    schemas["State"]["enum"] = ["open", "closed", "late"]
    schemas["Amount"]["maximum"] = 400
    schemas["Closed"]["properties"]["d"] = {"type": "string"}
    schemas["Problem"]["required"].append("status")
    schemas["Company"]["properties"]["vat"] = {"type": "string"}
    schemas["Code"]["then"]["minLength"] = 4
    del new["paths"]["/orders/{id}"]["put"]
    new["paths"]["/orders"]["get"]["parameters"].append(
        {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}
    )
    del new["paths"]["/things"]["post"]["requestBody"]["content"]["text/plain"]
    new["servers"] = new["servers"][:1]
    return new


def summary(findings):
    return sorted(
        (f.fingerprint, f.rule, f.severity.value, f.proof.value, f.method, f.path, len(f.reach)) for f in findings
    )


@settings(LAWS, max_examples=6 * TIMES)
@given(SEED)
def test_the_order_of_walking_does_not_matter(seed):
    def shuffled(tree):
        draft = Draft(copied(tree), Random(seed))
        shuffle_keys(draft)
        return draft.tree

    plain = summary(compare(as_json(RICH_3_1), as_json(changed(RICH_3_1))))
    assert len(plain) > 8
    assert summary(compare(as_json(shuffled(RICH_3_1)), as_json(shuffled(changed(RICH_3_1))))) == plain


def test_fingerprints_are_distinct():
    findings = compare(as_json(RICH_3_1), as_json(changed(RICH_3_1)))
    assert len({f.fingerprint for f in findings}) == len(findings)


SCRIPT = """
import json, sys
from governance.diff.comparison import compare
for finding in compare(*sys.argv[1:3]):
    print(repr(finding))
"""


def test_the_output_is_the_same_on_every_run(tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(RICH_3_1), encoding="utf-8")
    new.write_text(json.dumps(changed(RICH_3_1)), encoding="utf-8")
    outputs = []
    for seed in ("1", "2"):
        command = [sys.executable, "-c", SCRIPT, str(old), str(new)]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=50)  # fmt: skip
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"Finding(") > 8

"""Overlays by their specification, 1.0 to 1.2, and where each part of the outcome came from."""

import json
import textwrap

import pytest

from contracts.diagnostic import InvalidInputError
from contracts.document import load_document, parse_document

VENDOR = """\
openapi: 3.0.3
info: {title: T, version: '1', description: long}
paths:
  /a:
    get: {operationId: a, tags: [one, two], responses: {'200': {description: fine}}}
  /b:
    get: {operationId: b, parameters: [{name: x, in: query}, {name: y, in: query}], responses: {}}
    post: {operationId: c, responses: {}}
"""


@pytest.fixture
def overlaid(tmp_path):
    """Load a vendor's document under actions; `files` are put beside it."""

    def load(actions, version="1.1.0", vendor=VENDOR, more="", name="vendor.yaml", **files):
        (tmp_path / name).write_text(vendor)
        head = f"overlay: {version}\ninfo: {{title: O, version: '1'}}\n{textwrap.dedent(more)}actions:\n"
        (tmp_path / "overlay.yaml").write_text(head + textwrap.indent(textwrap.dedent(actions), "  "))
        for file, text in files.items():
            (tmp_path / f"{file}.yaml").write_text(text)
        return load_document(tmp_path)

    return load


def refused(overlaid, *args, **kwargs):
    with pytest.raises(InvalidInputError) as caught:
        overlaid(*args, **kwargs)
    return caught.value.diagnostics


def at(document, pointer):
    return document.resolve(pointer)


def test_updates_merge_by_the_rules(overlaid):
    document = overlaid("""\
        - target: $
          update:
            info: {title: New, contact: {name: me}}
            paths: {/a: {get: {tags: [three]}}}
            tags: [{name: one}]
    """)
    assert document.tree["info"] == {"title": "New", "version": "1", "description": "long", "contact": {"name": "me"}}
    assert at(document, "/paths/~1a/get/tags") == ["one", "two", "three"]
    assert document.tree["tags"] == [{"name": "one"}]
    assert list(document.tree["paths"]) == ["/a", "/b"]


def test_actions_are_applied_in_order_each_on_what_the_one_before_left(overlaid):
    document = overlaid("""\
        - target: $.paths['/a']
          remove: true
        - target: $.paths
          update: {/a: {get: {operationId: new, responses: {}}}}
        - target: $.paths['/a'].get
          update: {x-seen: true}
    """)
    assert at(document, "/paths/~1a/get") == {"operationId": "new", "responses": {}, "x-seen": True}


def test_remove_wins_over_update(overlaid):
    document = overlaid("- {target: \"$.paths['/a'].get\", remove: true, update: {tags: [x]}}")
    assert at(document, "/paths/~1a") == {}


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "1.2.0", "1.3.0"])
def test_primitive_values_are_removed_in_every_version(overlaid, version):
    document = overlaid("- {target: \"$.paths['/a'].get.tags[?@ == 'one']\", remove: true}", version)
    assert at(document, "/paths/~1a/get/tags") == ["two"]


def test_many_items_of_a_list_are_removed_at_once(overlaid):
    document = overlaid("- {target: '$..parameters[*]', remove: true}\n- {target: '$..tags[0,0,1]', remove: true}\n")
    assert at(document, "/paths/~1b/get/parameters") == []
    assert at(document, "/paths/~1a/get/tags") == []


def test_what_lies_in_what_is_removed_goes_with_it(overlaid):
    document = overlaid("- {target: '$.paths..*', remove: true}")
    assert document.tree["paths"] == {}


@pytest.mark.parametrize(
    ("update", "after"), [("three", ["one", "two", "three"]), ("{a: 1}", ["one", "two", {"a": 1}])]
)
@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_one_entry_is_appended_to_a_list(overlaid, version, update, after):
    document = overlaid(f"- {{target: \"$.paths['/a'].get.tags\", update: {update}}}", version)
    assert at(document, "/paths/~1a/get/tags") == after


def test_a_list_is_appended_item_by_item_since_1_1(overlaid):
    action = "- {target: \"$.paths['/a'].get.tags\", update: [three, four]}"
    assert at(overlaid(action), "/paths/~1a/get/tags") == ["one", "two", "three", "four"]
    (fault,) = refused(overlaid, action, "1.0.0")
    assert (fault.code, fault.line, fault.pointer) == ("overlay-kinds", 4, "/actions/0/update")


def test_primitive_values_are_updated_since_1_1(overlaid):
    action = "- {target: $.paths.*.get.operationId, update: same}"
    assert {at(overlaid(action), f"/paths/~1{p}/get/operationId") for p in "ab"} == {"same"}
    (fault,) = refused(overlaid, action, "1.0.0")
    assert "primitive value" in fault.message
    assert at(overlaid("- {target: '$..tags[1]', update: null}"), "/paths/~1a/get/tags") == ["one", None]


def test_copy_takes_what_is_there_now(overlaid):
    document = overlaid("""\
        - target: $.paths
          update: {/new: {x-own: 1}}
        - target: $.paths['/new']
          copy: $.paths['/b']
        - target: $.paths['/b']
          remove: true
        - target: $.paths['/new'].get.parameters[0]
          remove: true
    """)
    assert list(document.tree["paths"]) == ["/a", "/new"]
    assert list(at(document, "/paths/~1new")) == ["x-own", "get", "post"]
    assert document.position("/paths/~1new/post/operationId") == ("vendor.yaml", 8, 12)
    assert document.position("/paths/~1new/get/parameters/0") == ("vendor.yaml", 7, 62)
    assert document.position("/paths/~1new/x-own") == ("overlay.yaml", 5, 21)


def test_a_copy_of_the_whole_into_a_part_of_it_ends(overlaid):
    document = overlaid("- {target: $.info, copy: $}")
    assert document.tree["info"]["info"] == {"title": "T", "version": "1", "description": "long"}


def test_reusable_actions(overlaid):
    more = """\
        components:
          actions:
            not/found: {fields: {update: {'404': {description: none}}}}
    """
    actions = "- {$ref: '#/components/actions/not~1found', target: $.paths.*.get.responses}"
    document = overlaid(actions, "1.2.0", more=more)
    assert at(document, "/paths/~1b/get/responses/404") == {"description": "none"}
    assert document.position("/paths/~1b/get/responses/404") == ("overlay.yaml", 5, 35)
    (fault,) = refused(overlaid, actions, "1.1.0", more=more)
    assert fault.code == "overlay-version"
    (fault,) = refused(overlaid, actions.replace("found", "fund"), "1.2.0", more=more)
    assert fault.remedy == "write `not/found`"


@pytest.mark.parametrize(
    ("action", "code", "key", "says", "remedy"),
    [
        ("{target: $.nope, update: {}}", "overlay-no-match", "target", "selects nothing", "correct it"),
        ("{target: \"$.paths['/aa'].get\", remove: true}", "overlay-no-match", "target", "selects nothing", "['/a']"),
        ("{target: $.info, copy: $.inf}", "overlay-no-match", "copy", "selects no nodes", "$.info"),
        ("{target: $.info, copy: $.paths.*}", "overlay-no-match", "copy", "selects 2 nodes", "narrow"),
        ("{target: $.info, update: [1]}", "overlay-misfit", "update", "`$.info` is an object", "remove it"),
        ("{target: $.info, update: 1}", "overlay-misfit", "update", "`$.info` is an object", "remove it"),
        ("{target: $, update: {info: [1]}}", "overlay-misfit", "update", "`$.info` is an object", "remove it"),
        ("{target: $, update: {info: null}}", "overlay-misfit", "update", "`$.info` is an object", "remove it"),
        ("{target: $.info.title, update: {a: 1}}", "overlay-misfit", "update", "is a primitive value", "remove it"),
        ("{target: '$..*', update: {}}", "overlay-kinds", "target", "arrays and objects and", "each kind"),
        ("{target: $, remove: true}", "overlay-root", "target", "cannot be removed", "select"),
        ("{target: '$..[?count($..*) > 1]', remove: true}", "", "", "", ""),
        ("{target: info, remove: true}", "jsonpath", "target", "no JSONPath", "write a path"),
        ("{target: $.info}", "overlay-action", "", "changes nothing", "add `update:`"),
        ("{target: $.info, remove: false}", "overlay-action", "", "changes nothing", "add `update:`"),
        ("{target: $.info, update: {}, copy: $}", "overlay-action", "copy", "both", "two actions"),
        ("{target: $.info, updat: {}, remove: true}", "unknown-key", "updat", "`updat`", "write `update`"),
        ("{remove: true}", "missing-key", "", "`target`", "add `target"),
        ("{target: 1, remove: true}", "wrong-value", "target", "number", "a text"),
    ],
)  # fmt: skip
def test_what_is_refused_of_an_action(overlaid, action, code, key, says, remedy):
    if not code:  # a small document may be searched as one likes
        overlaid(f"- {action}")
        return
    (fault,) = refused(overlaid, f"- {action}")
    assert (fault.file, fault.code, fault.line) == ("overlay.yaml", code, 4)
    assert fault.pointer == "/actions/0" + (f"/{key}" if key else "")
    assert says in fault.message
    assert remedy in fault.remedy


def test_all_faults_are_told_at_once(overlaid):
    actions = "- {target: $.a, remove: true}\n- {target: $.info, update: {x: 1}}\n- {target: $.b, remove: true}\n"
    assert [fault.line for fault in refused(overlaid, actions)] == [4, 6]


@pytest.mark.parametrize("version", ["2.0.0", "1", "0.9.0", "one", "1.1.0.0"])
def test_other_versions_are_refused(overlaid, version):
    faults = refused(overlaid, "- {target: $.info, remove: true}", f"'{version}'")
    assert [fault.code for fault in faults] == ["overlay-version"]


def test_copy_is_not_of_1_0(overlaid):
    (fault,) = refused(overlaid, "- {target: $.info, copy: $.info}", "1.0.0")
    assert fault.code == "overlay-version"


def test_extensions_are_for_others(overlaid):
    document = overlaid("- {target: $.info, update: {a: 1}, x-by: me}", more="x-tool: {a: 1}\n")
    assert document.tree["info"]["a"] == 1


def test_what_is_put_in_is_bounded(overlaid):
    doubling = "".join(
        f"- {{target: $.info, update: {{x{i}: {{}}}}}}\n- {{target: $.info.x{i}, copy: $.info}}\n" for i in range(40)
    )
    assert {fault.code for fault in refused(overlaid, doubling)} == {"overlay-too-large"}


def test_the_outcome_is_no_deeper_than_a_document_may_be(overlaid):
    nested = "[" * 110 + "]" * 110
    deeper = f"- {{target: $.info, update: {{x: {nested}}}}}\n- {{target: '$.info.x{'[0]' * 109}', update: {nested}}}\n"
    assert {fault.code for fault in refused(overlaid, deeper)} == {"too-deep"}


def test_what_yaml_shares_is_changed_where_the_path_leads(overlaid):
    vendor = VENDOR + "components:\n  schemas:\n    A: &a {type: object}\n    B: *a\n"
    document = overlaid("- {target: $.components.schemas.B, update: {title: B}}", vendor=vendor)
    assert at(document, "/components/schemas") == {"A": {"type": "object"}, "B": {"type": "object", "title": "B"}}


MANY = VENDOR + "  /c: {$ref: 'more.yaml#/path'}\n"
MORE = "path:\n  get: {responses: {'200': {$ref: '#/ok'}}}\nok: {description: fine}\n"


def test_references_are_read_where_they_are_put(tmp_path):
    (tmp_path / "vendor.yaml").write_text(MANY)
    (tmp_path / "more.yaml").write_text(MORE)
    (tmp_path / "else.yaml").write_text("none: {description: nothing}\n")
    (tmp_path / "overlay.yaml").write_text(
        "overlay: 1.1.0\ninfo: {title: O, version: '1'}\nactions:\n"
        "  - target: $['x-files']['more.yaml'].path.get\n"
        "    update: {operationId: d, responses: {default: {$ref: '#/ok'}}}\n"
        "  - target: $.paths['/a'].get.responses\n"
        "    update: {'404': {$ref: 'else.yaml#/none'}}\n"
        "  - target: $['x-files']['more.yaml'].ok\n"
        "    update: {x-note: here}\n"
    )
    document = load_document(tmp_path)
    assert document.follow(*document.step("/paths/~1c/get/responses/default"))[0] == {
        "description": "fine",
        "x-note": "here",
    }
    assert document.follow(*document.step("/paths/~1a/get/responses/404"))[0] == {"description": "nothing"}
    assert document.position("/paths/~1c/get/operationId") == ("overlay.yaml", 5, 14)
    assert document.position("/paths/~1c/get/responses/200") == ("more.yaml", 2, 21)
    assert document.position("/x-files/else.yaml/none/description") == ("else.yaml", 1, 8)
    assert document.position("/x-files/more.yaml/ok/x-note") == ("overlay.yaml", 9, 14)


def test_a_broken_reference_of_the_vendor_is_corrected(overlaid):
    vendor = MANY.replace("more.yaml#/path", "gone.yaml#/path")
    assert [fault.code for fault in refused(overlaid, "- {target: $.info, update: {a: 1}}", vendor=vendor)] == [
        "missing-file"
    ]
    document = overlaid("- {target: \"$.paths['/c']\", remove: true}", vendor=vendor)
    assert list(document.tree["paths"]) == ["/a", "/b"]


def test_a_whole_file_is_not_removed(tmp_path):
    (tmp_path / "vendor.yaml").write_text(MANY)
    (tmp_path / "more.yaml").write_text(MORE)
    for action in (
        "{target: \"$['x-files']['more.yaml']\", remove: true}",
        "{target: $, update: {x-files: {n.yaml: {}}}}",
    ):
        (tmp_path / "overlay.yaml").write_text(
            f"overlay: 1.1.0\ninfo: {{title: O, version: '1'}}\nactions: [{action}]\n"
        )
        with pytest.raises(InvalidInputError, match="a whole file"):
            load_document(tmp_path)


def test_json_on_either_side(tmp_path):
    (tmp_path / "vendor.json").write_text('{"openapi": "3.1.0",\n "info": {"title": "\\ud83d\\ude00", "version": "1"}}')
    overlay = {"overlay": "1.1.0", "info": {"title": "\ud83d\ude00", "version": "1"}, "actions": [
        {"target": "$.info", "update": {"title": "\ud83d\ude00"}}]}  # fmt: skip
    (tmp_path / "overlay.json").write_text(json.dumps(overlay, indent=1))
    document = load_document(tmp_path)
    assert document.tree["info"]["title"] == "\U0001f600"
    assert document.position("/info/title") == ("overlay.json", 11, 5)
    assert document.position("/info/version") == ("vendor.json", 2, 36)


def test_places_after_items_were_taken_out_and_put_in(overlaid):
    document = overlaid("""\
        - target: $.paths['/b'].get.parameters[0]
          remove: true
        - target: $.paths['/b'].get.parameters
          update: [{name: z, in: query}, {name: w, in: query}]
        - target: $.paths['/b'].get.parameters[1].in
          update: header
    """)
    assert [p["name"] for p in at(document, "/paths/~1b/get/parameters")] == ["y", "z", "w"]
    assert document.position("/paths/~1b/get/parameters/0/name") == ("vendor.yaml", 7, 63)
    assert document.position("/paths/~1b/get/parameters/2/name") == ("overlay.yaml", 7, 37)
    assert document.position("/paths/~1b/get/parameters/1/in") == ("overlay.yaml", 9, 5)
    assert document.position("/paths/~1b/get/parameters/9") == ("vendor.yaml", 7, 27)
    assert document.fault("/paths/~1b/get/parameters/2", "code", "message").file == "overlay.yaml"


def test_the_digest_is_of_both(overlaid, tmp_path):
    first = overlaid("- {target: $.info, update: {a: 1}}")
    assert first.digest == overlaid("- {target: $.info, update: {a: 1}}").digest
    other = overlaid("- {target: $.info, update: {a: 2}}")
    assert other.digest != first.digest
    assert overlaid("- {target: $.info, update: {a: 1}}", vendor=VENDOR + "\n").digest != first.digest
    assert first.tree["openapi"] == parse_document(VENDOR.encode()).tree["openapi"]


def test_an_overlay_is_read_over_no_link(tmp_path):
    (tmp_path / "vendor.yaml").write_text(VENDOR)
    (tmp_path / "real").write_text("overlay: 1.1.0\n")
    (tmp_path / "overlay.yaml").symlink_to("real")
    with pytest.raises(InvalidInputError, match="symbolic link"):
        load_document(tmp_path)
    (tmp_path / "overlay.yaml").unlink()
    (tmp_path / "overlay.yaml").symlink_to("nowhere")
    with pytest.raises(InvalidInputError):
        load_document(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "a", "overlay: 1.1.0", "\x00", "a: &a [*a]"])
def test_any_text_is_an_overlay_or_refused(tmp_path, text):
    (tmp_path / "vendor.yaml").write_text(VENDOR)
    (tmp_path / "overlay.yaml").write_text(text)
    with pytest.raises(InvalidInputError) as caught:
        load_document(tmp_path)
    assert {fault.file for fault in caught.value.diagnostics} == {"overlay.yaml"}
    assert all(fault.message for fault in caught.value.diagnostics)

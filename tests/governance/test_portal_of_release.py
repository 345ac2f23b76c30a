"""The portal's changelogs of a node that has no workspace: made from the release, shown for it alone."""

import json

from released import Node

from governance.portal_of_release import hand_over_live, hand_over_release

VERSIONS = "contracts/sales/api.yaml"


def test_changelogs_are_made_of_the_release_and_kept_beside_the_node(tmp_path):
    node = Node(tmp_path / "n")
    second = (node.ws / "contracts/sales/1.0.yaml").read_text().replace("version: 1.0", "version: 1.1", 1)
    (node.ws / "contracts/sales/1.1.yaml").write_text(second.replace("maximum: 100\n", "maximum: 200\n"))
    with (node.ws / VERSIONS).open("a") as file:
        file.write("  1.1:\n    stage: active\n")
    node.edit("entities/acme.yaml", "  - contract: sales@1.0\n    system: sample\n",
              "  - contract: sales@1.0\n    system: sample\n  - contract: sales@1.1\n    system: sample\n")  # fmt: skip
    node.build("first")
    node.activate("first")
    said = []
    hand_over_live(node.home, node.own / "releases", "prod", said.append, changelogs=True, clients=False)

    made = json.loads((node.own / "portal.json").read_text())
    assert [(one["api"], one["old"], one["new"]) for one in made["changes"]] == [("sales", "1.0", "1.1")]
    assert said == ["making the portal's changelogs first; --no-changelogs leaves that out"]
    # Once made it is not made again.
    hand_over_live(node.home, node.own / "releases", "prod", said.append, changelogs=True, clients=False)
    assert len(said) == 1


def test_what_is_missing_stops_nothing(tmp_path):
    hand_over_live(tmp_path, tmp_path / "nothing", "prod", print, changelogs=True, clients=True)
    hand_over_release(tmp_path, tmp_path / "nothing", "sha256:" + "0" * 64, "prod")
    assert list(tmp_path.iterdir()) == []

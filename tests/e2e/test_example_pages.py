"""What the pages of the examples tell a reader to type works on a new chain."""

import re
import shlex
from pathlib import Path

import pytest
from program import DevChain

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("examples/*/README.md"))
ELSEWHERE = ("dev", "test")
"""Commands that this test starts itself, or that other tests run."""


def lines(page):
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [shlex.split(line)[1:] for line in "\n".join(blocks).replace("\\\n", "").splitlines() if line.strip()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_the_commands_of_a_page_work_in_their_order(page, tmp_path):
    commands = lines(page)
    assert ["test", f"examples/{page.parent.name}"] in commands
    organisations = next((words[1:] for words in commands if words[0] == "dev"), [])
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    chain = DevChain(tmp_path, tuple(organisations)).start()
    try:
        for words in commands:
            if words[0] not in ELSEWHERE:
                done = chain.huitong(*words, signer="")
                assert done.status == 0, (words, done.err)
    finally:
        chain.stop()

"""The vectors of our tests are the published ones: others compute the same, and bring them in their tests.

gmsm (Go) computes from the inputs of GM/T 0003.5-2012 (appendices A to C), GM/T 0004-2012 and GM/T 0002-2012 what our
tests hold; its own tests contain the vectors of SM3, SM4 and RFC 8998 as text. OpenSSL has those of appendices A and C
in `test/sm2_internal_test.c`.
"""

import re
import shutil
import subprocess
from pathlib import Path

import guomi_vectors as vectors
import pytest

PROGRAM = Path(__file__).parents[2] / "native" / "peers"
pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("go") is None, reason="Go is not installed (apt-get install golang-go)"),
]


def run(*command, given=None):
    done = subprocess.run(
        ["go", *command], cwd=PROGRAM, input=given, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_another_implementation_gives_what_our_tests_hold():
    inputs = {
        "secret": vectors.SECRET,
        "message": vectors.MESSAGE,
        "signature": vectors.SIGNATURE,
        "ciphertext": vectors.CIPHERTEXT,
        "a_long": vectors.A_LONG,
        "a_once": vectors.A_ONCE,
        "b_long": vectors.B_LONG,
        "b_once": vectors.B_ONCE,
        "sm4_key": vectors.SM4_KEY,
    }
    given = "".join(f"{name} {value.hex()}\n" for name, value in inputs.items())
    found = dict(line.split() for line in run("run", "./vectors", given=given).splitlines())
    assert found == {
        "public": vectors.PUBLIC[1:].hex(),
        "identity": vectors.IDENTITY,
        "verified": vectors.SIGNATURE.hex(),
        "plain": b"encryption standard".hex(),
        "exchanged": vectors.EXCHANGED,
        "from_responder": vectors.FROM_RESPONDER,
        "from_initiator": vectors.FROM_INITIATOR,
        "sm3_short": vectors.GMT_0004[0][1],
        "sm3_long": vectors.GMT_0004[1][1],
        "sm4_once": vectors.SM4_ONCE,
        "sm4_million": vectors.SM4_MILLION,
    }


def test_the_tests_of_others_bring_the_same_vectors():
    run("mod", "download", "github.com/emmansun/gmsm")
    folder = Path(run("list", "-m", "-f", "{{.Dir}}", "github.com/emmansun/gmsm").strip())
    sources = "".join(path.read_text() for path in sorted(folder.rglob("*_test.go"))).lower()
    assert all(digest in sources for _, digest in vectors.GMT_0004)
    assert vectors.RFC_8998 in sources
    listed = re.sub(r"0x|[,\s]", "", sources)
    assert all(block in listed for block in (vectors.SM4_ONCE, vectors.SM4_MILLION))

"""SM2 certificates: issued, read, judged; the openssl program issues for us and accepts ours."""

import subprocess
from base64 import encodebytes
from datetime import UTC, datetime
from shutil import which

import pytest
from certificate_world import (
    AUTHORITY_KEY,
    AUTHORITY_NAME,
    BEGIN,
    MEMBER_KEY,
    MEMBER_NAME,
    NOW,
    OTHER_KEY,
    ROOT_KEY,
    ROOT_NAME,
    YEAR,
    authority,
    member,
    revocations,
    root,
)
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import private_key
from huitong.crypto.calendar import civil_date, day_number
from huitong.crypto.certificate import parse_certificate, parse_revocation_list
from huitong.crypto.certificate_chain import verify_chain
from huitong.crypto.certificate_issue import Wanted, distinguished_name, issue_certificate
from huitong.crypto.der import DerError, Reader, integer, named_bits, object_id, sequence, time
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

USER_ID = "distid:1234567812345678"
PROGRAM = which("openssl")
needs_openssl = pytest.mark.skipif(
    PROGRAM is None, reason="the program openssl is not installed: apt-get install openssl"
)


def refusal(act, *args):
    with pytest.raises(HuitongError) as caught:
        act(*args)
    assert caught.value.code is Code.CERTIFICATE_INVALID
    return caught.value.data["reason"]


def read(parse, raw):
    """What was parsed; None when it was refused as it should be, anything else is raised."""
    try:
        return parse(raw)
    except HuitongError as error:
        if error.code is not Code.CERTIFICATE_INVALID:
            raise
    return None


def pem(raw, label="CERTIFICATE"):
    return f"-----BEGIN {label}-----\n{encodebytes(raw).decode()}-----END {label}-----\n"


def openssl(folder, *arguments):
    return subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, timeout=30, check=False)


def test_what_was_issued_is_read():
    found = parse_certificate(authority())
    assert (found.serial, found.common_name) == (2**120 + 7, "Hospital A CA")
    assert (found.issuer, found.subject) == (ROOT_NAME, AUTHORITY_NAME)
    assert (found.not_before, found.not_after) == (BEGIN, BEGIN + 10 * YEAR)
    assert (found.public_key, found.authority, found.path_length) == (AUTHORITY_KEY.public_key, True, 0)
    assert found.usages == {5, 6}
    leaf = parse_certificate(member())
    assert (leaf.authority, leaf.usages, leaf.common_name) == (False, {0}, "alice@hospital-a")
    assert leaf.authority_key_id == found.subject_key_id


def test_another_library_reads_the_same():
    found = x509.load_der_x509_certificate(authority())
    assert found.serial_number == 2**120 + 7
    assert found.signature_algorithm_oid.dotted_string == "1.2.156.10197.1.501"
    assert found.not_valid_after_utc == datetime.fromtimestamp(BEGIN + 10 * YEAR, UTC)
    assert found.subject.rfc4514_string() == "CN=Hospital A CA,O=医院甲,C=CN"
    constraints = found.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value) == (True, x509.BasicConstraints(ca=True, path_length=0))
    assert found.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_issuing_is_deterministic():
    assert member() == member()
    assert revocations(1, 2) == revocations(1, 2)


@pytest.mark.parametrize("given_root", [False, True])
def test_a_chain_up_to_a_root_is_accepted(given_root):
    chain = [member(), authority(), *([root()] if given_root else [])]
    assert (
        verify_chain(chain, [root()], NOW, [revocations(9), revocations(issuer=ROOT_NAME, signer=ROOT_KEY)]).raw
        == member()
    )


BAD_CHAINS = {
    "no certificate": ([], NOW, [], "1 to 6"),
    "too long": ([member()] * 7, NOW, [], "1 to 6"),
    "issuer left out": ([member()], NOW, [], "nobody who is trusted"),
    "not yet valid": ([member(), authority()], BEGIN - 1, [], "not valid at this time"),
    "no longer valid": ([member(), authority()], BEGIN + YEAR + 1, [], "not valid at this time"),
    "signed by another key": ([member(signer=OTHER_KEY), authority()], NOW, [], "names another key"),
    "another issuer": ([member(issuer=ROOT_NAME), authority()], NOW, [], "names another issuer"),
    "issued by a member": (
        [member(issuer=MEMBER_NAME, signer=MEMBER_KEY), member(), authority()],
        NOW,
        [],
        "may not issue",
    ),
    "authority below one that allows none": (
        [
            member(issuer=distinguished_name("deep"), signer=OTHER_KEY),
            authority(
                AUTHORITY_NAME, AUTHORITY_KEY, subject=distinguished_name("deep"), public_key=OTHER_KEY.public_key
            ),
            authority(),
        ],
        NOW,
        [],
        "so high in a chain",
    ),
    "root of somebody else": ([member(), authority(signer=OTHER_KEY)], NOW, [], "nobody who is trusted"),
    "an authority signs transactions": ([authority()], NOW, [], "may not sign"),
    "revoked": ([member(), authority()], NOW, [revocations(7, 255)], "was revoked"),
    "authority revoked": (
        [member(), authority()],
        NOW,
        [revocations(2**120 + 7, issuer=ROOT_NAME, signer=ROOT_KEY)],
        "was revoked",
    ),
    "list too old": ([member(), authority()], NOW, [revocations(period=(BEGIN, BEGIN + 1))], "not of this time"),
    "list of another": ([member(), authority()], NOW, [revocations(signer=OTHER_KEY)], "not signed by it"),
}


@pytest.mark.parametrize("name", BAD_CHAINS)
def test_a_chain_that_does_not_hold_is_refused(name):
    chain, time_s, lists, words = BAD_CHAINS[name]
    assert words in refusal(verify_chain, chain, [root()], time_s, lists)


@given(st.integers(0, 10**6), st.integers(0, 7))
@settings(deadline=None, max_examples=150)
def test_no_bit_of_a_certificate_may_change(position, bit):
    raw = bytearray(member())
    raw[position % len(raw)] ^= 1 << bit
    refusal(verify_chain, [bytes(raw), authority()], [root()], NOW)


@given(st.integers(0, 10**6), st.integers(0, 7))
@settings(deadline=None, max_examples=100)
def test_no_bit_of_a_list_hides_a_revocation(position, bit):
    raw = bytearray(revocations(255))
    raw[position % len(raw)] ^= 1 << bit
    found = read(parse_revocation_list, bytes(raw))
    if found is None or found.issuer == AUTHORITY_NAME:
        refusal(verify_chain, [member(), authority()], [root()], NOW, [bytes(raw)])


@given(st.binary(max_size=200))
def test_any_bytes_are_no_certificate(raw):
    refusal(parse_certificate, raw)
    refusal(parse_revocation_list, raw)


@given(st.integers(0, 10**6), st.binary(max_size=4), st.integers(0, 4))
@settings(max_examples=200)
def test_spliced_bytes_are_read_or_refused(position, piece, cut):
    whole = member()
    at = position % len(whole)
    raw = whole[:at] + piece + whole[at + cut :]
    found = read(parse_certificate, raw)
    assert found is None or found.raw == raw


def test_what_is_too_long_is_not_read():
    assert "longer than" in refusal(parse_certificate, bytes(8193))
    assert "longer than" in refusal(parse_revocation_list, bytes(65537))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"public_key": bytes(65)}, "SM2 keys"),
        ({"serial": 0}, "serial"),
        ({"serial": 2**159}, "serial"),
        ({"not_after": BEGIN - 1}, "before it begins"),
    ],
)
def test_what_cannot_be_said_is_not_issued(changes, words):
    assert words in refusal(lambda: member(**changes))


def test_another_kind_of_key_issues_nothing():
    wanted = Wanted(MEMBER_NAME, MEMBER_KEY.public_key, 1, BEGIN, BEGIN)
    assert "SM2 keys" in refusal(issue_certificate, wanted, ROOT_NAME, private_key(KeyKind.ED25519, bytes(32)))


@given(st.integers(-500_000, 2_000_000))
def test_the_calendar_is_that_of_the_library(days):
    moment = datetime(1970, 1, 1, tzinfo=UTC)
    expected = moment.fromordinal(moment.toordinal() + days)
    assert civil_date(days) == (expected.year, expected.month, expected.day)
    assert day_number(*civil_date(days)) == days


@given(st.integers(-600_000_000, 8_000_000_000))
def test_times_are_read_as_written(seconds):
    assert Reader(time(seconds)).time() == seconds


@pytest.mark.parametrize(
    "text",
    [
        "231301000000Z",
        "230229000000Z",
        "230101240000Z",
        "230101000060Z",
        "2301010000Z",
        "230101000000+0100",
        "²30101000000Z",
    ],
)
def test_times_that_do_not_exist_are_refused(text):
    body = text.encode()
    with pytest.raises(DerError):
        Reader(bytes((0x17, len(body))) + body).time()


@given(st.integers(0, 2**300))
def test_numbers_are_read_as_written(value):
    assert Reader(integer(value)).integer() == value


@given(st.frozensets(st.integers(0, 20)))
def test_bits_are_read_as_written(bits):
    assert Reader(named_bits(bits)).named_bits() == bits


@pytest.mark.parametrize("dotted", ["1.2.156.10197.1.501", "2.5.29.15", "2.999.3", "0.9.2342"])
def test_identifiers_are_read_as_written(dotted):
    assert Reader(object_id(dotted)).object_id() == dotted


def read_integer(raw):
    reader = Reader(raw)
    value = reader.integer()
    reader.end()
    return value


@pytest.mark.parametrize(
    "raw", ["0200", "020200ff80", "02020001", "0201ff", "028101", "02810105", "0282000105", "0280", "02"]
)
def test_numbers_in_another_form_are_refused(raw):
    with pytest.raises(DerError):
        read_integer(bytes.fromhex(raw))


@needs_openssl
def test_openssl_accepts_our_chain(tmp_path):
    (tmp_path / "root.pem").write_text(pem(root()))
    (tmp_path / "authority.pem").write_text(pem(authority()))
    (tmp_path / "member.pem").write_text(pem(member()))
    # the program hands the user id to the first certificate of a chain only, so each link is verified by itself
    base = ("verify", "-vfyopt", USER_ID, "-x509_strict", "-partial_chain", "-attime", str(NOW), "-CAfile")
    for issuer, name in (("root.pem", "authority.pem"), ("authority.pem", "member.pem")):
        done = openssl(tmp_path, *base, issuer, name)
        assert (done.returncode, done.stdout.strip()) == (0, f"{name}: OK"), done
    without = openssl(
        tmp_path, "verify", "-partial_chain", "-attime", str(NOW), "-CAfile", "authority.pem", "member.pem"
    )
    assert without.returncode != 0


@needs_openssl
def test_openssl_reads_our_list_and_accepts_its_signature(tmp_path):
    """`openssl verify -crl_check` takes no user id for a list, so its signature is verified as that of bytes."""
    raw = revocations(9, 255)
    (tmp_path / "list.pem").write_text(pem(raw, "X509 CRL"))
    shown = openssl(tmp_path, "crl", "-in", "list.pem", "-noout", "-text")
    assert (shown.returncode, "Serial Number: 09" in shown.stdout, "Serial Number: FF" in shown.stdout) == (
        0,
        True,
        True,
    )
    found = parse_revocation_list(raw)
    (tmp_path / "authority.pem").write_text(pem(authority()))
    (tmp_path / "key.pem").write_text(openssl(tmp_path, "x509", "-in", "authority.pem", "-noout", "-pubkey").stdout)
    (tmp_path / "tbs").write_bytes(found.tbs)
    numbers = (int.from_bytes(found.signature[at : at + 32], "big") for at in (0, 32))
    (tmp_path / "signature").write_bytes(sequence(*map(integer, numbers)))
    command = f"pkeyutl -verify -pubin -inkey key.pem -rawin -digest sm3 -pkeyopt {USER_ID} -sigfile signature -in tbs"
    assert openssl(tmp_path, *command.split()).returncode == 0
    (tmp_path / "tbs").write_bytes(found.tbs + b".")
    assert openssl(tmp_path, *command.split()).returncode != 0


@needs_openssl
def test_a_chain_made_by_openssl_is_accepted(tmp_path):
    (tmp_path / "member.cnf").write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")
    issuer = f"-CA ca.pem -CAkey ca.key -sm3 -sigopt {USER_ID} -vfyopt {USER_ID}"
    steps = (
        "ecparam -name SM2 -genkey -noout -out ca.key",
        f"req -new -x509 -key ca.key -sm3 -sigopt {USER_ID} -subj /CN=CA -days 30 -out ca.pem",
        "ecparam -name SM2 -genkey -noout -out member.key",
        f"req -new -key member.key -sm3 -sigopt {USER_ID} -subj /CN=alice -out member.csr",
        f"x509 -req -in member.csr {issuer} -set_serial 77 -days 10 -extfile member.cnf -out member.pem",
        "x509 -in ca.pem -outform DER -out ca.der",
        "x509 -in member.pem -outform DER -out member.der",
    )
    for step in steps:
        done = openssl(tmp_path, *step.split())
        assert done.returncode == 0, (step, done.stderr)
    now = int(datetime.now(UTC).timestamp()) + 1
    ca, leaf = (tmp_path / "ca.der").read_bytes(), (tmp_path / "member.der").read_bytes()
    found = verify_chain([leaf], [ca], now)
    assert (found.serial, found.common_name, found.authority) == (77, "alice", False)
    assert "nobody who is trusted" in refusal(verify_chain, [leaf], [root()], now)


@needs_openssl
def test_a_certificate_of_another_algorithm_is_named(tmp_path):
    command = (
        "req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k -subj /CN=x -outform DER -out c"
    )
    assert openssl(tmp_path, *command.split()).returncode == 0
    assert "1.2.840.10045.4.3.2" in refusal(parse_certificate, (tmp_path / "c").read_bytes())

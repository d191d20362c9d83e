"""The settings: defaults, file, environment; what is not understood is refused with its place and nearest name."""

import sys
from pathlib import Path

import msgspec
import pytest

from huitong.node.configuration import MAX_FILE_BYTES, environment_name, load, text_of
from huitong.node.sections import Configuration
from huitong.node.settings import NodeSettings, settings_of
from huitong.types import Code, HuitongError

ROOT = Path(__file__).parents[2]


def refusal(tmp_path, text: str, environment: dict[str, str] | None = None) -> str:
    (tmp_path / "node.toml").write_text(text, encoding="utf-8")
    with pytest.raises(HuitongError) as refused:
        load(tmp_path / "node.toml", environment or {})
    assert refused.value.code is Code.NODE_CONFIGURATION
    return str(refused.value.data["reason"])


def test_without_a_file_everything_is_the_default(tmp_path):
    loaded = load(tmp_path / "node.toml", {})
    assert loaded.configuration == Configuration()
    assert {item.source for item in loaded.settings} == {"default"}
    assert settings_of(loaded.configuration, None) == NodeSettings()


def test_the_file_goes_before_the_default_and_the_environment_before_both(tmp_path):
    path = tmp_path / "node.toml"
    path.write_text('[gateway]\nport = 1\nnames = ["a.example"]\n[log]\nlevel = "info"\n')
    loaded = load(path, {"HUITONG_GATEWAY_PORT": "2", "HUITONG_CONSENSUS_PROGRAM": "/opt/cometbft", "PATH": "x"})
    assert loaded.configuration.gateway.port == 2
    assert loaded.configuration.gateway.names == ("a.example",)
    assert loaded.configuration.consensus.program == "/opt/cometbft"
    sources = {item.name: item.source for item in loaded.settings if item.source != "default"}
    assert sources == {
        "gateway.port": "environment",
        "gateway.names": "file",
        "consensus.program": "environment",
        "log.level": "file",
    }


def test_names_of_the_client_are_no_settings(tmp_path):
    environment = {"HUITONG_NODE": "http://127.0.0.1:1", "HUITONG_AS": "alice@a", "HUITONG_LANGUAGE": "zh"}
    assert load(tmp_path / "node.toml", environment).configuration == Configuration()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[gatewai]\n", "section [gatewai] is not known; did you mean gateway?"),
        ("[gateway]\nprot = 1\n", "key gateway.prot is not known; did you mean port?"),
        ("[log]\nxyzzy = 1\n", "key log.xyzzy is not known; there are level"),
        ("gateway = 1\n", "write [gateway] on a line of its own"),
        ("[gateway]\nport = 65536\n", "gateway.port: Expected `int` <= 65535"),
        ("[gateway]\nport = -1\n", "gateway.port: Expected `int` >= 0"),
        ("[gateway]\nport = true\n", "gateway.port: Expected `int`, got `bool`"),
        ('[gateway]\nport = "9640"\n', "gateway.port: Expected `int`, got `str`"),
        ("[gateway]\nmax_wait = nan\n", "gateway.max_wait"),
        ("[gateway]\nmax_wait = inf\n", "gateway.max_wait"),
        ('[log]\nlevel = "loud"\n', "log.level: Invalid enum value 'loud'"),
        ('[gateway]\nnames = "a"\n', "gateway.names: Expected `array`, got `str`"),
        ("[gateway]\nport = 1\nport = 2\n", "Cannot overwrite a value"),
        ("[gateway\n", "node.toml: "),
        ("x = " + "[" * 5000, "node.toml: "),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path, text, said):
    assert said in refusal(tmp_path, text)


def test_a_file_that_is_no_text_or_too_long_or_a_folder_is_refused(tmp_path):
    path = tmp_path / "node.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(HuitongError, match="utf-8"):
        load(path, {})
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(HuitongError, match="more than"):
        load(path, {})
    with pytest.raises(HuitongError, match="directory"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("HUITONG_GATEWAY_PROT", "1", "variable HUITONG_GATEWAY_PROT is not known; did you mean port?"),
        ("HUITONG_GATEWAY_PORT", "many", "HUITONG_GATEWAY_PORT: gateway.port: Expected `int`"),
        ("HUITONG_GATEWAY_NAMES", '["a", 3]', "HUITONG_GATEWAY_NAMES: gateway.names[1]: Expected `str`"),
        ("HUITONG_LOG_LEVEL", "loud", "HUITONG_LOG_LEVEL: log.level"),
    ],
)
def test_a_variable_that_is_not_understood_is_refused_by_its_name(tmp_path, variable, value, said):
    assert said in refusal(tmp_path, "", {variable: value})


def test_every_value_can_be_written_as_it_is_shown_and_given_by_its_variable(tmp_path):
    path = tmp_path / "node.toml"
    shown = load(path, {}).settings
    sections = dict.fromkeys(item.section for item in shown)
    lines = [
        f"[{section}]\n" + "".join(f"{item.key} = {text_of(item.value)}\n" for item in shown if item.section == section)
        for section in sections
    ]
    path.write_text("".join(lines))
    again = load(path, {})
    assert again.configuration == Configuration()
    assert {item.source for item in again.settings} == {"file"}
    variables = {environment_name(item.section, item.key): text_of(item.value).strip('"') for item in shown}
    assert load(path, variables).configuration == Configuration()


def test_every_key_reaches_the_node(tmp_path):
    """A value other than the default changes what a node is started with, or is read elsewhere by its name."""
    elsewhere = {"consensus.engine", "consensus.program", "log.level"}
    for item in load(tmp_path / "node.toml", {}).settings:
        if item.name in elsewhere:
            continue
        value = {str: "127.0.0.2", tuple: ("other.example",)}.get(type(item.value)) or item.value + 1
        before = getattr(Configuration(), item.section)
        if item.key.startswith("tls_"):
            before = msgspec.structs.replace(before, tls_certificate="node.pem", tls_key="node.key")
        section = msgspec.structs.replace(before, **{item.key: value})
        settings = [
            settings_of(msgspec.structs.replace(Configuration(), **{item.section: one}), None)
            for one in (before, section)
        ]
        assert settings[0] != settings[1], item.name


def test_the_page_is_made_from_the_code():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import configuration_page
    finally:
        sys.path.pop(0)
    written = configuration_page.PAGE.read_text(encoding="utf-8")
    assert written == configuration_page.page(), "run tools/configuration_page.py"

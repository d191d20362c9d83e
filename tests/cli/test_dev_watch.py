"""`huitong dev --watch`: contracts of a folder are deployed, upgraded when their files change, or say why not."""

import threading
import time

import pytest
from program import DevChain

COUNTER = """from huitong.contract import Contract, Value, call, view


class Counter(Contract):
    total: Value[{kind}]

    @call
    def step(self) -> int:
        self.total.set(self.total.get({zero}) + {step})
        return 0

    @view
    def pace(self) -> {kind}:
        return {step}
"""


class WatchedChain(DevChain):
    """A chain whose output is gathered while it runs."""

    def start(self):
        self.arguments = ("--watch",)
        super().start()
        self.lines = []
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()
        return self

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def write(self, **parts):
        (self.folder / "counter.py").write_text(COUNTER.format(**{"kind": "int", "zero": "0", **parts}))

    def expect(self, text):
        """Wait for a line that has this text; return it with the seconds that it took."""
        started = time.monotonic()
        while not (found := [line for line in self.lines if text in line]):
            assert time.monotonic() < started + 30, (text, self.lines[12:])
            assert self.process.poll() is None, self.process.stderr.read()
            time.sleep(0.005)
        return found[-1], time.monotonic() - started

    def pace(self):
        return self.huitong("contract", "view", "counter", "pace", "--json")


@pytest.fixture
def chain(tmp_path):
    running = WatchedChain(tmp_path)
    running.write(step=1)
    running.start()
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.process.wait()
    running.process.stdout.close()
    running.process.stderr.close()


def test_files_are_deployed_upgraded_and_kept_when_they_are_wrong(chain):
    chain.expect("deployed at 0x")
    assert chain.pace().document["value"] == "1"

    chain.write(step=5)
    _, seconds = chain.expect("upgraded to revision 2")
    assert chain.pace().document["value"] == "5"
    assert seconds < 5  # about 0.2 on a quiet machine

    chain.write(step="open('x')")
    chain.expect("counter.py:9: HT3003")
    chain.expect("keeps revision 2")
    broken = "from huitong.contract import Contract\n\n\nclass Counter(Contract):\n  def (\n"
    (chain.folder / "counter.py").write_text(broken)
    chain.expect("counter.py:5: HT3001")

    chain.write(step="'a'", kind="str", zero="''")
    refusal, _ = chain.expect("HT3014")
    assert "keeps revision 2" in refusal
    chain.expect("rename the file to deploy it as a new contract")
    assert chain.pace().document["value"] == "5"

    chain.write(step=7)
    chain.expect("upgraded to revision 3")
    assert chain.pace().document["value"] == "7"

    chain.process.send_signal(2)
    assert chain.process.wait(60) == 0
    assert chain.process.stderr.read() == ""
    chain.reading.join(10)
    assert chain.lines[-1].startswith("Stopped.")

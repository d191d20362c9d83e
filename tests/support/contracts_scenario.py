"""Blocks of real Python contracts: readings of meters, and medical records, with their refusals."""

from __future__ import annotations

from typing import Any

from kernel_world import SECOND, World, address
from scenario import ALICE, CAROL, EVE, IDENTITY, KINDS, WANG, deploy_args

from huitong.kernel import CONTRACTS_ADDRESS
from huitong.types import decode
from huitong.types.registry import KeyKind

COMMITMENTS = {"Condition": b"\1" * 32, "Observation": b"\2" * 32, "Claim": b"\3" * 32}


class ContractsScenario:
    """Runs on a world with the Python engine. metering, medical: their trees, as `compile_source` gives them."""

    def __init__(self, world: World, metering: bytes, medical: bytes) -> None:
        self.world = world
        self.codes = {"metering": metering, "medical": medical}
        self.targets: dict[str, bytes] = {}

    def act(self, who: str, contract: str, method: str, *args: Any, **changes: Any) -> bytes:
        kind = KINDS.get(who, KeyKind.ED25519)
        fields = {"gas_limit": 5_000_000} | changes
        return self.world.transaction(who, (self.targets[contract], method, args), kind=kind, **fields)

    def run(self) -> None:
        for name, code in self.codes.items():
            call = (CONTRACTS_ADDRESS, "deploy", deploy_args("python", code, name))
            receipt = self.world.run(self.world.transaction(ALICE, call, gas_limit=50_000_000))[0].receipt
            assert receipt.code == 0, receipt
            self.targets[name] = decode(receipt.return_bytes, list[bytes])[0]
        bad = [
            (CONTRACTS_ADDRESS, "deploy", deploy_args("python", code)) for code in (b"\x90", self.codes["medical"][:-7])
        ]
        self.world.run(*(self.world.transaction(ALICE, call, gas_limit=5_000_000) for call in bad))
        self.world.run(
            self.world.transaction(ALICE, (IDENTITY, "set_roles", (address(CAROL), ["clinician", "patient"])))
        )
        self.meters()
        self.records()

    def meters(self) -> None:
        act = self.act
        self.world.run(
            *(act(who, "metering", "register", f"m-{number}") for number in range(3) for who in (WANG, ALICE))
        )
        self.world.run(
            *(
                act(who, "metering", "read", f"m-{number}", 2**number)
                for number in (0, 1, 70)
                for who in (WANG, EVE, CAROL)
            ),
            act(WANG, "metering", "read", "m-1", "7"),
            act(WANG, "metering", "read", "m-1"),
            act(WANG, "metering", "read", "m-1", 5, gas_limit=5_000),
            act(WANG, "metering", "total", "m-1"),
            act(WANG, "metering", "missing", None),
        )

    def records(self) -> None:
        act, now = self.act, self.world.time_ns
        patient, wang = address(CAROL), address(WANG)
        self.world.run(
            act(ALICE, "medical", "register", "r1", patient, b"", COMMITMENTS, "vault://r1"),
            act(ALICE, "medical", "register", "r1", patient, b"", COMMITMENTS, "vault://r1"),
            act(ALICE, "medical", "register", "r2", wang, b"", COMMITMENTS, "x"),
            act(WANG, "medical", "register", "r3", patient, b"", COMMITMENTS, "x"),
            act(ALICE, "medical", "register", "r4", patient, b"", {"Nothing": b"\1" * 32}, "x"),
        )
        grant = ("r1", "hospital-b", wang, ["TREAT"], ["Condition"])
        self.world.run(
            act(CAROL, "medical", "grant", *grant, now, now + 100 * SECOND),
            act(CAROL, "medical", "grant", *grant, now, now - 1),
            act(ALICE, "medical", "grant", *grant, now, now + 100 * SECOND),
            act(WANG, "medical", "access", "r1", "TREAT", ["Condition"]),
            act(WANG, "medical", "access", "r1", "TREAT", ["Claim"]),
            act(WANG, "medical", "access", "r1", "HPAYMT", ["Condition"]),
            act(EVE, "medical", "access", "r1", "TREAT", ["Condition"]),
            act(CAROL, "medical", "break_glass", "r1", "unconscious", ["Observation"]),
            act(ALICE, "medical", "amend", "r1", {"Condition": b"\4" * 32}, "vault://r1/2"),
        )
        self.world.block(step_ns=200 * SECOND)
        self.world.run(
            act(WANG, "medical", "access", "r1", "TREAT", ["Condition"]),
            act(CAROL, "medical", "revoke", "r1", "hospital-b", wang),
            act(WANG, "medical", "accesses_of", patient, 0),
            act(WANG, "medical", "consents_of", patient, 0),
            act(WANG, "medical", "record", "r1"),
        )

"""Random stories: a Hypothesis state machine whose rules are the methods of a contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from hypothesis.strategies import SearchStrategy

from huitong.contract import Contract, Error
from huitong.types import Code, HuitongError

from .chain import Chain
from .fuzzing import arguments
from .handle import Handle


class ContractMachine(RuleBasedStateMachine):
    """A chain with one deployed contract. Add rules and invariants in a subclass; `story_of` makes one from methods.

    source: the contract class. init_args: for its @init. members: see Chain. allowed: codes of the platform by which
    calls may fail; errors that the contract declares are always allowed. A difference of plain and compiled never is.
    """

    source: ClassVar[type[Contract] | str | Path]
    init_args: ClassVar[tuple[Any, ...]] = ()
    members: ClassVar[Mapping[str, tuple[str, ...]] | None] = None
    allowed: ClassVar[tuple[Code, ...]] = (Code.KEY_MISSING,)

    def __init__(self) -> None:
        super().__init__()
        self.chain = Chain(members=self.members)
        self.contract: Handle = self.chain.deploy(self.source, *self.init_args)

    def attempt(self, who: str, method: str, *args: Any) -> Any:
        """Call a method; return its value, or the error by which it was refused."""
        try:
            return getattr(self.contract.as_member(who), method)(*args)
        except Error as error:
            return error
        except HuitongError as error:
            if error.code not in self.allowed:
                raise
            return error


def story_of(
    contract: type[Contract],
    *init_args: Any,
    members: Mapping[str, tuple[str, ...]] | None = None,
    allowed: tuple[Code, ...] = (Code.KEY_MISSING,),
    strategies: Mapping[str, SearchStrategy[Any]] | None = None,
) -> type[ContractMachine]:
    """Return a machine with a rule `call_NAME` for each @call method: random member, random arguments.

    strategies: by the names of arguments, for all methods. Subclass it for invariants; `TestStory = Story.TestCase`
    lets pytest run it, `TestStory.settings` takes Hypothesis' settings.
    """
    who = st.sampled_from(sorted(Chain(members=members).members))
    rules = {
        f"call_{name}": rule(who=who, args=arguments(method, **(strategies or {})))(_calling(name))
        for name, method in vars(contract).items()
        if getattr(method, "huitong_role", "") == "call"
    }
    if not rules:
        raise TypeError(f"{contract.__name__} has no @call method")
    fields = {"source": contract, "init_args": init_args, "members": members, "allowed": allowed}
    story: type[ContractMachine] = type(f"{contract.__name__}Story", (ContractMachine,), {**fields, **rules})
    return story


def _calling(name: str) -> Any:
    def step(self: ContractMachine, who: str, args: tuple[Any, ...]) -> None:
        self.attempt(who, name, *args)

    step.__name__ = f"call_{name}"
    return step

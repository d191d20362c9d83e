"""Nodes that die, and networks that part: what happens to honest organisations."""

import time

from .field import GaveUpError
from .proxy import Order
from .trial import Facts, Scenario, Trial

HEALED_S = 10.0
STILL_S = 4.0
SLOW_S = 0.6
"""A block takes three ways at least: proposal, votes, votes."""


def one_dies(trial: Trial) -> Facts:
    """Kill -9 of each of the four in turn; the others go on, it comes back by itself."""
    facts: dict[str, float] = {}
    for number in range(trial.field.count):
        trial.field.kill([number])
        facts[f"without_{number}_s"] = trial.work()
        trial.field.start([number])
        facts[f"caught_up_{number}_s"] = round(
            trial.field.until_height(number, trial.field.height((number + 1) % 4)), 2
        )
    return facts


def cometbft_dies(trial: Trial) -> Facts:
    """Kill -9 of one CometBFT: its node starts it again and hands over what it forgot."""
    trial.field.kill_cometbft(1)
    return {"went_on_s": trial.work()}


def two_away(trial: Trial) -> Facts:
    """Without two of four nothing is committed; when one is back, all goes on without help."""
    trial.field.kill([2, 3])
    trial.stands_still(STILL_S)
    trial.field.start([2], wait=False)
    recovered = trial.work()
    trial.field.start([3])
    return {"recovered_s": recovered}


def everything_dies(trial: Trial) -> Facts:
    """Kill -9 of all processes of all nodes at once, in the middle of blocks; three times."""
    facts: dict[str, float | int] = {}
    for life in range(3):
        trial.work(20 + 7 * life)
        tips = [trial.field.height(number) for number in range(trial.field.count)]
        trial.field.kill(range(trial.field.count))
        trial.field.start()
        facts[f"back_{life}_s"] = trial.work()
        facts[f"tip_{life}"] = max(tips)
    return facts


def halves(trial: Trial) -> Facts:
    """Two and two do not hear each other: no commit; healed, all goes on within ten seconds."""
    pairs = ((0, 2), (0, 3), (1, 2), (1, 3))
    facts: dict[str, float] = {}
    for how, order in (("silent", Order(silent=pairs)), ("cut", Order(cut=pairs))):
        trial.field.order(order)
        trial.stands_still(STILL_S)
        trial.field.order(Order())
        facts[f"healed_{how}_s"] = trial.work(1, HEALED_S)
    return facts


def one_alone(trial: Trial) -> Facts:
    """Three go on without the fourth, which catches up when it is heard again."""
    trial.field.order(Order(cut=((3, 0), (3, 1), (3, 2))))
    without = trial.work(60)
    alone = trial.field.height(3)
    if trial.field.height(0) <= alone + 1:
        raise GaveUpError("the fourth node was not alone")
    trial.field.order(Order())
    begun = time.monotonic()
    trial.field.until_height(3, trial.field.height(0))
    return {"went_on_s": without, "alone_at": alone, "caught_up_s": round(time.monotonic() - begun, 2)}


def far_away(trial: Trial) -> Facts:
    """200 ms on the way of every message between the nodes."""
    trial.field.order(Order(delay_ms=200))
    slow = trial.work(60, 120)
    trial.field.order(Order())
    if slow < SLOW_S:
        raise GaveUpError(f"sixty transactions in {slow} s: the links do not delay")
    return {"sixty_s": slow}


SCENARIOS = (
    Scenario("one-dies", one_dies),
    Scenario("cometbft-dies", cometbft_dies),
    Scenario("two-away", two_away),
    Scenario("everything-dies", everything_dies),
    Scenario("halves", halves),
    Scenario("one-alone", one_alone),
    Scenario("far-away", far_away),
)

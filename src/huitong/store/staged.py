"""A block between its execution and its place on disk."""

from collections.abc import Mapping

import msgspec

from huitong.kernel import BlockResult
from huitong.state import TreeUpdate
from huitong.types import Block, BlockId

from .records import Tip


class Staged(msgspec.Struct, frozen=True):
    """An executed block that is not durable yet. tip: where the chain stands after it. ids: of its transactions."""

    block: Block
    block_id: BlockId
    result: BlockResult
    trees: Mapping[str, TreeUpdate]
    tip: Tip
    ids: frozenset[bytes]

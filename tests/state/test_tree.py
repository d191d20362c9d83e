"""The state tree against its plain recursive definition."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from huitong.crypto import sha256
from huitong.state import SparseMerkleTree, bits_for
from huitong.state.tree import LOAD_LIMIT, MAX_BITS, MIN_BITS, TARGET_LOAD
from huitong.types import Code, HuitongError

KEYS = st.integers(0, 60).map(lambda number: b"key/%d" % number)
VALUES = st.binary(min_size=1, max_size=40)


def naive_root(items, digest=sha256):
    """The definition: leaf, inner and empty as protocol.md says, a lone leaf at its shallowest place."""

    def below(leaves, bit):
        if not leaves:
            return bytes(32)
        if len(leaves) == 1:
            return digest(b"\0" + leaves[0][0] + leaves[0][1])
        halves = ([], [])
        for leaf in leaves:
            halves[leaf[0][bit // 8] >> (7 - bit % 8) & 1].append(leaf)
        return digest(b"\1" + below(halves[0], bit + 1) + below(halves[1], bit + 1))

    return below([(digest(key), digest(value)) for key, value in items.items()], 0)


class Held:
    """A tree with its records and keys, persisted as a store would."""

    def __init__(self, bits, digest=sha256):
        self.records = {}
        self.keys = {}
        self.items = {}
        self.tree = SparseMerkleTree(digest, bits, self.records)

    def update(self, writes):
        update = self.tree.update(writes)
        for number, record in update.buckets.items():
            if record:
                self.records[number] = record
            else:
                del self.records[number]
        self.keys.update(update.inserted)
        for keyhash in update.removed:
            del self.keys[keyhash]
        for key, value in writes.items():
            if value is None:
                self.items.pop(key, None)
            else:
                self.items[key] = value
        return update


def grinding(byte):
    """A bad hash of which all outputs share long prefixes: chains of nodes with an empty half."""
    return lambda data: bytes((byte,)) * 12 + sha256(data)[:1] + sha256(data)[13:]


@pytest.mark.parametrize("bits", [0, 1, 4, 8, 11])
def test_root_is_the_definition_for_any_bucket_count(bits):
    for count in (0, 1, 2, 3, 17, 300):
        held = Held(bits)
        held.update({b"%d" % number: b"v%d" % number for number in range(count)})
        assert held.tree.root == naive_root(held.items)
        assert held.tree.count == count


def test_empty_tree_has_the_root_of_zeros():
    assert Held(4).tree.root == bytes(32)


def test_roots_are_fixed():
    """Golden bytes: a change of these is a fork."""
    held = Held(4)
    held.update({b"a": b"1"})
    assert held.tree.root == sha256(b"\0" + sha256(b"a") + sha256(b"1"))
    held.update({b"b": b"2", b"c": b"3"})
    assert held.tree.root.hex() == "8e2a164a410203f51300d7c6645b7a37f549768457be109acc126c63573a9e0a"


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=40), st.integers(0, 8), st.randoms(use_true_random=False))
def test_order_and_grouping_of_updates_do_not_matter(items, bits, random):
    whole = Held(bits)
    whole.update(items)
    pieces = Held(8 - bits)
    order = list(items.items())
    random.shuffle(order)
    for key, value in order:
        pieces.update({key: value})
    assert whole.tree.root == pieces.tree.root == naive_root(items)


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1), st.dictionaries(KEYS, VALUES), st.integers(0, 8))
def test_deleting_what_was_added_gives_the_former_root(items, more, bits):
    held = Held(bits)
    held.update(items)
    root, records = held.tree.root, dict(held.records)
    added = {key: value for key, value in more.items() if key not in items}
    held.update(added)
    update = held.update(dict.fromkeys(added))
    assert held.tree.root == root == update.root
    assert held.records == records
    assert update.removed == {sha256(key) for key in added}


@settings(deadline=None)
@given(st.sets(st.binary(min_size=1, max_size=3), max_size=24), st.integers(0, 12), st.sampled_from([0, 0x5A, 0xFF]))
def test_long_shared_prefixes_make_chains_of_half_empty_nodes(names, bits, byte):
    digest = grinding(byte)
    held = Held(bits, digest)
    held.update(dict.fromkeys(names, b"v"))
    held.update(dict.fromkeys(sorted(names)[::2]))
    assert held.tree.root == naive_root(held.items, digest)
    reloaded = SparseMerkleTree(digest, bits, held.records)
    reloaded.load(held.records.items())
    assert reloaded.root == held.tree.root


def test_update_names_what_is_new_and_what_is_gone():
    held = Held(4)
    update = held.update({b"a": b"1", b"b": b"2", b"gone": None})
    assert update.inserted == {sha256(b"a"): b"a", sha256(b"b"): b"b"}
    assert update.removed == frozenset()
    update = held.update({b"a": b"3", b"b": None, b"never": None})
    assert update.inserted == {}
    assert update.removed == {sha256(b"b")}
    update = held.update({b"a": b"3"})
    assert update.buckets == {}


def test_empty_keys_and_values_stop_the_node():
    held = Held(4)
    with pytest.raises(AssertionError, match="keys are never empty"):
        held.tree.update({b"": b"1"})
    with pytest.raises(AssertionError, match="values are never empty"):
        held.tree.update({b"a": b""})


def test_a_source_that_fails_leaves_the_tree_as_it_was():
    class Failing(dict):
        broken = False

        def get(self, number):
            if self.broken:
                raise LookupError("disk")
            return super().get(number)

    source = Failing()
    tree = SparseMerkleTree(sha256, 4, source)
    source.update(tree.update({b"a": b"1"}).buckets)
    root, source.broken = tree.root, True
    with pytest.raises(LookupError, match="disk"):
        tree.update({b"b": b"2"})
    assert (tree.root, tree.count) == (root, 1)


@pytest.mark.parametrize("bits", [-1, MAX_BITS + 1])
def test_bits_out_of_range_are_refused(bits):
    with pytest.raises(HuitongError) as caught:
        SparseMerkleTree(sha256, bits, {})
    assert caught.value.code is Code.STORE_DAMAGED


def test_growing_keeps_the_root_and_lightens_the_buckets():
    held = Held(MIN_BITS)
    limit = LOAD_LIMIT << MIN_BITS
    held.update({b"%d" % number: b"v" for number in range(limit)})
    assert not held.tree.crowded
    held.update({b"one more": b"v"})
    assert held.tree.crowded
    root = held.tree.root
    records = held.tree.grow()
    held.records.clear()
    held.records.update(records)
    assert held.tree.root == root == naive_root(held.items)
    assert held.tree.bits == bits_for(limit + 1)
    assert not held.tree.crowded
    held.update({b"one more": None, b"7": b"w"})
    assert held.tree.root == naive_root(held.items)
    assert held.tree.count == limit


def test_growing_refuses_records_that_do_not_give_the_root():
    held = Held(MIN_BITS)
    held.update({b"%d" % number: b"v" for number in range(200)})
    number, record = next(iter(held.records.items()))
    held.records[number] = record[:-1] + bytes((record[-1] ^ 1,))
    with pytest.raises(HuitongError) as caught:
        held.tree.grow()
    assert caught.value.code is Code.STORE_DAMAGED
    del held.records[number]
    held.tree.load(list(held.records.items()))
    held.records.clear()
    with pytest.raises(HuitongError) as caught:
        held.tree.grow()
    assert caught.value.code is Code.STORE_DAMAGED


def test_bits_suit_the_number_of_leaves():
    assert bits_for(0) == bits_for(1) == MIN_BITS
    for count in (1_000, 65_536, 65_537, 1_000_000):
        load = count / 2 ** bits_for(count)
        assert TARGET_LOAD / 2 < load <= TARGET_LOAD
    assert bits_for(1_000_000) == 18
    assert bits_for(10**12) == MAX_BITS


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES), st.integers(0, 11), st.binary(min_size=1, max_size=4))
def test_neighbours_are_the_nearest_hashes(items, bits, key):
    held = Held(bits)
    held.update(items)
    for asked in (key, *items):
        keyhash = sha256(asked)
        hashes = [sha256(other) for other in items if other != asked]
        below = max((other for other in hashes if other < keyhash), default=None)
        above = min((other for other in hashes if other > keyhash), default=None)
        assert held.tree.neighbours(asked) == (below, above)


def test_neighbours_across_many_empty_buckets_read_three_records_at_most():
    held = Held(16)
    held.update({b"a": b"1", b"b": b"2"})
    reads = []

    class Counting(dict):
        def get(self, number):
            reads.append(number)
            return super().get(number)

    tree = SparseMerkleTree(sha256, 16, Counting(held.records))
    tree.load(held.records.items())
    low, high = sorted((sha256(b"a"), sha256(b"b")))
    for number in range(50):
        reads.clear()
        left, right = tree.neighbours(b"absent %d" % number)
        assert (left, right) in {(None, low), (low, high), (high, None)}
        assert len(reads) <= 3


def test_path_of_an_absent_key_is_refused():
    held = Held(4)
    held.update({b"a": b"1"})
    with pytest.raises(HuitongError) as caught:
        held.tree.path(sha256(b"b"))
    assert caught.value.code is Code.PROOF_INVALID


class TreeMachine(RuleBasedStateMachine):
    """Updates in any order, reloads and growth, with a model that is a dictionary."""

    def __init__(self):
        super().__init__()
        self.held = Held(3)

    @rule(writes=st.dictionaries(KEYS, st.one_of(st.none(), VALUES), max_size=12))
    def update(self, writes):
        before = set(self.held.items)
        update = self.held.update(writes)
        assert set(update.inserted.values()) == set(self.held.items) - before
        assert update.removed == {sha256(key) for key in before - set(self.held.items)}

    @rule()
    def reload(self):
        tree = SparseMerkleTree(sha256, self.held.tree.bits, self.held.records)
        tree.load(reversed(self.held.records.items()))
        assert tree.count == self.held.tree.count
        self.held.tree = tree

    @rule()
    def grow(self):
        records = self.held.tree.grow()
        self.held.records.clear()
        self.held.records.update(records)

    @rule(key=KEYS)
    def look_up(self, key):
        keyhash, value = sha256(key), self.held.items.get(key)
        expected = None if value is None else sha256(b"\0" + keyhash + sha256(value))
        assert self.held.tree.leaf(keyhash) == expected

    @invariant()
    def root_is_the_definition(self):
        assert self.held.tree.root == naive_root(self.held.items)
        assert self.held.tree.count == len(self.held.items)
        assert self.held.keys == {sha256(key): key for key in self.held.items}


TestTreeMachine = TreeMachine.TestCase
TestTreeMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_an_update_reads_all_its_buckets_in_one_call():
    """From a source that can; each bucket is named once, and what comes back is what single reads give."""
    held = Held(16)
    asked = []

    class Many:
        def get(self, bucket):
            return held.records.get(bucket)

        def get_many(self, buckets):
            asked.append(list(buckets))
            return [held.records.get(bucket) for bucket in buckets]

    held.update({b"key %d" % number: b"first" for number in range(300)})
    tree = SparseMerkleTree(held.tree.digest, held.tree.bits, Many())
    tree.load(held.records.items())
    writes = {b"key %d" % number: b"second" for number in range(150)}
    assert tree.update(writes) == held.tree.update(writes)
    assert len(asked) == 1
    assert len(set(asked[0])) == len(asked[0]) <= 150

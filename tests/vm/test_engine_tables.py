"""The filter's tables of system calls for both architectures."""

import struct

import pytest

from huitong.vm.python import jail


def test_both_tables_name_the_same_calls():
    (_, first, first_memory), (_, second, second_memory) = jail.TABLES.values()
    assert first.keys() == second.keys()
    assert first_memory.keys() == second_memory.keys() == {"mmap", "mprotect"}


@pytest.mark.parametrize(("machine", "mark"), [("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)])
def test_the_filter_compares_exactly_the_numbers_of_its_table(machine, mark):
    program = jail.filter_program(machine)
    steps = [struct.unpack_from("=HBBI", program, place) for place in range(0, len(program), 8)]
    compared = [operand for code, _, _, operand in steps if code == 0x15]
    _, allowed, memory = jail.TABLES[machine]
    assert compared == [mark, *allowed.values(), *memory.values()]
    assert len(set(compared)) == len(compared)
    assert steps[-1] == (0x06, 0, 0, 0x80000000), "what is not listed ends the process"

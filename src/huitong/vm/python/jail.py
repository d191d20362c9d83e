"""What a worker does to itself before it reads any byte of a contract: no root, small limits, few system calls.

`lock_down` is called once, after all imports, by a single-threaded process that was started by exec. The filter is
classic BPF, loaded by ctypes without a library; it kills the process on every system call that is not listed. Linux on
x86-64 and aarch64 has a table; elsewhere the limits alone hold, and the returned text says why.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from typing import Final

NOBODY: Final = 65534
"""User and group that a worker of root becomes."""

ADDRESS_SPACE_BYTES: Final = 512 * 1024 * 1024
STACK_BYTES: Final = 64 * 1024 * 1024

_AUDIT_ARCH_X86_64: Final = 0xC000003E
_X32_NUMBERS: Final = 0x40000000
_PROT_EXEC: Final = 4

_ALLOWED: Final = {
    "sendto": 44,
    "recvfrom": 45,
    "munmap": 11,
    "brk": 12,
    "rt_sigprocmask": 14,
    "rt_sigreturn": 15,
    "mremap": 25,
    "madvise": 28,
    "exit": 60,
    "futex": 202,
    "clock_gettime": 228,
    "exit_group": 231,
}
"""x86-64 numbers: talk on the one socket, manage memory, end. clock_gettime: the kernel's page of shared code gives the
time anyway, and falls back to the call on some virtual machines."""

_NOT_EXECUTABLE: Final = {"mmap": 9, "mprotect": 10}
"""Allowed unless the third argument has PROT_EXEC."""

_AUDIT_ARCH_AARCH64: Final = 0xC00000B7
_ALLOWED_AARCH64: Final = {
    "sendto": 206,
    "recvfrom": 207,
    "munmap": 215,
    "brk": 214,
    "rt_sigprocmask": 135,
    "rt_sigreturn": 139,
    "mremap": 216,
    "madvise": 233,
    "exit": 93,
    "futex": 98,
    "clock_gettime": 113,
    "exit_group": 94,
}
"""The same calls by aarch64's numbers (the kernel's asm-generic/unistd.h)."""
_NOT_EXECUTABLE_AARCH64: Final = {"mmap": 222, "mprotect": 226}

TABLES: Final = {
    "x86_64": (_AUDIT_ARCH_X86_64, _ALLOWED, _NOT_EXECUTABLE),
    "aarch64": (_AUDIT_ARCH_AARCH64, _ALLOWED_AARCH64, _NOT_EXECUTABLE_AARCH64),
}
"""By machine: mark of the architecture, calls that pass, calls that pass unless they ask for executable memory."""

_LOAD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_JUMP_AT_LEAST: Final = 0x35
_JUMP_BITS: Final = 0x45
_RETURN: Final = 0x06
_OFFSET_NUMBER: Final = 0
_OFFSET_ARCH: Final = 4
_OFFSET_THIRD_ARGUMENT: Final = 16 + 2 * 8
_KILL_PROCESS: Final = 0x80000000
_ALLOW: Final = 0x7FFF0000

_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_SECCOMP_MODE_FILTER: Final = 2
_CAPABILITY_VERSION_3: Final = 0x20080522

SANDBOX_FULL: Final = "seccomp+rlimits"
"""What `lock_down` returns when everything is in force."""


class _Refused(Exception):
    """Why the filter cannot be loaded here."""


def lock_down() -> str:
    """Close this process in for good. Returns "seccomp+rlimits", or what is missing and why.

    Raises OSError when a limit cannot be set, or root cannot be dropped where there is no filter: such a worker must
    not serve. In a container whose only user is root, the filter alone has to hold.
    """
    kept_root = _drop_root()
    _set_limits()
    try:
        _load_filter()
    except _Refused as refusal:
        if kept_root:
            raise PermissionError(f"the worker is still root ({kept_root}) and {refusal}") from None
        return f"rlimits only: {refusal}"
    return f"{SANDBOX_FULL}, still root: {kept_root}" if kept_root else SANDBOX_FULL


def _drop_root() -> str:
    """Become nobody. Returns why this process is still root, empty when it is not."""
    if os.geteuid() != 0 and os.getuid() != 0:
        return ""
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except OSError as refusal:
        return os.strerror(refusal.errno or 0)
    assert os.getuid() == os.geteuid() == os.getegid() == NOBODY, "the system calls said so"
    return ""


def _set_limits() -> None:
    _limit(resource.RLIMIT_AS, ADDRESS_SPACE_BYTES)
    _limit(resource.RLIMIT_STACK, STACK_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(which: int, wanted: int) -> None:
    """Lower the soft and the hard limit; one that is lower already stays."""
    _, hard = resource.getrlimit(which)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(which, (value, value))
    except ValueError:
        if sys.platform == "linux":
            raise
        # macOS refuses to lower the address space; it is a platform for development only.


def filter_program(machine: str = "x86_64") -> bytes:
    """Return the BPF program for a machine of `TABLES`.

    8 bytes per instruction: u16 code, u8 jump if true, u8 jump if false, u32 operand.

    It checks the architecture (another one would number its calls differently), refuses x32 numbers, lets the listed
    calls pass, looks at the third argument of mmap and mprotect, and kills the process on everything else.
    """
    architecture, allowed, not_executable = TABLES[machine]
    steps = [
        (_LOAD, 0, 0, _OFFSET_ARCH),
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _OFFSET_NUMBER),
        (_JUMP_AT_LEAST, 0, 1, _X32_NUMBERS),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    for number in allowed.values():
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in not_executable.values():
        steps += [
            (_JUMP_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _OFFSET_THIRD_ARGUMENT),
            (_JUMP_BITS, 0, 1, _PROT_EXEC),
            (_RETURN, 0, 0, _KILL_PROCESS),
            (_RETURN, 0, 0, _ALLOW),
        ]
    steps.append((_RETURN, 0, 0, _KILL_PROCESS))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _load_filter() -> None:
    """Give up capabilities, set no_new_privs, load the filter. Raises _Refused."""
    if sys.platform != "linux":
        raise _Refused(f"{platform.system()} has no seccomp")
    machine = platform.machine()
    if machine not in TABLES or sys.maxsize < 2**32:
        raise _Refused(f"no table of system calls for {machine}")
    libc = ctypes.CDLL(None, use_errno=True)
    _drop_capabilities(libc)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise _Refused(f"no_new_privs was refused ({os.strerror(ctypes.get_errno())})")
    body = filter_program(machine)
    instructions = ctypes.create_string_buffer(body, len(body))
    program = struct.pack("=HxxxxxxQ", len(body) // 8, ctypes.addressof(instructions))
    pointer = ctypes.create_string_buffer(program, len(program))
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, pointer, 0, 0):
        raise _Refused(f"seccomp was refused ({os.strerror(ctypes.get_errno())})")


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Empty all sets, ambient ones included; hide the memory from other processes of the same user.

    A refusal is no loss: a process without capabilities cannot raise any under no_new_privs.
    """
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    head = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    libc.capset(ctypes.create_string_buffer(head, len(head)), ctypes.create_string_buffer(24))
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

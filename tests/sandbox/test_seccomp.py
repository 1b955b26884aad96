"""The filter's program, run by a small interpreter: also for the architecture that is not this machine's."""

from __future__ import annotations

import errno
import struct

import pytest

from harness.sandbox import seccomp

PID = 4321
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS


def run(machine: str, number: int, *arguments: int, audit: int | None = None, sockets: bool = False) -> int:
    data = struct.pack("=IIQ6Q", number, audit or AUDIT[machine], 0, *[*arguments, 0, 0, 0, 0, 0, 0][:6])
    code = list(struct.iter_unpack("=HBBI", seccomp.program(machine, PID, sockets=sockets)))
    at = value = 0
    while True:
        operation, yes, no, operand = code[at]
        at += 1
        match operation:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, operand)
            case 0x54:
                value &= operand
            case 0x15:
                at += yes if value == operand else no
            case 0x35:
                at += yes if value >= operand else no
            case 0x45:
                at += yes if value & operand else no
            case 0x06:
                return operand
            case _:
                raise AssertionError(operation)


CASES = [
    # what, (x86_64, aarch64), arguments, result
    ("read", (0, 63), (), ALLOW),
    ("openat", (257, 56), (), ALLOW),
    ("epoll_create1", (291, 20), (), ALLOW),
    ("execve", (59, 221), (), REFUSE),
    ("fork", (57, None), (), REFUSE),
    ("clone of a thread", (56, 220), (0x10F00,), ALLOW),
    ("clone of a process", (56, 220), (17,), REFUSE),
    ("clone3", (435, 435), (), UNKNOWN),
    ("tgkill of itself", (234, 131), (PID, PID, 6), ALLOW),
    ("tgkill of another", (234, 131), (2, 2, 9), REFUSE),
    ("kill of itself", (62, 129), (PID, 9), REFUSE),
    ("prlimit of 0", (302, 261), (0,), ALLOW),
    ("prlimit of itself", (302, 261), (PID,), ALLOW),
    ("prlimit of another", (302, 261), (2,), REFUSE),
    ("socket", (41, 198), (1, 1), REFUSE),
    ("connect", (42, 203), (3,), REFUSE),
    ("socketpair", (53, 199), (1, 1 | 0o2004000), ALLOW),
    ("socketpair of datagrams", (53, 199), (1, 2), REFUSE),
    ("socketpair of another family", (53, 199), (16, 1), REFUSE),
    ("fcntl F_GETFL", (72, 25), (3, 3), ALLOW),
    ("fcntl F_SETLK", (72, 25), (3, 6), ALLOW),
    ("fcntl F_SETOWN", (72, 25), (3, 8), REFUSE),
    ("fcntl F_SETOWN_EX", (72, 25), (3, 15), REFUSE),
    ("ioctl FIONBIO", (16, 29), (3, 0x5421), ALLOW),
    ("ioctl TIOCSTI", (16, 29), (0, 0x5412), REFUSE),
    ("ioctl TIOCLINUX", (16, 29), (0, 0x541C), REFUSE),
    ("ptrace", (101, 117), (), REFUSE),
    ("io_uring_setup", (425, 425), (), REFUSE),
    ("tomorrow's", (470, 470), (), UNKNOWN),
    ("x32", (0x40000000 | 39, None), (), KILL),
]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_verdict(machine: str, case: tuple[str, tuple[int | None, int | None], tuple[int, ...], int]) -> None:
    _, numbers, arguments, result = case
    number = numbers[machine != "x86_64"]
    assert number is None or run(machine, number, *arguments) == result


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_foreign_architecture(machine: str) -> None:
    assert run(machine, 0, audit=0x40000003) == KILL


WITH_SOCKETS = [
    ("unix stream", (41, 198), (1, 1), ALLOW),
    ("unix stream, non-blocking", (41, 198), (1, 1 | 0o2004000), ALLOW),
    ("unix datagram", (41, 198), (1, 2), REFUSE),
    ("unix seqpacket", (41, 198), (1, 5), REFUSE),
    ("tcp", (41, 198), (2, 1), REFUSE),
    ("tcp 6", (41, 198), (10, 1), REFUSE),
    ("netlink", (41, 198), (16, 3), REFUSE),
    ("vsock", (41, 198), (40, 1), REFUSE),
    ("connect", (42, 203), (3,), ALLOW),
    ("bind", (49, 200), (3,), REFUSE),
    ("listen", (50, 201), (3,), REFUSE),
    ("accept4", (288, 242), (3,), REFUSE),
    ("socketpair of datagrams", (53, 199), (1, 2), REFUSE),
]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("case", WITH_SOCKETS, ids=lambda case: case[0])
def test_with_sockets_only_unix_streams_connect(
    machine: str, case: tuple[str, tuple[int, int], tuple[int, ...], int]
) -> None:
    _, numbers, arguments, result = case
    assert run(machine, numbers[machine != "x86_64"], *arguments, sockets=True) == result


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("case", [case for case in CASES if not case[0].startswith(("socket", "connect"))])
def test_with_sockets_all_else_is_the_same(
    machine: str, case: tuple[str, tuple[int | None, int | None], tuple[int, ...], int]
) -> None:
    _, numbers, arguments, result = case
    number = numbers[machine != "x86_64"]
    assert number is None or run(machine, number, *arguments, sockets=True) == result

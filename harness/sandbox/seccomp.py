"""A seccomp filter for code that needs threads, files and its one socket, and nothing else of the kernel.

Most calls pass; those that start processes, reach others, open sockets or change the system are refused with an error
number, so that the code sees an exception. A foreign calling convention kills the process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from harness.sandbox import linux

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_EQUAL, _AT_LEAST, _ANY_BIT = 0x15, 0x35, 0x45
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_SET_MODE_FILTER, _TSYNC = 1, 1

_CLONE_THREAD = 0x10000
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE_MASK = 1, 1, 0xF
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15  # would aim SIGIO at another process
_FIOSETOWN, _SIOCSPGRP, _TIOCSTI, _TIOCLINUX = 0x8901, 0x8902, 0x5412, 0x541C
_X32 = 0x40000000
_FIRST_UNKNOWN = 463  # newer calls than this table knows of do not exist for the code

# name: (x86_64, aarch64); None where the architecture lacks it
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # processes
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    # other processes
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "kcmp": (312, 272), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # sockets
    "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
    # memory that would outlive the process
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # files outside, which Landlock lets be changed by their owner
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "mknod": (133, None), "mknodat": (259, 33), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # namespaces and mounts
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    # kernel interfaces with a history of holes
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "memfd_secret": (447, 447), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18),
    "personality": (135, 92), "modify_ldt": (154, None), "uselib": (134, None), "nfsservctl": (180, 42),
    "vhangup": (153, 58),
    # the machine
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116), "iopl": (172, None),
    "ioperm": (173, None), "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    "adjtimex": (159, 171), "sethostname": (170, 161), "setdomainname": (171, 162),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Architecture:
    audit: int
    column: int
    clone: int
    clone3: int
    socket: int
    connect: int
    socketpair: int
    tgkill: int
    prlimit: int
    fcntl: int
    ioctl: int
    seccomp: int


_ARCHITECTURES = {
    "x86_64": _Architecture(0xC000003E, 0, 56, 435, 41, 42, 53, 234, 302, 72, 16, 317),
    "aarch64": _Architecture(0xC00000B7, 1, 220, 435, 198, 203, 199, 131, 261, 25, 29, 277),
}


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def architecture() -> str | None:
    """Name of this machine's architecture when there is a table for it."""
    machine = platform.machine()
    return machine if machine in _ARCHITECTURES and struct.calcsize("P") == 8 else None


def install(*, sockets: bool = False) -> None:
    """Filter the system calls of the calling process for good. Raises OSError; KeyError where ``architecture`` is None.

    To be called in the process that is to be filtered: its own id becomes part of the program. ``sockets``: Unix stream
    sockets may be opened and connected, which reaches those that are in sight.
    """
    table = _ARCHITECTURES[platform.machine()]
    code = program(platform.machine(), os.getpid(), sockets=sockets)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = _Filter(len(code) // 8, ctypes.addressof(buffer))
    linux.no_new_privileges()
    linux.syscall(table.seccomp, ctypes.c_uint(_SET_MODE_FILTER), ctypes.c_uint(_TSYNC), ctypes.byref(header))


def program(machine: str, pid: int, *, sockets: bool = False) -> bytes:
    """The classic BPF program, 8 bytes an instruction, for a process ``pid`` on ``machine``."""
    table = _ARCHITECTURES[machine]
    refuse = _ERRNO | errno.EPERM
    code = [
        *_load(_ARCHITECTURE), (_EQUAL, 1, 0, table.audit), (_RETURN, 0, 0, _KILL),
        *_load(_NUMBER), (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL),
        (_AT_LEAST, 0, 1, _FIRST_UNKNOWN), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        # glibc falls back to clone, whose flags can be read here
        *_when(table.clone3, [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]),
        *_when(table.clone, [*_argument(0), (_ANY_BIT, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, refuse), _PASS]),
        *_when(table.tgkill, [*_argument(0), (_EQUAL, 1, 0, pid), (_RETURN, 0, 0, refuse), _PASS]),
        *_when(
            table.prlimit,
            [*_argument(0), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, pid), (_RETURN, 0, 0, refuse), _PASS],
        ),
        # a datagram pair could be aimed at any socket by sendto
        *_when(table.socketpair, _only_unix_streams(refuse)),
        *_when(table.socket, _only_unix_streams(refuse) if sockets else [(_RETURN, 0, 0, refuse)]),
        *_when(table.connect, [_PASS if sockets else (_RETURN, 0, 0, refuse)]),
        *_when(table.fcntl, _refuse_values(1, (_F_SETOWN, _F_SETSIG, _F_SETOWN_EX), refuse)),
        *_when(table.ioctl, _refuse_values(1, (_FIOSETOWN, _SIOCSPGRP, _TIOCSTI, _TIOCLINUX), refuse)),
    ]  # fmt: skip
    for numbers in _REFUSED.values():
        number = numbers[table.column]
        if number is not None:
            code += _when(number, [(_RETURN, 0, 0, refuse)])
    code.append(_PASS)
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


_Instruction = tuple[int, int, int, int]
_PASS: _Instruction = (_RETURN, 0, 0, _ALLOW)


def _load(offset: int) -> list[_Instruction]:
    return [(_LOAD, 0, 0, offset)]


def _argument(index: int) -> list[_Instruction]:
    return _load(_ARGUMENTS + 8 * index)  # the low half: both architectures are little-endian


def _when(number: int, block: list[_Instruction]) -> list[_Instruction]:
    """``block`` must return on every path: it loses the call's number."""
    return [(_EQUAL, 0, len(block), number), *block]


def _only_unix_streams(refuse: int) -> list[_Instruction]:
    return [
        *_argument(0), (_EQUAL, 1, 0, _AF_UNIX), (_RETURN, 0, 0, refuse),
        *_argument(1), (_AND, 0, 0, _SOCK_TYPE_MASK), (_EQUAL, 1, 0, _SOCK_STREAM), (_RETURN, 0, 0, refuse),
        _PASS,
    ]  # fmt: skip


def _refuse_values(index: int, values: tuple[int, ...], refuse: int) -> list[_Instruction]:
    block = _argument(index)
    for value in values:
        block += [(_EQUAL, 0, 1, value), (_RETURN, 0, 0, refuse)]
    return [*block, _PASS]

"""Seccomp: a filter of system calls that this process puts on itself, for good.

Refused is what reaches another process, the network or a file past landlock, and every
call that is newer than this list. The rest is allowed: it computes, or works on files
that landlock has let through.

The worker loads this file without its package, hence the relative import; it needs the
standard library only.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from functools import lru_cache

from .kernel import LIBC, PR_SET_DUMPABLE, PR_SET_PDEATHSIG, PR_SET_SECCOMP, refused

# Refused calls as name:number on x86_64:number on aarch64 (0: no such call), from
# the kernel's asm/unistd_64.h and asm-generic/unistd.h.
_REFUSED = """
    # network
    socket:41:198 connect:42:203 accept:43:202 accept4:288:242 bind:49:200
    listen:50:201 sendmsg:46:211 sendmmsg:307:269 recvmsg:47:212 recvmmsg:299:243
    setsockopt:54:208
    # new processes and programs
    fork:57:0 vfork:58:0 execve:59:221 execveat:322:281
    # other processes
    ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271
    process_madvise:440:440 process_mrelease:448:448 kcmp:312:272 kill:62:129
    tkill:200:130 tgkill:234:131 rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240
    pidfd_open:434:434 pidfd_getfd:438:438 pidfd_send_signal:424:424
    migrate_pages:256:238 move_pages:279:239 setpriority:141:140
    sched_setparam:142:118 sched_setscheduler:144:119 sched_setattr:314:274
    sched_setaffinity:203:122 ioprio_set:251:30
    # namespaces and mounts
    unshare:272:97 setns:308:268 chroot:161:51 pivot_root:155:41 mount:165:40
    umount2:166:39 open_tree:428:428 move_mount:429:429 fsopen:430:430
    fsconfig:431:431 fsmount:432:432 fspick:433:433 mount_setattr:442:442
    name_to_handle_at:303:264 open_by_handle_at:304:265 swapon:167:224 swapoff:168:225
    # what is not counted: descriptors of one thread alone, and what the kernel keeps
    close_range:436:436 io_setup:206:0 io_submit:209:2 inotify_init:253:0
    inotify_init1:294:26
    # folders, links and devices: what is written stays flat, also without landlock
    mkdir:83:0 mkdirat:258:34 link:86:0 linkat:265:37 symlink:88:0 symlinkat:266:36
    mknod:133:0 mknodat:259:33
    # what landlock leaves open
    chmod:90:0 fchmod:91:52 fchmodat:268:53 chown:92:0 fchown:93:55 lchown:94:0
    fchownat:260:54 setxattr:188:5 lsetxattr:189:6 fsetxattr:190:7 removexattr:197:14
    lremovexattr:198:15 fremovexattr:199:16 utime:132:0 utimes:235:0 futimesat:261:0
    utimensat:280:88 truncate:76:45 fallocate:285:47
    inotify_add_watch:254:27 fanotify_init:300:262
    # shared memory and messages
    shmget:29:194 shmat:30:196 shmctl:31:195 semget:64:190 semop:65:193
    semtimedop:220:192 semctl:66:191 msgget:68:186 msgsnd:69:189 msgrcv:70:188
    msgctl:71:187 mq_open:240:180 mq_unlink:241:181 mq_timedsend:242:182
    mq_timedreceive:243:183 memfd_create:319:279 memfd_secret:447:447
    # the kernel
    bpf:321:280 perf_event_open:298:241 userfaultfd:323:282 io_uring_setup:425:425
    io_uring_enter:426:426 io_uring_register:427:427 keyctl:250:219 add_key:248:217
    request_key:249:218 init_module:175:105 finit_module:313:273 delete_module:176:106
    kexec_load:246:104 kexec_file_load:320:294 reboot:169:142 syslog:103:116
    acct:163:89 quotactl:179:60 quotactl_fd:443:443 settimeofday:164:170
    clock_settime:227:112 clock_adjtime:305:266 adjtimex:159:171 sethostname:170:161
    setdomainname:171:162 personality:135:92 iopl:172:0 ioperm:173:0 modify_ldt:154:0
    sync:162:81 syncfs:306:267
"""
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE, _PRCTL, _FCNTL, _PRLIMIT = (56, 220), (157, 167), (72, 25), (302, 261)
_OPEN, _OPENAT, _IOCTL = 2, (257, 56), (16, 29)  # aarch64 has no open
_SOCKETPAIR, _UNIX = (53, 199), 1  # asyncio makes one, for this process alone
_SENDTO = 44, 206
_CLONE3, _OPENAT2, _NEWEST = 435, 437, 450
_THREAD = 0x10400  # CLONE_THREAD, with the same files: they are counted once
_UNNAMED = 0x400000  # O_TMPFILE without its O_DIRECTORY
# O_TRUNC in a file that is not opened for writing: landlock looks at it from version 3.
_MODE_AND_TRUNCATE, _TRUNCATES_UNSEEN = 0x203, (0x200, 0x203)
# F_SETOWN, F_SETSIG, F_SETOWN_EX send signals; F_SETLEASE makes others wait.
_CONTROLS = (8, 10, 15, 1024)
_PROCESS = (PR_SET_PDEATHSIG, PR_SET_DUMPABLE)  # outlive and hide from the grader
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: all that Python asks for.
# Others change attributes of files that are open for reading only.
_REQUESTS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_MASK = 0x54


def missing() -> str:
    """Say what this machine lacks.

    Returns
    -------
    str
        Empty where nothing is missing.
    """
    if platform.machine() not in _ARCHITECTURES or sys.byteorder != "little":
        known = " and ".join(_ARCHITECTURES)
        return f"its filter is known for {known}, not for {platform.machine()}."
    # A filter at address 0 is refused as a bad address only where filters exist.
    LIBC.prctl(PR_SET_SECCOMP, 2, None, 0, 0)
    code = ctypes.get_errno()
    return "" if code == errno.EFAULT else f"seccomp is missing ({os.strerror(code)})."


def restrict() -> None:
    """Put the filter on this process and all threads that it will start."""
    steps = filter_here()
    code = ctypes.create_string_buffer(b"".join(steps), 8 * len(steps))
    head = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    if LIBC.prctl(PR_SET_SECCOMP, 2, head, 0, 0) < 0:
        raise refused("seccomp")


def filter_here() -> tuple[bytes, ...]:
    """Write the filter for this machine.

    Returns
    -------
    tuple of bytes
        As `program` writes it.
    """
    return program(*_ARCHITECTURES[platform.machine()])


@lru_cache
def program(column: int, architecture: int) -> tuple[bytes, ...]:
    """Write the filter; once, as every worker puts on the same.

    Parameters
    ----------
    column : int
        Which of the two numbers of a call holds.
    architecture : int
        What the kernel calls it.

    Returns
    -------
    tuple of bytes
        One instruction each.
    """
    return (
        _step(_LOAD, 4),
        *(_step(_EQUAL, architecture, 1, 0), _step(_RETURN, _KILL)),
        _step(_LOAD, 0),
        # Later calls than these were not looked at, and x32 has numbers of its own.
        *(_step(_AT_LEAST, _NEWEST + 1, 0, 1), _step(_RETURN, _ENOSYS)),
        # Their arguments lie in memory, where a filter cannot look.
        *(*_when(_CLONE3, _ENOSYS), *_when(_OPENAT2, _ENOSYS)),
        *_when_any(_refused_numbers(column), _EPERM),
        *_look(_CLONE[column], 0, _with_bits(_THREAD, _ALLOW), _EPERM),
        *_look(_SOCKETPAIR[column], 0, _when(_UNIX, _ALLOW), _EPERM),
        *_look(_SENDTO[column], 4, _no_address(), _EPERM),
        *_look(_PRLIMIT[column], 0, _when(0, _ALLOW), _EPERM),
        *_look(_PRCTL[column], 0, _when_any(_PROCESS, _EPERM), _ALLOW),
        *_look(_FCNTL[column], 1, _when_any(_CONTROLS, _EPERM), _ALLOW),
        *_look(_OPENAT[column], 2, _open_flags(), _ALLOW),
        *(() if column else _look(_OPEN, 1, _open_flags(), _ALLOW)),
        *_look(_IOCTL[column], 1, _when_any(_REQUESTS, _ALLOW), _EPERM),
        _step(_RETURN, _ALLOW),
    )


def _refused_numbers(column: int) -> tuple[int, ...]:
    lines = [line for line in _REFUSED.splitlines() if "#" not in line]
    calls = [call.split(":") for call in " ".join(lines).split()]
    numbers = (int(call[1 + column]) for call in calls)
    return tuple(filter(None, numbers))


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _when(number: int, action: int) -> list[bytes]:
    return [_step(_EQUAL, number, 0, 1), _step(_RETURN, action)]


def _when_any(values: tuple[int, ...], action: int) -> list[bytes]:
    return [step for value in values for step in _when(value, action)]


def _with_bit(bit: int, action: int) -> list[bytes]:
    return [_step(_HAS_BIT, bit, 0, 1), _step(_RETURN, action)]


def _with_bits(bits: int, action: int) -> list[bytes]:
    return [_step(_MASK, bits), *_when(bits, action)]


def _no_address() -> list[bytes]:
    """Allow what has a null pointer for its fifth argument: both of its halves."""
    upper = 16 + 8 * 4 + 4
    return [_step(_EQUAL, 0, 0, 3), _step(_LOAD, upper), *_when(0, _ALLOW)]


def _open_flags() -> list[bytes]:
    mask = _step(_MASK, _MODE_AND_TRUNCATE)
    return [*_with_bit(_UNNAMED, _EPERM), mask, *_when_any(_TRUNCATES_UNSEEN, _EPERM)]


def _look(number: int, index: int, tests: list[bytes], otherwise: int) -> list[bytes]:
    """Decide on a call by one of its arguments; other calls pass on."""
    return [
        _step(_EQUAL, number, 0, len(tests) + 2),
        _step(_LOAD, 16 + 8 * index),
        *tests,
        _step(_RETURN, otherwise),
    ]

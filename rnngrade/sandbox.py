"""A process gives up everything that a student's code does not need.

``enter`` is called by the worker on itself, before any student code. Afterwards the
process, and every thread it starts, can compute and can talk through the pipes that
it already has. It can read the interpreter, its standard library and the packages
it was given, and read and write plain files in one folder. It cannot reach the
network, another process, or any other file; it cannot start a process, and it cannot
undo this. Three means of the Linux kernel do it, none of which needs a privilege:

- landlock (Linux 5.13 or newer) for files,
- seccomp, a filter of system calls (x86_64 and aarch64), for all else,
- resource limits, for memory, processor time and the size of files.

This module needs the standard library only, because the worker loads it by its path.
It does not bound wall time, nor how many files are written and how many threads run:
the other side of the pipe watches that. What remains visible: whether a path exists,
and its size.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LIBC = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 22, 24
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 38, 47
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_WRITE_FILE, _REMOVE_FILE, _MAKE_FILE, _TRUNCATE = 1 << 1, 1 << 5, 1 << 8, 1 << 14
# The file rights that each version knows; later ones know more, which is not needed.
_FILE_RIGHTS = {n: (1 << bits) - 1 for n, bits in ((1, 13), (2, 14), (3, 15), (5, 16))}
_TCP = 0b11  # bind and connect, from version 4
_SCOPES = 0b11  # abstract sockets and signals, from version 6


class SandboxUnavailable(RuntimeError):
    """The kernel does not offer what the sandbox is made of."""


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Attributes
    ----------
    memory : int
        Bytes of address space.
    cpu : int
        Seconds of processor time in the worker's whole life.
    file_size : int
        Bytes in one file.
    open_files : int
        Files and pipes that are open at the same time.
    """

    memory: int = 2 << 30
    cpu: int = 900
    file_size: int = 8 << 20
    open_files: int = 64


def enter(packages: Iterable[str], scratch: str, limits: Limits) -> None:
    """Give up all rights but those listed; there is no way back.

    Parameters
    ----------
    packages : iterable of str
        Folders or files that may be read besides the standard library.
    scratch : str
        The one folder in which files may be written. It stays flat.
    limits : Limits
        What the process may use.

    Raises
    ------
    SandboxUnavailable
        If landlock or seccomp is missing; then nothing has been given up.
    """
    check_available()
    limit(limits)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    _restrict_files([*interpreter_files(), *packages], scratch)
    _filter_system_calls()


def check_available() -> None:
    """Make sure that this machine can run the sandbox; nothing is given up.

    Raises
    ------
    SandboxUnavailable
        If it cannot, with what is missing and the remedy.
    """
    missing = [problem for problem in (_no_landlock(), _no_seccomp()) if problem]
    if missing:
        raise SandboxUnavailable(
            f"The sandbox for student code needs landlock and seccomp: "
            f"{' '.join(missing)} Grade on Linux 5.13 or newer with the boot option "
            "`lsm=landlock,…` (on macOS and Windows: in a Linux virtual machine or "
            "WSL2), or, only if you trust every student in the class, set "
            "`c.Grade.trusted_classroom = True` in nbgrader_config.py."
        )


def limit(limits: Limits) -> None:
    """Set the resource limits alone.

    Parameters
    ----------
    limits : Limits
        What the process may use.
    """
    for name, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu + 1),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(name)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    # The soft limit comes first and sends a signal of its own, which tells why.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (min(limits.cpu, hard), hard))


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends.

    Parameters
    ----------
    parent : int
        Process id of the parent; if it is gone already, this process ends now.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def interpreter_files() -> Iterator[str]:
    """List what Python itself reads: standard library and shared libraries.

    Yields
    ------
    str
        Files and folders. Folders of installed packages are not among them, also
        where they lie inside the standard library's folder.
    """
    for folder in _standard_library():
        for name in os.listdir(folder):
            if name not in ("site-packages", "dist-packages"):
                yield os.path.join(folder, name)
    multiarch = sysconfig.get_config_var("MULTIARCH") or "none"
    yield from (f"/lib/{multiarch}", f"/usr/lib/{multiarch}", "/etc/ld.so.cache")
    yield "/dev/urandom"
    for folder in {"/lib64", "/usr/lib64", sysconfig.get_config_var("LIBDIR") or ""}:
        if os.path.isdir(folder):
            names = (name for name in os.listdir(folder) if ".so" in name)
            yield from (os.path.join(folder, name) for name in names)


def _standard_library() -> set[str]:
    # Not sys.path: in another program than the worker it leads to everything.
    base = {"platbase": sys.base_exec_prefix}
    folders = {sysconfig.get_path(n, vars=base) for n in ("stdlib", "platstdlib")}
    return set(filter(os.path.isdir, folders))


def landlock_version() -> int:
    """Ask the kernel for its version of landlock.

    Returns
    -------
    int
        1 or more; less than 1 where there is none.
    """
    return _LIBC.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)


def _no_landlock() -> str:
    if landlock_version() < 1:
        return f"landlock is missing ({os.strerror(ctypes.get_errno())})."
    return ""


def _no_seccomp() -> str:
    if platform.machine() not in _ARCHITECTURES or sys.byteorder != "little":
        known = " and ".join(_ARCHITECTURES)
        return f"its filter is known for {known}, not for {platform.machine()}."
    # A filter at address 0 is refused as a bad address only where filters exist.
    _LIBC.prctl(_PR_SET_SECCOMP, 2, None, 0, 0)
    code = ctypes.get_errno()
    return "" if code == errno.EFAULT else f"seccomp is missing ({os.strerror(code)})."


def _prctl(*values: int) -> None:
    words = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:5]]
    if _LIBC.prctl(*words) < 0:
        raise _refused("prctl", values[0])


def _refused(call: str, detail: object = "") -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"{call} {detail}: {os.strerror(code)}")


# Capabilities ------------------------------------------------------------------


def _drop_capabilities() -> None:
    _LIBC.prctl(_PR_CAP_AMBIENT, 4, 0, 0, 0)
    number = 0
    # Fails at the first number that is no capability, or at once for an ordinary
    # user, who has none to lose.
    while _LIBC.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    header = struct.pack("<Ii", 0x20080522, 0)
    if _LIBC.capset(header, bytes(24)) < 0:
        raise _refused("capset")


# Files -------------------------------------------------------------------------


def _restrict_files(readable: Iterable[str], scratch: str) -> None:
    version = landlock_version()
    known = _FILE_RIGHTS[max(v for v in _FILE_RIGHTS if v <= version)]
    ruleset = _new_ruleset(version, known)
    for path in readable:
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    for folder in _standard_library():
        _allow(ruleset, folder, _READ_DIR)  # names only: imports look for them
    _allow(ruleset, "/dev/null", _READ_FILE | _WRITE_FILE)
    write = _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _TRUNCATE
    _allow(ruleset, scratch, known & write | _READ_FILE | _READ_DIR)
    if _LIBC.syscall(_LANDLOCK_RESTRICT, ruleset, 0) < 0:
        raise _refused("landlock_restrict_self")
    os.close(ruleset)


def _new_ruleset(version: int, known: int) -> int:
    words = [known]
    if version >= 4:
        words.append(_TCP)
    if version >= 6:
        words.append(_SCOPES)
    attributes = struct.pack(f"<{len(words)}Q", *words)
    size = ctypes.c_size_t(len(attributes))
    ruleset = _LIBC.syscall(_LANDLOCK_CREATE, attributes, size, 0)
    if ruleset < 0:
        raise _refused("landlock_create_ruleset")
    return ruleset


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what cannot be opened now cannot be opened later either
    try:
        if not os.path.isdir(path):
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE
        rule = struct.pack("<Qi", rights, target)
        if _LIBC.syscall(_LANDLOCK_ADD, ruleset, 1, rule, 0) < 0:
            raise _refused("landlock_add_rule", path)
    finally:
        os.close(target)


# System calls ------------------------------------------------------------------

# Refused calls as name:number on x86_64:number on aarch64 (0: no such call), from
# the kernel's asm/unistd_64.h and asm-generic/unistd.h.
_REFUSED = """
    # network
    socket:41:198 connect:42:203 accept:43:202 accept4:288:242 bind:49:200
    listen:50:201 socketpair:53:199 sendto:44:206 sendmsg:46:211 sendmmsg:307:269
    recvfrom:45:207 recvmsg:47:212 recvmmsg:299:243
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
_CLONE3, _OPENAT2, _NEWEST = 435, 437, 450
_CLONE_THREAD = 0x10000
_UNNAMED = 0x400000  # O_TMPFILE without its O_DIRECTORY
# O_TRUNC in a file that is not opened for writing: landlock looks at it from version 3.
_MODE_AND_TRUNCATE, _TRUNCATES_UNSEEN = 0x203, (0x200, 0x203)
# F_SETOWN, F_SETSIG, F_SETOWN_EX send signals; F_SETLEASE makes others wait.
_CONTROLS = (8, 10, 15, 1024)
_PROCESS = (_PR_SET_PDEATHSIG, 4)  # PR_SET_DUMPABLE hides from the grader
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: all that Python asks for.
# Others change attributes of files that are open for reading only.
_REQUESTS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)

_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_MASK = 0x54


def _filter_system_calls() -> None:
    program = _program(*_ARCHITECTURES[platform.machine()])
    code = ctypes.create_string_buffer(b"".join(program), 8 * len(program))
    head = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    if _LIBC.prctl(_PR_SET_SECCOMP, 2, head, 0, 0) < 0:
        raise _refused("seccomp")


def _program(column: int, architecture: int) -> list[bytes]:
    numbers = _refused_numbers(column)
    return [
        _step(_LOAD, 4),
        *(_step(_EQUAL, architecture, 1, 0), _step(_RETURN, _KILL)),
        _step(_LOAD, 0),
        # Later calls than these were not looked at, and x32 has numbers of its own.
        *(_step(_AT_LEAST, _NEWEST + 1, 0, 1), _step(_RETURN, _ENOSYS)),
        # Their arguments lie in memory, where a filter cannot look.
        *(*_when(_CLONE3, _ENOSYS), *_when(_OPENAT2, _ENOSYS)),
        *(step for number in numbers for step in _when(number, _EPERM)),
        *_unless_argument(_CLONE[column], 0, _HAS_BIT, _CLONE_THREAD),
        *_unless_argument(_PRLIMIT[column], 0, _EQUAL, 0),
        *_if_argument(_PRCTL[column], 0, _PROCESS),
        *_if_argument(_FCNTL[column], 1, _CONTROLS),
        *_open_flags(_OPENAT[column], 2),
        *(() if column else _open_flags(_OPEN, 1)),
        *_only_argument(_IOCTL[column], 1, _REQUESTS),
        _step(_RETURN, _ALLOW),
    ]


def _refused_numbers(column: int) -> list[int]:
    lines = [line for line in _REFUSED.splitlines() if "#" not in line]
    calls = [call.split(":") for call in " ".join(lines).split()]
    return [int(call[1 + column]) for call in calls if int(call[1 + column])]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _when(number: int, action: int) -> list[bytes]:
    return [_step(_EQUAL, number, 0, 1), _step(_RETURN, action)]


def _unless_argument(number: int, index: int, test: int, value: int) -> list[bytes]:
    return [
        _step(_EQUAL, number, 0, 4),
        _step(_LOAD, 16 + 8 * index),
        _step(test, value, 1, 0),
        _step(_RETURN, _EPERM),
        _step(_RETURN, _ALLOW),
    ]


def _open_flags(number: int, index: int) -> list[bytes]:
    tests = [
        *(_step(_HAS_BIT, _UNNAMED, 0, 1), _step(_RETURN, _EPERM)),
        _step(_MASK, _MODE_AND_TRUNCATE),
        *(step for value in _TRUNCATES_UNSEEN for step in _when(value, _EPERM)),
    ]
    return [
        _step(_EQUAL, number, 0, len(tests) + 2),
        _step(_LOAD, 16 + 8 * index),
        *tests,
        _step(_RETURN, _ALLOW),
    ]


def _if_argument(number: int, index: int, values: tuple[int, ...]) -> list[bytes]:
    tests = [step for value in values for step in _when(value, _EPERM)]
    return [
        _step(_EQUAL, number, 0, len(tests) + 2),
        _step(_LOAD, 16 + 8 * index),
        *tests,
        _step(_RETURN, _ALLOW),
    ]


def _only_argument(number: int, index: int, values: tuple[int, ...]) -> list[bytes]:
    tests = [step for value in values for step in _when(value, _ALLOW)]
    return [
        _step(_EQUAL, number, 0, len(tests) + 2),
        _step(_LOAD, 16 + 8 * index),
        *tests,
        _step(_RETURN, _EPERM),
    ]

"""Which system calls the sandbox refuses, as a seccomp filter; it allows whatever it does not name.

A list of what is refused, not of what is allowed: Python, Node and their libraries use some 200 calls, other ones with each
version. What stands here reaches parts of the kernel that a computation has no use for and that holes were found in:
namespaces, mounts, io_uring, eBPF, keys, other processes, modules, clocks. The walls are the namespaces; this
makes the kernel behind them smaller.
"""

from __future__ import annotations

import errno
import functools
import tempfile
from typing import Any, Final

from schema.errors import SandboxUnavailable

#: Answered with EPERM.
REFUSED: Final = (
    # network: there is none, and this says so at once
    "socket",
    # other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd",
    # namespaces and mounts
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "name_to_handle_at", "open_by_handle_at", "quotactl", "swapon", "swapoff",
    # large and young parts of the kernel
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "fanotify_init",
    # keys
    "add_key", "request_key", "keyctl",
    # memory that neither a process nor a folder answers for
    "memfd_create", "memfd_secret", "shmget", "shmat", "semget", "msgget",
    # the machine
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "acct", "syslog",
    "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname", "setdomainname", "vhangup",
    "iopl", "ioperm", "modify_ldt", "move_pages", "migrate_pages", "mbind", "set_mempolicy", "lookup_dcookie",
)  # fmt: skip
#: clone's flags that make a namespace; linux/sched.h.
_NAMESPACE_FLAGS: Final = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
#: ioctl requests that type into a terminal; asm-generic/ioctls.h.
_TYPING: Final = (0x5412, 0x541C)


@functools.cache
def filter_program() -> bytes:
    """Give the filter as the kernel takes it (an array of sock_filter); raise SandboxUnavailable without libseccomp."""
    seccomp = _seccomp()
    made = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    refused = seccomp.ERRNO(errno.EPERM)
    for name in REFUSED:
        if _is_known(seccomp, name):
            made.add_rule(refused, name)
    for flag in _NAMESPACE_FLAGS:
        made.add_rule(refused, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    # Its flags stand in memory, where a filter cannot look. ENOSYS lets libraries fall back to clone.
    made.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for request in _TYPING:
        made.add_rule(refused, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, 0xFFFFFFFF, request))
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read()


def _seccomp() -> Any:
    # Here and not above: it looks for libseccomp when it is imported, and a machine without it has all other blocks.
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise SandboxUnavailable(f"Code cannot be run here: libseccomp is missing ({error}).") from error
    return pyseccomp


def _is_known(seccomp: Any, name: str) -> bool:
    """Say whether this libseccomp has heard of a call; an older one lacks the youngest, and so does its kernel."""
    try:
        return bool(seccomp.resolve_syscall(seccomp.system_arch(), name) is not None)
    except ValueError:
        return False

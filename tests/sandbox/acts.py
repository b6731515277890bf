"""The acts that code in the sandbox must not be able to do: each is Python whose last line tells whether it could; no test is here.

`{pid}`, `{home}`, `{file}`, `{port}` and `{sys_NAME}` (the number of a system call) are filled in by the tests.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """Something to try. Its last line gives True where it worked."""

    name: str
    code: str
    #: What proves that the act works at all: "outside" (a plain process), "root" (a plain process, as root only), "unfiltered"
    #: (the sandbox without its system call filter), "namespace" (a user and mount namespace), or why there is none.
    control: str = "outside"


CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    found = libc.syscall(*arguments)
    return found if found >= 0 else -ctypes.get_errno()
"""

SOCKET = """
import socket
def can(family, kind=socket.SOCK_STREAM, protocol=0):
    try:
        socket.socket(family, kind, protocol).close()
    except OSError:
        return False
    return True
"""

WRITE = """
import os, sys
def can(*paths):
    for path in paths:
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
            return True
        except OSError:
            pass
    return False
"""

READ = """
import os
def can(path):
    try:
        return len(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(10)) > 0
    except OSError:
        return False
"""

ACTS = (
    # what is there to read
    Act("env", "import os\nos.environ.get('DRYSTONE_KEYS') == 'canary'"),
    Act("env-of-others", READ + "can('/proc/{pid}/environ')"),
    Act("proc-of-others", READ + "can('/proc/{pid}/cmdline')"),
    Act("root-of-others", READ + "can('/proc/{pid}/root/')"),
    Act("etc", READ + "can('/etc/passwd')"),
    Act("etc-folder", READ + "can('/etc')"),
    Act("checkout", READ + "can('{file}')"),
    Act("home", "import os\n'{kept}' in os.listdir('{home}')", "root"),
    Act("var", READ + "can('/var/lib')"),
    Act("sys", READ + "can('/sys/kernel')"),
    Act("memory-of-the-kernel", "len(open('/proc/kcore', 'rb').read(4)) == 4", "none: not every kernel shows it"),
    Act("cgroup", READ + "can('/sys/fs/cgroup')"),
    Act("inherited-environment", "import os\nos.environ.get('LD_PRELOAD', os.environ.get('PYTHONPATH')) is not None"),
    # network, by each family
    Act("tcp", SOCKET + "can(socket.AF_INET)"),
    Act("udp", SOCKET + "can(socket.AF_INET, socket.SOCK_DGRAM)"),
    Act("tcp6", SOCKET + "can(socket.AF_INET6)"),
    Act("unix", SOCKET + "can(socket.AF_UNIX)"),
    Act("netlink", SOCKET + "can(socket.AF_NETLINK, socket.SOCK_RAW)"),
    Act("raw", SOCKET + "can(socket.AF_INET, socket.SOCK_RAW, 1)", "root"),
    Act("packet", SOCKET + "can(socket.AF_PACKET, socket.SOCK_RAW)", "root"),
    Act("alg", SOCKET + "can(socket.AF_ALG, socket.SOCK_SEQPACKET)", "none: not every kernel has it"),
    Act("vsock", SOCKET + "can(40)", "none: not every kernel has it"),
    Act("connect", "import socket\nsocket.create_connection(('127.0.0.1', {port}), 2) is not None"),
    # the kernel
    Act("unshare", CALL + "call({sys_unshare}, 0x10000000) == 0"),
    Act("unshare-network", CALL + "call({sys_unshare}, 0x40000000) == 0", "namespace"),
    Act(
        "clone-a-namespace",
        CALL + "import os\nchild = call({sys_clone}, 0x10000000 | 17, 0, 0, 0, 0)\n"
        "os._exit(0) if child == 0 else None\nchild > 0",
    ),
    Act("setns", CALL + "import os\ncall({sys_setns}, os.open('/proc/self/ns/uts', os.O_RDONLY), 0) == 0", "namespace"),
    Act("ptrace", CALL + "call({sys_ptrace}, 0, 0, 0, 0) == 0"),
    Act("mount", CALL + "call({sys_mount}, b'none', b'/tmp', b'tmpfs', 0, None) == 0", "namespace"),
    Act("open-tree", CALL + "call({sys_open_tree}, -100, b'/', 0x8001) >= 0", "namespace"),
    Act("chroot", "import os\nos.chroot('/usr') is None", "namespace"),
    Act("io-uring", CALL + "call({sys_io_uring_setup}, 4, (ctypes.c_char * 128)()) != -1", "unfiltered"),
    Act("keyctl", CALL + "call({sys_keyctl}, 0, -3, 1) != -1", "unfiltered"),
    Act("bpf", CALL + "call({sys_bpf}, 0, (ctypes.c_char * 128)(), 128) not in (-1,)", "root"),
    Act("perf", CALL + "call({sys_perf_event_open}, (ctypes.c_char * 128)(), 0, -1, -1, 0) not in (-1, -13)", "root"),
    Act("userfaultfd", CALL + "call({sys_userfaultfd}, 1) >= 0", "root"),
    Act("memfd", CALL + "call({sys_memfd_create}, b'x', 0) >= 0"),
    Act("shared-memory", CALL + "call({sys_shmget}, 0, 4096, 0o1600) >= 0"),
    Act("read-other-memory", CALL + "call({sys_process_vm_readv}, 1, None, 0, None, 0, 0) != -1", "unfiltered"),
    Act("kernel-log", CALL + "call({sys_syslog}, 10, None, 0) >= 0", "root"),
    Act("host-name", CALL + "call({sys_sethostname}, b'x', 1) == 0", "namespace"),
    Act("set-clock", CALL + "call({sys_clock_settime}, 0, None) != -1", "unfiltered"),
    # who one is
    Act("setuid", "import os\nos.setuid(0) is None", "root"),
    Act("capabilities", "open('/proc/self/status').read().count('CapEff:\\t0000000000000000') == 0", "root"),
    Act(
        "setuid-program",
        "import os, shutil, subprocess\nshutil.copy('/usr/bin/env', './copy')\nos.chmod('./copy', 0o4755)\n"
        "open('/proc/self/status').read().count('NoNewPrivs:\\t0') == 1",
    ),
    Act("signal-the-worker", "import os\nos.kill({pid}, 0) is None"),
    # what is there to write
    Act("interpreter", WRITE + "can(sys.executable, os.path.realpath(sys.executable), os.__file__)", "root"),
    Act("system", WRITE + "can('/usr/bin/env', '/bin/sh', '/usr/lib/os-release')", "root"),
    Act("own-script", WRITE + "can('/sandbox/inside.py', '/sandbox/request.json')", "none: there is none outside"),
    Act("root-folder", "import os\nopen('/drystone-test', 'w').close() or os.unlink('/drystone-test') is None", "root"),
    Act("dev-folder", "import os\nopen('/dev/drystone-test', 'w').close() or os.unlink('/dev/drystone-test') is None", "root"),
    Act("kernel-settings", WRITE + "can('/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches')", "root"),
    Act("sysrq", WRITE + "can('/proc/sysrq-trigger')", "none: not every kernel has it"),
    Act(
        "devices",
        "import os\nany(os.path.exists(f'/dev/{{name}}') for name in ('mem', 'kmsg', 'fuse', 'loop0', 'vda', 'sda'))",
        "none: each machine has others",
    ),
    Act("mknod", "import os\nos.mknod('./device', 0o20600, os.makedev(1, 3)) is None", "root"),
    Act("bind-mount", CALL + "call({sys_mount}, b'/usr', b'/tmp', None, 4096, None) == 0", "namespace"),
)  # fmt: skip

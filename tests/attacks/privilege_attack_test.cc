// No more rights, no other processes, no terminal.
#include <sys/personality.h>

#include <fstream>

#include "tests/attacks/attack_harness.h"

namespace inhouse {
namespace {

using testing::AttackTest;
using testing::Describe;

class PrivilegeAttackTest : public AttackTest {};

TEST_F(PrivilegeAttackTest, UidIsNeverZeroHereOrOutside) {
  EXPECT_EQ(Attack("os.getresuid(), os.getresgid()").display,
            "((1000, 1000, 1000), (1000, 1000, 1000))");
  EXPECT_EQ(Attack("[g for g in os.getgroups() if g not in (1000, 65534)]").display, "[]");
  const auto sandbox = StartSandbox(testing::SmallPolicy());
  ASSERT_TRUE(sandbox.ok());
  const std::string pid = std::to_string(sandbox->process.init_pid);
  std::ifstream status("/proc/" + pid + "/task/" + pid + "/status");
  std::string line;
  while (std::getline(status, line) && !line.starts_with("Uid:")) continue;
  EXPECT_TRUE(line.starts_with("Uid:")) << "as the host sees it";
  EXPECT_EQ((line + "\t").find("\t0\t"), std::string::npos) << line;
}

// Whoever starts us without a random layout of memory does not pass that on.
TEST(InheritedAttackTest, TheLayoutOfMemoryIsRandom) {
  const int own = ::personality(0xFFFFFFFF);
  ::personality(static_cast<unsigned long>(own) | ADDR_NO_RANDOMIZE);
  const auto kernel = testing::Start(testing::SmallPolicy());
  ::personality(static_cast<unsigned long>(own));
  EXPECT_EQ(testing::RunCell(*kernel, "open('/proc/self/personality').read()").display,
            "'00000000\\n'");
}

TEST_F(PrivilegeAttackTest, WhatOfTheMachineProcTellsIsCovered) {
  for (const char* file : {"keys", "key-users", "cmdline", "interrupts"})
    ExpectRefused("open('/proc/" + std::string(file) + "').read()");
}

// A cell can write to the memory of the sandbox's pid 1: it must have no more
// rights than the cell itself.
TEST_F(PrivilegeAttackTest, TheSandboxsInitHasNoMoreRightsThanACell) {
  const CellResult result = Attack(R"(
s = dict(l.split(':', 1) for l in open('/proc/1/status') if ':' in l)
rights = [int(s[k], 16) for k in ('CapEff', 'CapPrm', 'CapInh', 'CapAmb', 'CapBnd')]
try:
    same = [os.stat('/proc/1/ns/' + n).st_ino == os.stat('/proc/self/ns/' + n).st_ino
            for n in ('user', 'mnt', 'pid', 'net', 'ipc', 'uts')]
    files = sorted({os.readlink('/proc/1/fd/' + fd).split(':')[0] for fd in os.listdir('/proc/1/fd')})
except PermissionError:  # Landlock: it cannot be looked at
    same, files = [True], ['/dev/null', 'anon_inode', 'pipe']
(rights, s['NoNewPrivs'].strip(), s['Seccomp'].strip(), all(same), files))");
  EXPECT_EQ(result.display,
            "([0, 0, 0, 0, 0], '1', '2', True, ['/dev/null', 'anon_inode', 'pipe'])")
      << Describe(result);
}

TEST_F(PrivilegeAttackTest, BecomingAnotherUserIsRefused) {
  for (const char* call : {"os.setuid(0)", "os.seteuid(0)", "os.setgid(0)", "os.setresuid(0, 0, 0)",
                           "os.setgroups([0])", "os.setuid(65534)"}) {
    ExpectRefused(call);
  }
}

TEST_F(PrivilegeAttackTest, NoCapabilitiesAndNoNewPrivileges) {
  const CellResult result = Attack(
      "s = dict(l.split(':', 1) for l in open('/proc/self/status') if ':' in l)\n"
      "[int(s[k], 16) for k in ('CapEff', 'CapPrm', 'CapInh', 'CapAmb', 'CapBnd')], "
      "s['NoNewPrivs'].strip(), s['Seccomp'].strip()");
  EXPECT_EQ(result.display, "([0, 0, 0, 0, 0], '1', '2')") << Describe(result);
}

TEST_F(PrivilegeAttackTest, SetUidProgramsGiveNothing) {
  const CellResult result = Attack(
      "import subprocess\n"
      "[subprocess.run(c, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0\n"
      " for c in (['su', '-c', 'id'], ['mount', '-t', 'tmpfs', 'x', '/work'])]");
  EXPECT_EQ(result.display, "[False, False]") << Describe(result);
}

TEST_F(PrivilegeAttackTest, SetUidBitsCannotBeMade) {
  Attack("open('tool', 'w').close()");
  ExpectRefused("os.chmod('tool', 0o4755)");
  ExpectRefused("os.chmod('tool', 0o2755)");
  ExpectRefused("os.fchmod(os.open('tool', os.O_RDONLY), 0o4755)");
  ExpectRefused("syscall(268, -100, b'tool', 0o4755)");     // fchmodat
  ExpectRefused("syscall(452, -100, b'tool', 0o4755, 0)");  // fchmodat2
  EXPECT_EQ(Attack("oct(os.stat('tool').st_mode & 0o6000)").display, "'0o0'");
}

TEST_F(PrivilegeAttackTest, NewNamespacesAreRefused) {
  for (const char* call : {
           "syscall(272, 0x10000000)",                  // unshare user
           "syscall(272, 0x00020000)",                  // unshare mount
           "syscall(272, 0x40000000)",                  // unshare network
           "syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",  // clone with a user namespace
           "syscall(56, 0x20000000 | 17, 0, 0, 0, 0)",  // clone with a pid namespace
           "syscall(308, os.open('/proc/self/ns/user', os.O_RDONLY), 0)",  // setns
       }) {
    ExpectRefused(call);
  }
  EXPECT_EQ(Attack("refused(lambda: syscall(435, b'x' * 88, 88))").display, "'refused: ENOSYS'")
      << "clone3, whose flags the filter cannot see";
}

TEST_F(PrivilegeAttackTest, MountingIsRefused) {
  for (const char* call : {
           "syscall(165, b'tmpfs', b'/work', b'tmpfs', 0, 0)",  // mount
           "syscall(165, 0, b'/usr', 0, 4096 | 32, 0)",         // remount writable
           "syscall(166, b'/work', 0)",                         // umount2
           "syscall(428, -100, b'/', 1)",                       // open_tree
           "syscall(429, 3, b'', -100, b'/work', 4)",           // move_mount
           "syscall(430, b'tmpfs', 0)",                         // fsopen
           "syscall(442, -100, b'/', 0, b'x' * 32, 32)",        // mount_setattr
       }) {
    ExpectRefused(call);
  }
}

TEST_F(PrivilegeAttackTest, OtherProcessesCannotBeTracedOrRead) {
  for (const char* call : {
           "syscall(101, 16, 1, 0, 0)",             // ptrace attach to pid 1
           "syscall(101, 0, 0, 0, 0)",              // ptrace traceme
           "syscall(310, 1, 0, 0, 0, 0, 0)",        // process_vm_readv
           "syscall(311, 1, 0, 0, 0, 0, 0)",        // process_vm_writev
           "syscall(438, os.pidfd_open(1), 0, 0)",  // pidfd_getfd
           "syscall(312, 1, 2, 0, 0, 0)",           // kcmp
       }) {
    ExpectRefused(call);
  }
}

TEST_F(PrivilegeAttackTest, KernelFacilitiesAreRefused) {
  for (const char* call : {
           "syscall(321, 0, b'x' * 128, 128)",           // bpf
           "syscall(425, 8, b'x' * 120)",                // io_uring_setup
           "syscall(323, 0)",                            // userfaultfd
           "syscall(298, b'x' * 120, 0, -1, -1, 0)",     // perf_event_open
           "syscall(250, 0, 0, 0, 0, 0)",                // keyctl
           "syscall(248, b'user', b'a', b'b', 1, -3)",   // add_key
           "syscall(319, b'm', 0)",                      // memfd_create
           "syscall(29, 0, 1 << 20, 0o1600)",            // shmget
           "syscall(135, 0x0040000)",                    // personality
           "syscall(133, b'dev', 0o20600, 259)",         // mknod
           "syscall(304, 3, b'x' * 16, 0)",              // open_by_handle_at
           "syscall(103, 3, 0, 0)",                      // syslog
           "syscall(246, 0, 0, 0, 0)",                   // kexec_load
           "syscall(175, 0, 0, b'')",                    // init_module
           "syscall(169, 0xfee1dead, 672274793, 0, 0)",  // reboot
       }) {
    ExpectRefused(call);
  }
}

TEST_F(PrivilegeAttackTest, ThirtyTwoBitSystemCallsEndTheCaller) {
  // int 0x80 with the 32-bit number of getpid, in a child that may die of it.
  const CellResult result = Attack(R"(
import mmap
code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
pid = os.fork()
if pid == 0:
    call()
    os._exit(0)
os.WIFSIGNALED(os.waitpid(pid, 0)[1]))");
  EXPECT_EQ(result.display, "True") << Describe(result);
}

TEST_F(PrivilegeAttackTest, KillingTheSandboxsInitOrEverybodyHarmsNobodyElse) {
  const CellResult result = Attack(
      "for number in (signal.SIGKILL, signal.SIGTERM):\n"
      "    try: os.kill(1, number)\n"
      "    except PermissionError: pass  # Landlock\n"
      "refused(lambda: os.kill(-1, signal.SIGKILL))\n"
      "os.getppid(), 'alive'");
  EXPECT_EQ(result.display, "(1, 'alive')") << Describe(result);
}

TEST_F(PrivilegeAttackTest, ProcessesOfTheHostCannotBeSignalled) {
  const std::string host = std::to_string(::getpid());
  ExpectRefused("os.kill(" + host + ", 9) if " + host + " > 100 else os.kill(99999, 9)");
  ExpectRefused("os.kill(os.getppid() + 50, 9)");
}

TEST_F(PrivilegeAttackTest, NoTerminalCanBeReached) {
  ExpectRefused("open('/dev/tty')");
  ExpectRefused("os.ttyname(0)");
  // By the filter: what is no terminal would say ENOTTY. TIOCSTI, TIOCLINUX, and TIOCSTI with a
  // high bit, which the kernel ignores.
  for (const char* request : {"0x5412", "0x541C", "0x100005412"}) {
    const std::string call = std::string("syscall(16, 0, ") + request + ", b'x')";
    EXPECT_EQ(Attack("refused(lambda: " + call + ")").display, "'refused: EPERM'") << request;
  }
  EXPECT_EQ(Attack("[os.isatty(fd) for fd in (0, 1, 2)]").display, "[False, False, False]");
}

TEST_F(PrivilegeAttackTest, LimitsCannotBeRaised) {
  const CellResult result = Attack(R"(
import resource
raised = []
for name in ('AS', 'NPROC', 'FSIZE', 'NOFILE', 'CORE', 'CPU'):
    kind = getattr(resource, 'RLIMIT_' + name)
    soft, hard = resource.getrlimit(kind)
    try: resource.setrlimit(kind, (hard + 1, hard + 1))
    except (ValueError, OSError): continue
    raised.append(name)
raised)");
  EXPECT_EQ(result.display, "[]") << Describe(result);
}

}  // namespace
}  // namespace inhouse

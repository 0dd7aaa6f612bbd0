#include "agent/kernel/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};

constexpr int kDenied[] = {SCMP_SYS(ptrace),
                           SCMP_SYS(process_vm_readv),
                           SCMP_SYS(process_vm_writev),
                           SCMP_SYS(pidfd_getfd),
                           SCMP_SYS(process_madvise),
                           SCMP_SYS(kcmp),
                           SCMP_SYS(keyctl),
                           SCMP_SYS(add_key),
                           SCMP_SYS(request_key),
                           SCMP_SYS(bpf),
                           SCMP_SYS(io_uring_setup),
                           SCMP_SYS(io_uring_enter),
                           SCMP_SYS(io_uring_register),
                           SCMP_SYS(userfaultfd),
                           SCMP_SYS(perf_event_open),
                           SCMP_SYS(mount),
                           SCMP_SYS(umount2),
                           SCMP_SYS(pivot_root),
                           SCMP_SYS(chroot),
                           SCMP_SYS(move_mount),
                           SCMP_SYS(open_tree),
                           SCMP_SYS(fsopen),
                           SCMP_SYS(fsmount),
                           SCMP_SYS(fsconfig),
                           SCMP_SYS(fspick),
                           SCMP_SYS(mount_setattr),
                           SCMP_SYS(setns),
                           SCMP_SYS(unshare),
                           SCMP_SYS(mknod),
                           SCMP_SYS(mknodat),
                           SCMP_SYS(personality),
                           SCMP_SYS(shmget),
                           SCMP_SYS(shmat),
                           SCMP_SYS(msgget),
                           SCMP_SYS(semget),
                           SCMP_SYS(mq_open),
                           SCMP_SYS(memfd_create),
                           SCMP_SYS(memfd_secret),
                           SCMP_SYS(kexec_load),
                           SCMP_SYS(kexec_file_load),
                           SCMP_SYS(init_module),
                           SCMP_SYS(finit_module),
                           SCMP_SYS(delete_module),
                           SCMP_SYS(reboot),
                           SCMP_SYS(swapon),
                           SCMP_SYS(swapoff),
                           SCMP_SYS(acct),
                           SCMP_SYS(quotactl),
                           SCMP_SYS(nfsservctl),
                           SCMP_SYS(open_by_handle_at),
                           SCMP_SYS(name_to_handle_at),
                           SCMP_SYS(fanotify_init),
                           SCMP_SYS(lookup_dcookie),
                           SCMP_SYS(settimeofday),
                           SCMP_SYS(clock_settime),
                           SCMP_SYS(adjtimex),
                           SCMP_SYS(clock_adjtime),
                           SCMP_SYS(sethostname),
                           SCMP_SYS(setdomainname),
                           SCMP_SYS(syslog),
                           SCMP_SYS(iopl),
                           SCMP_SYS(ioperm),
                           SCMP_SYS(modify_ldt),
                           SCMP_SYS(vhangup)};

constexpr int kFchmodat2 = 452;  // the same number on every architecture

constexpr unsigned kNamespaceFlags[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                        CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};

// Refuses a call with an errno, always or only if the given argument matches.
bool Deny(scmp_filter_ctx filter, int call, int error_number) {
  if (call < 0) return true;  // unknown on this architecture
  const auto action = SCMP_ACT_ERRNO(static_cast<uint32_t>(error_number));
  return seccomp_rule_add_array(filter, action, call, 0, nullptr) == 0;
}

bool DenyIf(scmp_filter_ctx filter, int call, int error_number, const scmp_arg_cmp& match) {
  if (call < 0) return true;
  const auto action = SCMP_ACT_ERRNO(static_cast<uint32_t>(error_number));
  return seccomp_rule_add_array(filter, action, call, 1, &match) == 0;
}

// Instances and requests that all programs of a user, or of the machine, share in
// small numbers. Libraries take "unknown" for an old kernel and do without.
bool DenySharedCounters(scmp_filter_ctx filter) {
  return Deny(filter, SCMP_SYS(inotify_init), ENOSYS) &&
         Deny(filter, SCMP_SYS(inotify_init1), ENOSYS) && Deny(filter, SCMP_SYS(io_setup), ENOSYS);
}

// All bits of `mask` in the argument have the value `bits`.
scmp_arg_cmp Masked(unsigned argument, uint64_t mask, uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, bits};
}

bool DenyCalls(scmp_filter_ctx filter) {
  for (const int call : kDenied) {
    if (!Deny(filter, call, EPERM)) return false;
  }
  // Answered as unknown, so that libc falls back to a call whose arguments can
  // be examined: clone3 to clone, fchmodat2 (not yet named by libseccomp) to fchmodat.
  return Deny(filter, SCMP_SYS(clone3), ENOSYS) && Deny(filter, kFchmodat2, ENOSYS);
}

bool DenyNamespaceFlags(scmp_filter_ctx filter) {
  for (const unsigned flag : kNamespaceFlags) {
    if (!DenyIf(filter, SCMP_SYS(clone), EPERM, Masked(0, flag, flag))) return false;
  }
  return true;
}

// A lease on a file of the data holds up whoever opens it, for 45 seconds.
bool DenyLeases(scmp_filter_ctx filter) {
  return DenyIf(filter, SCMP_SYS(fcntl), EPERM, Masked(1, 0xFFFFFFFFU, F_SETLEASE));
}

bool DenySockets(scmp_filter_ctx filter) {
  return DenyIf(filter, SCMP_SYS(socket), EAFNOSUPPORT, {0, SCMP_CMP_NE, AF_UNIX, 0});
}

bool DenyModeBits(scmp_filter_ctx filter) {
  for (const uint64_t bit : {uint64_t{S_ISUID}, uint64_t{S_ISGID}}) {
    if (!DenyIf(filter, SCMP_SYS(chmod), EPERM, Masked(1, bit, bit)) ||
        !DenyIf(filter, SCMP_SYS(fchmod), EPERM, Masked(1, bit, bit)) ||
        !DenyIf(filter, SCMP_SYS(fchmodat), EPERM, Masked(2, bit, bit))) {
      return false;
    }
  }
  return true;
}

bool DenyTerminalInjection(scmp_filter_ctx filter) {
  // The kernel looks at the low 32 bits of the request only.
  for (const uint64_t request : {uint64_t{TIOCSTI}, uint64_t{TIOCLINUX}}) {
    if (!DenyIf(filter, SCMP_SYS(ioctl), EPERM, Masked(1, 0xFFFFFFFFU, request))) return false;
  }
  return true;
}

}  // namespace

Result<UniqueFd> CompileSeccompFilter() {
  const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter || !DenyCalls(filter.get()) || !DenyNamespaceFlags(filter.get()) ||
      !DenySockets(filter.get()) || !DenyModeBits(filter.get()) ||
      !DenyTerminalInjection(filter.get()) || !DenySharedCounters(filter.get()) ||
      !DenyLeases(filter.get())) {
    return Error{ErrorKind::kSandbox,
                 "the system-call filter cannot be built: libseccomp refused a rule; "
                 "libseccomp 2.5.4 or newer is needed"};
  }
  UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file.valid() || seccomp_export_bpf(filter.get(), file.get()) != 0 ||
      ::lseek(file.get(), 0, SEEK_SET) != 0) {
    return Error{ErrorKind::kSandbox,
                 "the system-call filter cannot be written: " + ErrnoText(errno)};
  }
  return file;
}

}  // namespace inhouse

#include "agent/kernel/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

using nlohmann::json;

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};

constexpr const char* kDenied[] = {"ptrace",
                                   "process_vm_readv",
                                   "process_vm_writev",
                                   "pidfd_getfd",
                                   "process_madvise",
                                   "kcmp",
                                   "keyctl",
                                   "add_key",
                                   "request_key",
                                   "bpf",
                                   "io_uring_setup",
                                   "io_uring_enter",
                                   "io_uring_register",
                                   "userfaultfd",
                                   "perf_event_open",
                                   "mount",
                                   "umount2",
                                   "pivot_root",
                                   "chroot",
                                   "move_mount",
                                   "open_tree",
                                   "fsopen",
                                   "fsmount",
                                   "fsconfig",
                                   "fspick",
                                   "mount_setattr",
                                   "setns",
                                   "unshare",
                                   "mknod",
                                   "mknodat",
                                   "personality",
                                   "shmget",
                                   "shmat",
                                   "msgget",
                                   "semget",
                                   "mq_open",
                                   "memfd_create",
                                   "memfd_secret",
                                   "kexec_load",
                                   "kexec_file_load",
                                   "init_module",
                                   "finit_module",
                                   "delete_module",
                                   "reboot",
                                   "swapon",
                                   "swapoff",
                                   "acct",
                                   "quotactl",
                                   "nfsservctl",
                                   "open_by_handle_at",
                                   "name_to_handle_at",
                                   "fanotify_init",
                                   "lookup_dcookie",
                                   "settimeofday",
                                   "clock_settime",
                                   "adjtimex",
                                   "clock_adjtime",
                                   "sethostname",
                                   "setdomainname",
                                   "syslog",
                                   "iopl",
                                   "ioperm",
                                   "modify_ldt",
                                   "vhangup"};

constexpr int kFchmodat2 = 452;
constexpr int kQuotactlFd = 443;
constexpr int kOpenTreeAttr = 467;
constexpr uint64_t kSetDelegation = 1024 + 16;  // F_SETDELEG, Linux 6.19
constexpr uint64_t kLow = 0xFFFFFFFFU;          // of an argument that the kernel takes as an int

constexpr uint64_t kNameless = MAP_SHARED | MAP_ANONYMOUS;

constexpr uint64_t kNamespaceFlags[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
                                        CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP};

// All bits of `mask` in the argument have the value `bits`.
SeccompMatch Masked(unsigned argument, uint64_t mask, uint64_t bits) {
  return {argument, mask, bits, false};
}

void AddModeBits(std::vector<SeccompRule>* rules) {
  for (const uint64_t bit : {uint64_t{S_ISUID}, uint64_t{S_ISGID}}) {
    rules->push_back({"chmod", EPERM, {Masked(1, bit, bit)}});
    rules->push_back({"fchmod", EPERM, {Masked(1, bit, bit)}});
    rules->push_back({"fchmodat", EPERM, {Masked(2, bit, bit)}});
  }
}

scmp_arg_cmp Comparison(const SeccompMatch& match) {
  if (match.negated) return {match.argument, SCMP_CMP_NE, match.value, 0};
  return {match.argument, SCMP_CMP_MASKED_EQ, match.mask, match.value};
}

bool Add(scmp_filter_ctx filter, const SeccompRule& rule) {
  const int call = rule.number >= 0 ? rule.number : seccomp_syscall_resolve_name(rule.call.c_str());
  if (call < 0) return true;  // unknown on this architecture
  const auto action = SCMP_ACT_ERRNO(static_cast<uint32_t>(rule.error_number));
  std::vector<scmp_arg_cmp> comparisons;
  comparisons.reserve(rule.matches.size());
  for (const SeccompMatch& match : rule.matches) comparisons.push_back(Comparison(match));
  return seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(comparisons.size()),
                                comparisons.data()) == 0;
}

json MatchJson(const SeccompMatch& match) {
  if (match.negated)
    return {{"index", match.argument}, {"value", match.value}, {"op", "SCMP_CMP_NE"}};
  return {{"index", match.argument},
          {"value", match.mask},
          {"valueTwo", match.value},
          {"op", "SCMP_CMP_MASKED_EQ"}};
}

}  // namespace

std::vector<SeccompRule> SeccompRules() {
  std::vector<SeccompRule> rules;
  rules.reserve(std::size(kDenied) + 32);
  for (const char* call : kDenied) rules.push_back({call, EPERM, {}});
  // Answered as unknown, so that libc falls back to a call whose arguments can
  // be examined: clone3 to clone, fchmodat2 (not yet named by libseccomp) to fchmodat.
  rules.push_back({"clone3", ENOSYS, {}});
  rules.push_back({"fchmodat2", ENOSYS, {}, kFchmodat2});
  // Signals of one's own choice, sent by the kernel: a process could wake itself between two cells.
  rules.push_back({"timer_create", ENOSYS, {}});
  rules.push_back({"fcntl", EPERM, {Masked(1, kLow, F_SETSIG)}});
  // Not yet named by libseccomp either.
  rules.push_back({"quotactl_fd", ENOSYS, {}, kQuotactlFd});
  rules.push_back({"open_tree_attr", ENOSYS, {}, kOpenTreeAttr});
  // Shared memory without a file: its pages stay while one of them is mapped, and count nowhere.
  rules.push_back({"mmap", EPERM, {Masked(3, kNameless, kNameless)}});
  // Instances and requests that all programs of a user, or of the machine, share in
  // small numbers. Libraries take "unknown" for an old kernel and do without.
  for (const char* call : {"inotify_init", "inotify_init1", "io_setup"})
    rules.push_back({call, ENOSYS, {}});
  // A lease on a file of the data holds up whoever opens it, for 45 seconds.
  rules.push_back({"fcntl", EPERM, {Masked(1, kLow, F_SETLEASE)}});
  rules.push_back({"fcntl", EPERM, {Masked(1, kLow, kSetDelegation)}});
  rules.push_back({"socketpair", EAFNOSUPPORT, {SeccompMatch{0, 0, AF_UNIX, true}}});
  for (const uint64_t flag : kNamespaceFlags) {
    rules.push_back({"clone", EPERM, {Masked(0, flag, flag)}});
  }
  rules.push_back({"socket", EAFNOSUPPORT, {SeccompMatch{0, 0, AF_UNIX, true}}});
  AddModeBits(&rules);
  // A core file that the host pipes into a program knows no limit but 1 (root_staging.h).
  rules.push_back({"setrlimit", EPERM, {Masked(0, kLow, RLIMIT_CORE)}});
  rules.push_back(
      {"prlimit64", EPERM, {Masked(1, kLow, RLIMIT_CORE), SeccompMatch{2, 0, 0, true}}});
  // The kernel looks at the low 32 bits of the request only.
  for (const uint64_t request : {uint64_t{TIOCSTI}, uint64_t{TIOCLINUX}}) {
    rules.push_back({"ioctl", EPERM, {Masked(1, kLow, request)}});
  }
  return rules;
}

Result<UniqueFd> CompileSeccompFilter() {
  const std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ALLOW));
  bool built = filter != nullptr;
  for (const SeccompRule& rule : SeccompRules()) built = built && Add(filter.get(), rule);
  if (!built) {
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

json SeccompProfile(const std::vector<SeccompRule>& rules, bool unknown_calls) {
  json calls = json::array();
  for (const SeccompRule& rule : rules) {
    if (rule.error_number == ENOSYS && !unknown_calls) continue;
    json entry = {
        {"names", {rule.call}}, {"action", "SCMP_ACT_ERRNO"}, {"errnoRet", rule.error_number}};
    for (const SeccompMatch& match : rule.matches) entry["args"].push_back(MatchJson(match));
    calls.push_back(std::move(entry));
  }
  return {{"defaultAction", "SCMP_ACT_ALLOW"}, {"syscalls", calls}};
}

}  // namespace inhouse

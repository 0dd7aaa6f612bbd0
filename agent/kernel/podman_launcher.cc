#include "agent/kernel/podman_launcher.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/kernel/sandbox_cgroup.h"
#include "agent/kernel/seccomp_filter.h"
#include "indexer/base/file_io.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;

Status WriteText(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return {};
  return StorageError("cannot write " + path.string() + "; free space is needed there");
}

// Readable for the container's users, whatever our umask.
Status OpenToAll(const fs::path& path, mode_t mode) {
  if (::chmod(path.c_str(), mode) == 0) return {};
  return StorageError("cannot set the rights of " + path.string());
}

Status MakeEntry(const fs::path& root, const SkeletonEntry& entry) {
  std::error_code code;
  const fs::path path = root / entry.path;
  if (!entry.target.empty()) {
    fs::create_symlink(entry.target, path, code);
    return code ? StorageError("cannot link " + path.string() + ": " + code.message()) : Status();
  }
  if (entry.path.back() == '/') return MakeFolder(path);
  RETURN_IF_ERROR(MakeFolder(path.parent_path()));
  return WriteText(path, "");
}

Status MakeSkeleton(const fs::path& root, const std::vector<ReadOnlyMount>& mounts) {
  RETURN_IF_ERROR(MakeFolder(root));
  for (const SkeletonEntry& entry : Skeleton(mounts)) RETURN_IF_ERROR(MakeEntry(root, entry));
  RETURN_IF_ERROR(OpenToAll(root, 0755));
  std::error_code code;
  for (fs::recursive_directory_iterator it(root, code), end; !code && it != end;
       it.increment(code)) {
    if (it->is_symlink(code)) continue;
    RETURN_IF_ERROR(OpenToAll(it->path(), it->is_directory(code) ? 0755 : 0644));
  }
  // A size-limited folder gets the mode of what it covers.
  for (const char* folder : kWritableFolders) {
    const fs::path covered = root / fs::path(folder).relative_path();
    if (fs::exists(covered, code)) RETURN_IF_ERROR(OpenToAll(covered, 0777));
  }
  return {};
}

// crun does not work where both versions of control groups are mounted.
std::string ChooseRuntime() {
  std::error_code code;
  const bool both = fs::exists("/sys/fs/cgroup/unified", code);
  return !both && ::access("/usr/bin/crun", X_OK) == 0 ? "crun" : "runc";
}

Status CheckPaths(const std::vector<ReadOnlyMount>& mounts) {
  for (const ReadOnlyMount& mount : mounts) {
    if ((mount.host.string() + mount.inside).find(':') == std::string::npos) continue;
    return BadInput("the path " + mount.host.string() +
                    " has a colon, which podman does not take; rename it or choose another "
                    "sandbox");
  }
  return {};
}

}  // namespace

Result<PodmanPlan> PreparePodman(const SandboxPolicy& policy, const fs::path& folder,
                                 std::vector<ReadOnlyMount>* mounts, Preparation* preparation) {
  PodmanPlan plan{ChooseRuntime(),
                  folder / "root",
                  folder / "environment",
                  folder / "seccomp",
                  folder / "pid",
                  0,
                  false};
  RETURN_IF_ERROR(MakeSkeleton(plan.root, *mounts));
  ASSIGN_OR_RETURN(const std::string environment, PodmanEnvironment(policy));
  RETURN_IF_ERROR(WriteText(plan.environment, environment));
  RETURN_IF_ERROR(WriteText(plan.seccomp, SeccompProfile(SeccompRules(), true).dump()));
  plan.limits_memory = CgroupCanBeMade();
  if (::geteuid() == 0) {
    mounts->push_back({plan.root, ""});
    ASSIGN_OR_RETURN(preparation->staging, PlanStaging(mounts));
    preparation->staged = preparation->keeps_rights = true;
    plan.root = mounts->back().host;
    mounts->pop_back();
    plan.first_uid = preparation->staging.uid;
  }
  RETURN_IF_ERROR(CheckPaths(*mounts));
  return plan;
}

pid_t ReadContainerPid(const fs::path& file) {
  const Result<std::string> text = ReadFile(file, 64);
  return text.ok() ? static_cast<pid_t>(std::strtol(text->c_str(), nullptr, 10)) : -1;
}

}  // namespace inhouse

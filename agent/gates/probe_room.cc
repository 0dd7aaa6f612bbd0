#include "agent/gates/probe_room.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "indexer/base/file_io.h"

namespace inhouse {

std::string_view ProbeMainText();
std::string_view ProbeRoomText();
std::string_view ProbeReadsText();
std::string_view ProbeFaultsText();
std::string_view ProbeCsvText();
std::string_view ProbeParquetText();
std::string_view ProbeDuckdbText();
std::string_view ProbeFactsText();
std::string_view ProbeRulesText();
std::string_view ProbeJudgeText();

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kNow = "/tmp/inhouse-probe/now";
constexpr const char* kPrograms = "/opt/probe";
constexpr const char* kRealData = "/opt/probe-data";
constexpr int kMaxDepth = 16;

json InvariantJson(const Invariant& invariant) {
  json rule = {{"output", invariant.output}, {"shares", json::array()}};
  const std::pair<const char*, const std::vector<std::string>*> lists[] = {
      {"columns", &invariant.columns},
      {"not_null", &invariant.not_null},
      {"unique", &invariant.unique}};
  for (const auto& [key, list] : lists) {
    if (!list->empty()) rule[key] = *list;
  }
  if (invariant.min_rows) rule["min_rows"] = *invariant.min_rows;
  if (invariant.max_rows) rule["max_rows"] = *invariant.max_rows;
  if (!invariant.validator.empty()) rule["validator"] = invariant.validator;
  for (const ShareBound& share : invariant.shares) {
    rule["shares"].push_back({{"column", share.column},
                              {"value", share.value},
                              {"min", share.least},
                              {"max", share.most}});
  }
  return rule;
}

std::string JobText(const ProbeJob& job, const std::vector<std::string>& files) {
  json invariants = json::array();
  for (const Invariant& invariant : job.options.invariants) {
    invariants.push_back(InvariantJson(invariant));
  }
  const json text = {{"v", 1},
                     {"script", job.script},
                     {"request", job.request},
                     {"files", files},
                     {"invariants", std::move(invariants)},
                     {"seconds", job.options.probe_seconds},
                     {"run_seconds", job.run_seconds},
                     {"most", job.most}};
  return text.dump(-1, ' ', true, json::error_handler_t::replace);
}

// Regular files below the data folder, relative, in order.
Result<std::vector<std::string>> FilesBelow(const fs::path& data) {
  std::vector<std::string> files;
  std::error_code code;
  fs::recursive_directory_iterator it(data, fs::directory_options::skip_permission_denied, code);
  for (; !code && it != fs::recursive_directory_iterator(); it.increment(code)) {
    std::error_code ignored;
    if (it.depth() >= kMaxDepth) it.disable_recursion_pending();
    if (!it->is_regular_file(ignored)) continue;
    files.push_back(it->path().lexically_relative(data).generic_string());
    if (files.size() > kMaxProbedFiles) {
      return BadInput("the data folder " + data.string() + " has more than " +
                      std::to_string(kMaxProbedFiles) + " files");
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Readable for the sandbox's user, whatever our umask.
Status MakePublicFolder(const fs::path& folder) {
  RETURN_IF_ERROR(MakeFolder(folder));
  std::error_code code;
  fs::permissions(folder,
                  fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                      fs::perms::others_read | fs::perms::others_exec,
                  code);
  if (!code) return {};
  return StorageError("cannot set the rights of " + folder.string() + ": " + code.message());
}

// Not durable: it is gone after the probes.
Status WritePublicFile(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) return StorageError("cannot write " + path.string());
  std::error_code code;
  fs::permissions(path, fs::perms::group_read | fs::perms::others_read, fs::perm_options::add,
                  code);
  if (!code) return {};
  return StorageError("cannot set the rights of " + path.string() + ": " + code.message());
}

Status WritePrograms(const fs::path& folder) {
  const std::array<std::pair<const char*, std::string_view>, 10> programs = {
      {{"probe_main.py", ProbeMainText()},
       {"probe_room.py", ProbeRoomText()},
       {"probe_reads.py", ProbeReadsText()},
       {"probe_faults.py", ProbeFaultsText()},
       {"probe_csv.py", ProbeCsvText()},
       {"probe_parquet.py", ProbeParquetText()},
       {"probe_duckdb.py", ProbeDuckdbText()},
       {"probe_facts.py", ProbeFactsText()},
       {"probe_rules.py", ProbeRulesText()},
       {"probe_judge.py", ProbeJudgeText()}}};
  RETURN_IF_ERROR(MakePublicFolder(folder));
  for (const auto& [name, text] : programs) RETURN_IF_ERROR(WritePublicFile(folder / name, text));
  return {};
}

Status MakeView(const std::vector<std::string>& files, const fs::path& folder) {
  RETURN_IF_ERROR(MakePublicFolder(folder));
  for (const std::string& file : files) {
    fs::path made = folder;
    for (const fs::path& part : fs::path(file).parent_path()) {
      made /= part;
      RETURN_IF_ERROR(MakePublicFolder(made));
    }
    std::error_code code;
    fs::create_symlink(fs::path(kNow) / file, folder / file, code);
    if (code) return StorageError("cannot link " + (folder / file).string());
  }
  return {};
}

}  // namespace

fs::path DataFolderOf(const SandboxPolicy& policy) {
  for (const ReadOnlyMount& mount : policy.read_only) {
    if (mount.inside == SandboxPolicy::kData) return mount.host;
  }
  return {};
}

Result<std::optional<SandboxPolicy>> MakeProbeRoom(const SandboxPolicy& policy, const ProbeJob& job,
                                                   const fs::path& folder) {
  const fs::path data = DataFolderOf(policy);
  if (data.empty()) return std::optional<SandboxPolicy>();
  ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesBelow(data));
  if (files.empty()) return std::optional<SandboxPolicy>();
  RETURN_IF_ERROR(MakePublicFolder(folder));
  RETURN_IF_ERROR(WritePrograms(folder / "program"));
  RETURN_IF_ERROR(WritePublicFile(folder / "program" / "job.json", JobText(job, files)));
  RETURN_IF_ERROR(MakeView(files, folder / "view"));
  SandboxPolicy probed = policy;
  for (ReadOnlyMount& mount : probed.read_only) {
    if (mount.inside == SandboxPolicy::kData) mount.host = folder / "view";
  }
  probed.read_only.push_back({data, kRealData});
  probed.read_only.push_back({folder / "program", kPrograms});
  return std::optional(std::move(probed));
}

}  // namespace inhouse

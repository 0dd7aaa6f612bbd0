// Every attack of cells/ in the real kernel, judged from outside: by what became
// of the host (HostWitness) and by what came out, never by what the cell says.
//
// As proof that the judge sees, attacks marked `control: breach` also run
// unconfined, where each must succeed.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <regex>
#include <thread>

#include "tests/attacks/attack_cells.h"
#include "tests/attacks/attack_harness.h"
#include "tests/attacks/host_witness.h"

namespace inhouse {
namespace {

using std::chrono::milliseconds;
using testing::AttackCell;
using testing::Describe;
using testing::HostWitness;
using testing::RunCell;
using testing::TempDir;
using Breaches = std::vector<std::string>;

// Grace, a new interpreter and its rebuilt state, on a machine that does much else.
constexpr std::chrono::seconds kRestart{90};

// Beside those of the harness: attempt() gives what an action returned, or how it was refused.
constexpr const char* kMoreHelpers = R"(
def attempt(action):
    try: return action()
    except OSError as error: return 'refused: ' + errno.errorcode.get(error.errno, str(error))
    except (ValueError, OverflowError, KeyError) as error: return f'refused: {error}'

def names(folder):
    try: return sorted(os.listdir(folder))
    except OSError: return []

confined = os.path.isdir('/opt/inhouse')

# Unconfined, nobody but the victim is looked at.
def pids(): return [n for n in names('/proc') if n.isdigit()] if confined else [HOST['victim']]

def fd_is(fd, kind):
    try: return kind(os.fstat(fd).st_mode)
    except OSError: return False

def fd_is_file(fd): return fd_is(fd, stat.S_ISREG)
def fd_is_socket(fd): return fd_is(fd, stat.S_ISSOCK)
)";

SandboxPolicy PolicyOf(const std::string& family, const HostWitness& host) {
  SandboxPolicy policy = testing::SmallPolicy();
  policy.read_only = {{host.data(), SandboxPolicy::kData}};
  if (family == "resources") {
    policy.limits.memory_bytes = int64_t{512} << 20;
    policy.limits.total_memory_bytes = int64_t{300} << 20;
    policy.limits.files = 2000;
  }
  return policy;
}

std::string AllText(const CellResult& result, const std::vector<LiveName>& names) {
  std::string all = result.output + "\n" + result.display + "\n" + result.error_type + "\n" +
                    result.error_message + "\n" + result.traceback + "\n";
  for (const std::string& warning : result.warnings) all += warning + "\n";
  for (const Figure& figure : result.figures) all += figure.name + "\n" + figure.png + "\n";
  for (const LiveName& name : names) {
    if (name.name != "HOST") all += name.name + " " + name.type + " " + name.detail + "\n";
  }
  return all;
}

// Bytes that steer a terminal, and characters that turn the direction of text.
Breaches ControlsIn(const std::string& text) {
  Breaches found;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
      found.push_back("control byte " + std::to_string(c));
    if (c == 0xC2 && next >= 0x80 && next < 0xA0) found.emplace_back("C1 control");
  }
  for (const char* turn : {"\u202e", "\u202d", "\u2066", "\u2067"}) {
    if (text.find(turn) != std::string::npos) found.emplace_back("text that runs backwards");
  }
  return found;
}

class CellAttackTest : public ::testing::TestWithParam<std::string> {
 protected:
  CellAttackTest()
      : kernel_(
            testing::Start(PolicyOf(GetParam(), host_),
                           [](std::string_view name, std::string_view) { return Answer(name); })) {
    Prepare();
  }

  // As the agent's own answers: what is not known is refused.
  static Result<std::string> Answer(std::string_view name) {
    if (name == "find_api" || name == "show_api") return std::string("no such API");
    return BadInput("unknown question");
  }

  void Prepare() {
    RunCell(*kernel_, testing::AttackTest::kHelpers);
    RunCell(*kernel_, kMoreHelpers);
    RunCell(*kernel_, host_.AsPython());
  }

  void Attack(const AttackCell& cell) {
    SCOPED_TRACE(cell.family + "/" + cell.name + ": never " + cell.never);
    if (cell.may_end) Restart();
    const milliseconds deadline(cell.deadline_ms);
    const auto started = std::chrono::steady_clock::now();
    const CellResult result = RunCell(*kernel_, cell.code, deadline);
    EXPECT_LT(std::chrono::steady_clock::now() - started, deadline + kRestart) << Describe(result);
    EXPECT_TRUE(cell.may_end || result.outcome == CellOutcome::kOk)
        << "the attack itself is broken\n"
        << Describe(result);
    EXPECT_TRUE(cell.says.empty() || std::regex_match(result.display, std::regex(cell.says)))
        << Describe(result);
    for (int i = 0; i < cell.copies; ++i) CopyOut();
    const auto names = kernel_->Names();
    ASSERT_TRUE(names.ok()) << names.error().message;
    const std::string seen = AllText(result, *names);
    EXPECT_EQ(host_.Breaches(seen), Breaches{}) << Describe(result);
    EXPECT_EQ(ControlsIn(seen), Breaches{});
    EXPECT_LT(seen.size(), size_t{1} << 20);
    if (cell.may_end || cell.copies > 1) Restart();
    EXPECT_EQ(RunCell(*kernel_, "6 * 7").display, "42") << "the session did not go on";
  }

  void Restart() {
    ASSERT_TRUE(kernel_->Restart().ok());
    Prepare();
  }

  void CopyOut() {
    const TempDir folder;
    CopyLimits limits;
    limits.total_bytes = 1 << 20;
    const auto report = kernel_->CopyWork(folder.path() / "out", limits);
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_EQ(host_.BreachesIn(folder.path()), Breaches{});
    std::string listed;
    for (const std::string& line : report->skipped) listed += line + "\n";
    EXPECT_EQ(ControlsIn(listed), Breaches{});
  }

  HostWitness host_;
  std::unique_ptr<PythonKernel> kernel_;
};

TEST_P(CellAttackTest, NothingHappensToTheHost) {
  for (const AttackCell& cell : testing::LoadAttackCells(GetParam())) Attack(cell);
  kernel_.reset();
  EXPECT_EQ(host_.MarkedProcesses(), 0) << "processes outlived the kernel";
  EXPECT_EQ(host_.Breaches(""), Breaches{});
}

INSTANTIATE_TEST_SUITE_P(Families, CellAttackTest, ::testing::ValuesIn(testing::AttackFamilies()),
                         [](const auto& family) { return family.param; });

// Runs a cell in a plain Python of this machine, as a kernel would show it.
std::string RunUnconfined(const HostWitness& host, const AttackCell& cell) {
  static constexpr const char* kDriver = R"(
import ast, sys
tree, space = ast.parse(open(sys.argv[1]).read()), {'__name__': '__main__'}
last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
exec(compile(tree, 'cell', 'exec'), space)
if last: print(repr(eval(compile(ast.Expression(last.value), 'cell', 'eval'), space)))
)";
  const TempDir folder;
  const std::string file =
      folder
          .Write("cell.py", std::string(testing::AttackTest::kHelpers) + kMoreHelpers +
                                host.AsPython() + "\n" + cell.code)
          .string();
  const std::string driver = folder.Write("driver.py", kDriver).string();
  const std::string command = "cd " + folder.path().string() + " && exec /usr/bin/python3 -I " +
                              driver + " " + file + " 2>&1 </dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char buffer[4096];
  for (size_t n; (n = ::fread(buffer, 1, sizeof(buffer), pipe)) > 0;) text.append(buffer, n);
  ::pclose(pipe);
  return text;
}

// What was done to another process shows when it is that process's turn to run.
Breaches BreachesInTime(const HostWitness& host, const std::string& said) {
  Breaches found = host.Breaches(said);
  for (int waits = 0; found.empty() && waits < 200; ++waits) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    found = host.Breaches(said);
  }
  return found;
}

TEST(AttackControlTest, UnconfinedTheSameCellsSucceedAndAreSeen) {
  int controls = 0;
  for (const std::string& family : testing::AttackFamilies()) {
    for (const AttackCell& cell : testing::LoadAttackCells(family)) {
      if (!cell.control) continue;
      const HostWitness host;
      const std::string said = RunUnconfined(host, cell);
      EXPECT_NE(BreachesInTime(host, said), Breaches{}) << family << "/" << cell.name << "\n"
                                                        << said;
      ++controls;
    }
  }
  EXPECT_GE(controls, 50);
}

// The table of README.md is the list of what is run.
TEST(AttackListTest, ReadmeNamesEveryAttack) {
  const std::string readme = testing::ReadAll(INHOUSE_SOURCE_DIR "/tests/attacks/README.md");
  size_t count = 0;
  for (const std::string& family : testing::AttackFamilies()) {
    const auto cells = testing::LoadAttackCells(family);
    std::string row = "| " + family + " | " + std::to_string(cells.size()) + " | ";
    for (const AttackCell& cell : cells) row += (&cell == &cells[0] ? "" : ", ") + cell.name;
    EXPECT_NE(readme.find(row + " |\n"), std::string::npos) << row << " |";
    count += cells.size();
  }
  EXPECT_GE(count, 80U);
  EXPECT_NE(readme.find("**" + std::to_string(count) + " attacks**"), std::string::npos) << count;
}

}  // namespace
}  // namespace inhouse

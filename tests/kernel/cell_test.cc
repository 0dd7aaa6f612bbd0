// What a cell shows, says and leaves: the ordinary life of the kernel.
#include <filesystem>

#include "tests/kernel/kernel_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::Start;
using testing::TempDir;

// One kernel serves the tests that leave it as they found it.
class CellTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { kernel_ = Start(SmallPolicy()).release(); }
  static void TearDownTestSuite() {
    delete kernel_;
    kernel_ = nullptr;
  }
  static PythonKernel* kernel_;
};
PythonKernel* CellTest::kernel_ = nullptr;

TEST_F(CellTest, StateLivesFromCellToCell) {
  EXPECT_EQ(RunCell(*kernel_, "import math\nx = 20\ndef twice(n): return 2 * n").outcome,
            CellOutcome::kOk);
  const CellResult result = RunCell(*kernel_, "twice(x) + math.floor(2.5)");
  EXPECT_EQ(result.outcome, CellOutcome::kOk) << Describe(result);
  EXPECT_EQ(result.display, "42");
  EXPECT_FALSE(result.state_lost);
}

TEST_F(CellTest, ErrorHasTypeMessageLineAndTheCellsOwnSource) {
  const CellResult result = RunCell(*kernel_, "a = {}\nb = 1\na['purch_freq']\n");
  EXPECT_EQ(result.outcome, CellOutcome::kError);
  EXPECT_EQ(result.error_type, "KeyError");
  EXPECT_EQ(result.error_message, "'purch_freq'");
  EXPECT_EQ(result.error_line, 3);
  EXPECT_NE(result.traceback.find("a['purch_freq']"), std::string::npos) << result.traceback;
  EXPECT_EQ(result.traceback.find("kernel_main"), std::string::npos) << result.traceback;
}

TEST_F(CellTest, ErrorInsideAFunctionOfAnEarlierCellNamesBothPlaces) {
  RunCell(*kernel_, "def fail(n):\n    return 1 // n\n");
  const CellResult result = RunCell(*kernel_, "x = 1\nfail(0)");
  EXPECT_EQ(result.error_type, "ZeroDivisionError");
  EXPECT_EQ(result.error_line, 2);
  EXPECT_NE(result.traceback.find("return 1 // n"), std::string::npos) << result.traceback;
  EXPECT_NE(result.traceback.find("fail(0)"), std::string::npos) << result.traceback;
}

TEST_F(CellTest, WhatCausedAnErrorAndItsNotesAreSaid) {
  const CellResult result = RunCell(*kernel_,
                                    "try:\n"
                                    "    {}['purch_freq']\n"
                                    "except KeyError as error:\n"
                                    "    wrong = ValueError('no such feature')\n"
                                    "    wrong.add_note('known: avg_ov')\n"
                                    "    raise wrong from error\n");
  EXPECT_EQ(result.error_message, "no such feature");
  EXPECT_NE(result.traceback.find("ValueError: no such feature\n  known: avg_ov\n"
                                  "  caused by KeyError: 'purch_freq'\n"),
            std::string::npos)
      << result.traceback;
  const CellResult group =
      RunCell(*kernel_, "raise ExceptionGroup('two', [ValueError('a'), TypeError('b')])");
  EXPECT_NE(group.traceback.find("in the group: TypeError: b"), std::string::npos)
      << group.traceback;
}

TEST_F(CellTest, SyntaxErrorHasItsLine) {
  const CellResult result = RunCell(*kernel_, "x = 1\ny = = 2\n");
  EXPECT_EQ(result.outcome, CellOutcome::kError);
  EXPECT_EQ(result.error_type, "SyntaxError");
  EXPECT_EQ(result.error_line, 2);
}

TEST_F(CellTest, OutputOfBothStreamsIsCollectedInOrder) {
  const CellResult result =
      RunCell(*kernel_, "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')");
  EXPECT_EQ(result.output, "one\ntwo\nthree\n");
  EXPECT_EQ(result.output_bytes, 14);
}

TEST_F(CellTest, OutputOfSubprocessesIsCollected) {
  const CellResult result =
      RunCell(*kernel_, "import subprocess\nsubprocess.run(['echo', 'from outside']).returncode");
  EXPECT_EQ(result.output, "from outside\n");
  EXPECT_EQ(result.display, "0");
}

TEST_F(CellTest, FloodOfOutputIsCutInTheMiddle) {
  const CellResult result =
      RunCell(*kernel_, "print('first')\nfor i in range(300000): print(i)\nprint('last')");
  EXPECT_EQ(result.outcome, CellOutcome::kOk);
  EXPECT_TRUE(result.output.starts_with("first\n0\n1\n"));
  EXPECT_TRUE(result.output.ends_with("299999\nlast\n"));
  EXPECT_NE(result.output.find("bytes cut"), std::string::npos);
  EXPECT_LT(result.output.size(), size_t{70} << 10);
  EXPECT_EQ(result.output_bytes,
            6 + 5 + 10 * 2 + 90 * 3 + 900 * 4 + 9000 * 5 + 90000 * 6 + 200000 * 7);
}

TEST_F(CellTest, ControlBytesInOutputCannotSteerATerminal) {
  const CellResult result = RunCell(
      *kernel_,
      "import sys\nsys.stdout.buffer.write(b'a\\x1b[2Jb\\xff\\x07c\\n'); sys.stdout.flush()");
  EXPECT_EQ(result.output, "a[2Jb?c\n");
  EXPECT_EQ(RunCell(*kernel_, "print('a\\u202eb\\u2066c\\u00e4')").output, "abc\u00e4\n");
}

TEST_F(CellTest, LastExpressionIsDisplayedAndNoneIsNot) {
  EXPECT_EQ(RunCell(*kernel_, "'a' + 'b'").display, "'ab'");
  EXPECT_EQ(RunCell(*kernel_, "print('x')").display, "");
  EXPECT_EQ(RunCell(*kernel_, "y = 3").display, "");
}

TEST_F(CellTest, MemoryAddressesAreNotShown) {
  EXPECT_EQ(RunCell(*kernel_, "class Model: pass\nModel()").display, "<__main__.Model object>");
}

TEST_F(CellTest, LongDisplayIsCut) {
  const CellResult result = RunCell(*kernel_, "'x' * 1000000");
  EXPECT_LT(result.display.size(), 17000U);
  EXPECT_NE(result.display.find("characters cut"), std::string::npos);
}

TEST_F(CellTest, LongContainersAreShownInPart) {
  const CellResult list = RunCell(*kernel_, "list(range(100000))");
  EXPECT_TRUE(list.display.starts_with("list of 100000, the first 50:\n[0, 1, 2,"))
      << Describe(list);
  EXPECT_LT(list.display.size(), 300U);
  const CellResult dictionary = RunCell(*kernel_, "{n: 0 for n in range(2000)}");
  EXPECT_TRUE(dictionary.display.starts_with("dict of 2000, the first 50:\n{0: 0, 1: 0,"))
      << Describe(dictionary);
  EXPECT_EQ(RunCell(*kernel_, "[1, 2]").display, "[1, 2]");
}

TEST_F(CellTest, DataFrameIsShownCompactly) {
  const CellResult result = RunCell(*kernel_,
                                    "import pandas as pd\n"
                                    "df = pd.DataFrame({'user_id': range(50000),\n"
                                    "                   'purch_freq': [1.5, None] * 25000})\n"
                                    "df");
  EXPECT_TRUE(result.display.starts_with(
      "DataFrame 50000 rows x 2 columns: user_id int64, purch_freq float64\n"
      "nulls: purch_freq 25000\n"))
      << Describe(result);
  EXPECT_LT(result.display.size(), 500U);
}

TEST_F(CellTest, NamesTellTypesAndShapesButNoValues) {
  RunCell(*kernel_,
          "import pandas as pd\n"
          "secret = 'swordfish'\n"
          "frame = pd.DataFrame({'user_id': [7, 8], 'ltv': [1.0, 2.0]})\n"
          "def score(df, horizon_days=365): ...\n"
          "_hidden = 1");
  const auto names = kernel_->Names();
  ASSERT_TRUE(names.ok());
  std::string all;
  for (const LiveName& name : *names) {
    all += name.name + "|" + name.type + "|" + name.detail + "\n";
  }
  EXPECT_NE(all.find("secret|str|of 9\n"), std::string::npos) << all;
  EXPECT_NE(all.find("frame|DataFrame|2 x 2: user_id int64, ltv float64\n"), std::string::npos)
      << all;
  EXPECT_NE(all.find("score|function|(df, horizon_days)\n"), std::string::npos) << all;
  EXPECT_NE(all.find("pd|module|pandas\n"), std::string::npos) << all;
  EXPECT_EQ(all.find("_hidden"), std::string::npos) << all;
  EXPECT_EQ(all.find("find_api"), std::string::npos) << all;
  EXPECT_EQ(all.find("swordfish"), std::string::npos) << all;
}

TEST_F(CellTest, WarningsAreCollectedOnceWithTheirLine) {
  const CellResult result =
      RunCell(*kernel_, "import warnings\nfor i in range(3):\n    warnings.warn('old column')\n");
  ASSERT_EQ(result.warnings.size(), 1U) << Describe(result);
  EXPECT_NE(result.warnings[0].find(":3: UserWarning: old column"), std::string::npos)
      << result.warnings[0];
}

TEST_F(CellTest, OpenFiguresComeBackAsPng) {
  const CellResult result = RunCell(*kernel_,
                                    "import matplotlib.pyplot as plt\n"
                                    "plt.figure(figsize=(2, 1)); plt.plot([1, 2])\n"
                                    "plt.figure(figsize=(2, 1)); plt.plot([2, 1])\n"
                                    "plt.show()");
  ASSERT_EQ(result.figures.size(), 2U) << Describe(result);
  EXPECT_EQ(result.figures[0].name, "figure-1.png");
  EXPECT_EQ(result.figures[1].name, "figure-2.png");
  EXPECT_TRUE(result.figures[0].png.starts_with("\x89PNG")) << result.figures[0].png.size();
  EXPECT_TRUE(RunCell(*kernel_, "1").figures.empty());
}

TEST_F(CellTest, TopLevelAwaitWorks) {
  const CellResult result = RunCell(
      *kernel_,
      "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 5\nawait f()");
  EXPECT_EQ(result.display, "5") << Describe(result);
}

TEST_F(CellTest, InterruptedAwaitDoesNotGoOnInTheNextCell) {
  const CellResult stopped = RunCell(*kernel_,
                                     "import asyncio\nlate = 0\nasync def f():\n    global late\n"
                                     "    await asyncio.sleep(0.4)\n    late = 1\nawait f()",
                                     std::chrono::milliseconds(200));
  EXPECT_EQ(stopped.outcome, CellOutcome::kTimeout) << Describe(stopped);
  EXPECT_EQ(RunCell(*kernel_, "await asyncio.sleep(0.5)\nlate").display, "0");
}

TEST_F(CellTest, WorkersAndThreadsOfTheUsualLibrariesWork) {
  const CellResult pool =
      RunCell(*kernel_,
              "import multiprocessing\n"
              "def square(n): return n * n\n"
              "with multiprocessing.Pool(2) as pool: r = pool.map(square, [1, 2, 3])\n"
              "r");
  EXPECT_EQ(pool.display, "[1, 4, 9]") << Describe(pool);
  const CellResult query = RunCell(
      *kernel_, "import duckdb\nduckdb.sql('select sum(i) from range(1000) t(i)').fetchall()");
  EXPECT_EQ(query.display, "[(499500,)]") << Describe(query);
  const CellResult forest =
      RunCell(*kernel_,
              "from sklearn.ensemble import RandomForestClassifier\n"
              "model = RandomForestClassifier(n_estimators=4, n_jobs=2, random_state=0)\n"
              "model.fit([[0], [1]] * 20, [0, 1] * 20).predict([[1]]).tolist()");
  EXPECT_EQ(forest.display, "[1]") << Describe(forest);
}

TEST_F(CellTest, ReadSchemaDescribesAFile) {
  const CellResult result = RunCell(*kernel_,
                                    "open('s.csv', 'w').write('user_id,ltv\\n1,2.5\\n2,\\n')\n"
                                    "read_schema('s.csv')");
  EXPECT_EQ(result.display,
            "s.csv: 2 rows, 2 columns\n"
            "  user_id  BIGINT  0 null  2 unique\n"
            "  ltv  DOUBLE  1 null  1 unique")
      << Describe(result);
  EXPECT_EQ(RunCell(*kernel_, "read_schema('nowhere')").error_type, "FileNotFoundError");
}

TEST_F(CellTest, InputIsRefusedWithTheRemedy) {
  const CellResult result = RunCell(*kernel_, "input('name? ')");
  EXPECT_EQ(result.error_type, "EOFError");
  EXPECT_NE(result.error_message.find("write the value into the code"), std::string::npos);
}

TEST_F(CellTest, BreakpointIsRefusedWithTheRemedy) {
  const CellResult result = RunCell(*kernel_, "breakpoint()");
  EXPECT_NE(result.error_message.find("print what you want to see"), std::string::npos)
      << Describe(result);
}

TEST_F(CellTest, ExitInACellIsAnErrorOfTheCell) {
  const CellResult result = RunCell(*kernel_, "import sys\nkept = 1\nsys.exit(3)");
  EXPECT_EQ(result.outcome, CellOutcome::kError);
  EXPECT_EQ(result.error_type, "SystemExit");
  EXPECT_EQ(RunCell(*kernel_, "kept").display, "1");
}

TEST_F(CellTest, TextThatIsNoUnicodeDoesNotBreakTheLine) {
  const CellResult result = RunCell(*kernel_, "raise ValueError('a\\udc80b')");
  EXPECT_EQ(result.outcome, CellOutcome::kError) << Describe(result);
  EXPECT_EQ(result.error_message, "a?b");
  EXPECT_EQ(RunCell(*kernel_, "print('a\\udc80b')").output, "a?b\n");
}

TEST_F(CellTest, ClosedStandardStreamsAreRestored) {
  RunCell(*kernel_, "import os\nos.close(1); os.close(2); os.close(0)");
  EXPECT_EQ(RunCell(*kernel_, "print('still here')").output, "still here\n");
  RunCell(*kernel_, "import sys\nsys.stdout = None\nsys.stderr.close()");
  EXPECT_EQ(RunCell(*kernel_, "print('again')").output, "again\n");
}

TEST_F(CellTest, UncalledForErrorsInValuesStayInTheCell) {
  const CellResult result = RunCell(*kernel_,
                                    "class Bad(Exception):\n"
                                    "    def __str__(self): raise RuntimeError('no text')\n"
                                    "raise Bad()");
  EXPECT_EQ(result.outcome, CellOutcome::kError) << Describe(result);
  EXPECT_EQ(result.error_type, "Bad");
  const CellResult shown =
      RunCell(*kernel_, "class Shy:\n    def __repr__(self): raise RuntimeError('no')\nShy()");
  EXPECT_EQ(shown.error_type, "RuntimeError");
}

// Names of classes and modules, and what was put in the place of standard output, are the cell's.
TEST_F(CellTest, WhatTheKernelLooksAtItselfCannotEndIt) {
  RunCell(*kernel_,
          "import sys, types\n"
          "class Odd(type):\n"
          "    __name__ = property(lambda kind: 1 / 0)\n"
          "class Error(Exception, metaclass=Odd): pass\n"
          "odd = Error()\n"
          "module = types.ModuleType('m')\n"
          "module.__name__ = 5\n"
          "class Stream:\n"
          "    def write(self, text): return len(text)\n"
          "    def flush(self): raise RuntimeError\n"
          "sys.stdout = Stream()");
  const CellResult raised = RunCell(*kernel_, "raise odd");
  EXPECT_EQ(raised.outcome, CellOutcome::kError) << Describe(raised);
  EXPECT_EQ(raised.error_type, "Error");
  const auto names = kernel_->Names();
  ASSERT_TRUE(names.ok());
  EXPECT_GE(names->size(), 7U);
  EXPECT_EQ(RunCell(*kernel_, "module.__name__").display, "5") << "the state is kept";
}

TEST_F(CellTest, ManyDifferentWarningsCostLittle) {
  const CellResult result =
      RunCell(*kernel_, "import warnings\nfor i in range(100_000): warnings.warn(f'row {i}')",
              std::chrono::seconds(20));
  EXPECT_EQ(result.outcome, CellOutcome::kOk) << Describe(result);
  EXPECT_EQ(result.warnings.size(), 20U);
}

TEST_F(CellTest, TimeAndMemoryAreReported) {
  const CellResult result = RunCell(*kernel_, "z = bytearray(1)");
  EXPECT_GE(result.seconds, 0.0);
  EXPECT_GT(result.peak_memory_bytes, int64_t{1} << 20);
}

TEST_F(CellTest, PeakMemoryIsThatOfTheCell) {
  const int64_t before = RunCell(*kernel_, "1").peak_memory_bytes;
  const int64_t large = RunCell(*kernel_, "len(bytearray(200 << 20))").peak_memory_bytes;
  const int64_t after = RunCell(*kernel_, "1").peak_memory_bytes;
  EXPECT_GT(large, before + (int64_t{150} << 20));
  EXPECT_LT(after, before + (int64_t{50} << 20));
}

TEST(KernelPolicyTest, DataAndLibrariesAreReadAndImported) {
  const TempDir folder;
  folder.Write("data/seed.csv", "user_id\n7\n");
  folder.Write("libs/cdp_client/__init__.py", "def query(sql):\n    return 'asked: ' + sql\n");
  SandboxPolicy policy = SmallPolicy();
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  policy.read_only = {{folder.path() / "data", "/data"}, {folder.path() / "libs", "/opt/house/0"}};
  policy.python_path = {"/opt/house/0"};
  policy.environment = {{"CDP_DSN", "duckdb:////data/w.duckdb"}};
  const auto kernel = Start(policy);
  EXPECT_EQ(RunCell(*kernel, "import cdp_client\ncdp_client.query('x')").display, "'asked: x'");
  EXPECT_EQ(RunCell(*kernel, "open('/data/seed.csv').read()").display, "'user_id\\n7\\n'");
  EXPECT_EQ(RunCell(*kernel, "import os\nos.environ['CDP_DSN']").display,
            "'duckdb:////data/w.duckdb'");
  EXPECT_EQ(RunCell(*kernel, "open('/data/new.csv', 'w')").error_type, "OSError");
}

TEST(KernelPolicyTest, FilesOfTheWorkFolderAreCopiedOut) {
  const TempDir folder;
  const auto kernel = Start(SmallPolicy());
  RunCell(*kernel, "import os\nos.mkdir('out')\nopen('out/a.txt', 'w').write('hello')");
  const auto report = kernel->CopyWork(folder.path() / "copied", CopyLimits{});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->files, std::vector<std::string>{"out/a.txt"});
  EXPECT_EQ(testing::ReadAll(folder.path() / "copied/out/a.txt"), "hello");
}

}  // namespace
}  // namespace inhouse

// The agent with the real sandbox, a recorded model and a small house library.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/agent.h"
#include "agent/recording.h"
#include "agent/trace.h"
#include "tests/support/fake_retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using nlohmann::json;
using testing::ReadAll;

std::string Script(const std::string& order) {
  return "import csv\nimport os\n\nimport house\n\n\ndef main() -> None:\n"
         "    names = {row['user'] for row in csv.DictReader(open('/data/users.csv'))}\n"
         "    os.makedirs('audiences', exist_ok=True)\n"
         "    house.write('audiences/a.csv', " +
         order +
         ")\n    print('wrote', len(names))\n\n\n"
         "if __name__ == \"__main__\":\n    main()\n";
}

class AgentKernelTest : public ::testing::Test {
 protected:
  AgentKernelTest() {
    dir_.Write("data/users.csv", "user\nann\nbob\ncleo\ndan\neve\nfay\ngus\nhal\n");
    dir_.Write("libs/house.py",
               "def write(path, names):\n"
               "    with open(path, 'w') as file:\n"
               "        file.writelines(f'{name}\\n' for name in names)\n");
    task_.request = "Write all users";
    task_.session_dir = dir_.path() / "session";
    task_.data_dir = dir_.path() / "data";
    task_.policy.python = INHOUSE_SOURCE_DIR "/.venv/bin/python";
    task_.policy.read_only = {{task_.data_dir, SandboxPolicy::kData},
                              {dir_.path() / "libs", "/opt/house/0"}};
    task_.policy.python_path = {"/opt/house/0"};
  }

  Result<Outcome> Run(std::vector<RecordedReply> replies, bool strict = false) {
    const auto model = MakeRecordedClient({std::move(replies), "", strict});
    return RunTask(task_, retriever_, *model, SystemEnvironment(nullptr), {});
  }

  static std::vector<RecordedReply> Replies() {
    return {{.content = "See the data.\n```python\nprint(open('/data/users.csv').read(9))\n"
                        "show_api('house.write')\n```"},
            {.content = "Try it.\n```python\nimport house\nhouse.wrte('x', [])\n```"},
            {.content = "```python\n# final script\n" + Script("names") + "```"},
            {.content = "```python\n# final script\n" + Script("sorted(names)") + "```"}};
  }

  testing::TempDir dir_;
  Task task_;
  testing::FakeRetriever retriever_{{{"house.write", "house.write(path, names)", "wrte"}}};
};

TEST_F(AgentKernelTest, MendsAScriptThatIsNotReproducible) {
  const auto outcome = Run(Replies());
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone) << outcome->message;
  EXPECT_EQ(outcome->steps, 4);
  EXPECT_EQ(ReadAll(task_.session_dir / "outputs" / "audiences" / "a.csv"),
            "ann\nbob\ncleo\ndan\neve\nfay\ngus\nhal\n");
  const auto events = ReadTrace(task_.session_dir);
  ASSERT_TRUE(events.ok());
  bool unreproducible = false;
  for (const TraceEvent& event : *events) {
    const json data = json::parse(event.data);
    unreproducible = unreproducible ||
                     (event.type == "finding" && event.step == 3 && data["gate"] == "reproducible");
  }
  EXPECT_TRUE(unreproducible);
}

TEST_F(AgentKernelTest, TheSessionIsAsDocumentedAndReplaysStrictly) {
  ASSERT_TRUE(Run(Replies()).ok());
  const std::string check =
      INHOUSE_SOURCE_DIR "/.venv/bin/python " INHOUSE_SOURCE_DIR "/tests/agent/check_session.py " +
      task_.session_dir.string() + " " INHOUSE_SOURCE_DIR "/docs/trace.schema.json";
  EXPECT_EQ(std::system(check.c_str()), 0);
  const auto recorded = LoadRecording(task_.session_dir);
  ASSERT_TRUE(recorded.ok());
  task_.session_dir = dir_.path() / "again";
  const auto outcome = Run(*recorded, true);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone);
}

TEST_F(AgentKernelTest, ASyntaxErrorInTheScriptGoesBack) {
  const auto outcome = Run({{.content = "```python\n# final script\ndef main():\n    x = (\n\n"
                                        "if __name__ == '__main__':\n    main()\n```"},
                            {.content = "REFUSE: enough"}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kRefused);
  ASSERT_EQ(outcome->findings.size(), 1u);
  EXPECT_EQ(outcome->findings[0].gate, "parses") << outcome->findings[0].message;
}

}  // namespace
}  // namespace inhouse

// The agent with the real sandbox, a recorded model and a small house library.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/agent.h"
#include "agent/recording.h"
#include "agent/trace.h"
#include "tests/support/fake_retriever.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
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
    task_.gates.probes = false;  // these scripts take any input; tests/gates has the probes
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

  // The trace fits its schema, the notebook is one.
  void ExpectDocumentedSession() const {
    const std::string check = INHOUSE_SOURCE_DIR "/.venv/bin/python " INHOUSE_SOURCE_DIR
                                                 "/tests/agent/check_session.py " +
                              task_.session_dir.string() +
                              " " INHOUSE_SOURCE_DIR "/docs/trace.schema.json";
    EXPECT_EQ(std::system(check.c_str()), 0);
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
  ExpectDocumentedSession();
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

std::string Call(const std::string& tool, const json& arguments) {
  return "Next.\n```json\n" + json({{"tool", tool}, {"arguments", arguments}}).dump() + "\n```\n";
}

// What the model is told after each step.
std::vector<std::string> Observations(const std::filesystem::path& session) {
  std::vector<std::string> texts;
  const auto events = ReadTrace(session);
  EXPECT_TRUE(events.ok());
  for (const TraceEvent& event : *events) {
    if (event.type == "observation") texts.push_back(json::parse(event.data)["text"]);
  }
  return texts;
}

TEST_F(AgentKernelTest, ReActToolsWorkInTheSandbox) {
  task_.strategy = "react";
  const auto outcome = Run(
      {{.content = Call("read_schema", {{"path_or_table", "/data/users.csv"}})},
       {.content = Call("check_imports", {{"names", {"house", "csv", "no_such_module"}}})},
       {.content = Call("write_file", {{"path", "notes/a.txt"}, {"content", "na\u00efve 'x'"}})},
       {.content = Call("run_python",
                        {{"code", "print(open('notes/a.txt').read())\nimport house\nx = 1"}})},
       {.content = Call("run_python", {{"code", "print(x)"}})},
       {.content = Call("write_file", {{"path", "../etc/a"}, {"content", ""}})},
       {.content = "```python\n# final script\n" + Script("sorted(names)") + "```"}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone) << outcome->message;
  const std::vector<std::string> told = Observations(task_.session_dir);
  ASSERT_EQ(told.size(), 6U);
  EXPECT_NE(told[0].find("8 rows, 1 columns"), std::string::npos) << told[0];
  EXPECT_NE(told[1].find("no_such_module: does not exist here"), std::string::npos) << told[1];
  EXPECT_NE(told[1].find("house: can be imported"), std::string::npos) << told[1];
  EXPECT_NE(told[2].find("/work/notes/a.txt"), std::string::npos) << told[2];
  EXPECT_NE(told[3].find("na\u00efve 'x'"), std::string::npos) << told[3];
  EXPECT_NE(told[4].find("NameError"), std::string::npos) << "a fresh process: " << told[4];
  ExpectDocumentedSession();
  EXPECT_NE(told[5].find("below /work only"), std::string::npos) << told[5];
}

TEST_F(AgentKernelTest, ASessionWithNativeToolsAndOneWithAPlanAreAsDocumented) {
  task_.strategy = "react";
  RecordedReply call;
  call.tool_calls = {{"call_1", "show_api", R"({"name": "house.write"})"}};
  const std::string script = "```python\n# final script\n" + Script("sorted(names)") + "```";
  auto outcome = Run({call, {.content = script}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  ExpectDocumentedSession();
  task_.strategy = "chained";
  task_.session_dir = dir_.path() / "chained";
  outcome = Run({{.content = "First I think."},
                 {.content = "```json\n[{\"function\": \"main\"}]\n```"},
                 {.content = "```python\nimport house\n```"},
                 {.content = script}});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->kind, OutcomeKind::kDone) << outcome->message;
  ExpectDocumentedSession();
}

TEST_F(AgentKernelTest, WhereNothingCanRunNoModelIsAsked) {
  const fs::path denied = dir_.Write(
      "bwrap", "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n");
  fs::permissions(dir_.path(), fs::perms(0755));
  fs::permissions(denied, fs::perms(0755));
  const struct {
    const char* name;
    fs::path bubblewrap, python;
  } kSystems[] = {{"missing", "/nowhere/bwrap", task_.policy.python},
                  {"denied", denied, task_.policy.python},
                  {"no-python", task_.policy.bubblewrap, "/bin/false"}};
  for (const auto& system : kSystems) {
    task_.policy.bubblewrap = system.bubblewrap;
    task_.policy.python = system.python;
    for (const char* strategy : {"codeact", "react", "chained", "single-shot"}) {
      task_.strategy = strategy;
      task_.session_dir = dir_.path() / (std::string(system.name) + "-" + strategy);
      const auto outcome = Run(Replies());
      ASSERT_FALSE(outcome.ok()) << task_.session_dir;
      EXPECT_EQ(outcome.error().kind, ErrorKind::kSandbox) << outcome.error().message;
      const auto events = ReadTrace(task_.session_dir);
      ASSERT_TRUE(events.ok());
      for (const TraceEvent& event : *events) EXPECT_NE(event.type, "prompt") << task_.session_dir;
      EXPECT_EQ(events->back().type, "end");
    }
  }
}

TEST_F(AgentKernelTest, FaultsOfTheKernelLoseNoEventOfTheTrace) {
  const char* frame = "import os, struct\nos.write(3, struct.pack('<I', 9) + ";
  std::vector<RecordedReply> replies;
  for (const std::string& code :
       {std::string(frame) + "b'too short')\nos._exit(0)", std::string(frame) + "b'not json!')",
        std::string("import os\nos.close(3)"), std::string("import os\nos._exit(3)"),
        std::string("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"),
        std::string("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nx = 1"),
        std::string("import json, os, struct\nb = json.dumps({'v': 1, 'seq': 7, 'type': "
                    "'result'}).encode()\nos.write(3, struct.pack('<I', len(b)) + b)")}) {
    replies.push_back({.content = "Next.\n```python\n" + code + "\n```\n"});
  }
  const size_t cells = replies.size();
  replies.push_back({.content = "REFUSE: enough"});
  task_.limits.cell_seconds = 5;
  task_.policy.limits.grace = std::chrono::milliseconds(500);
  const auto outcome = Run(std::move(replies));
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  const auto events = ReadTrace(task_.session_dir);
  ASSERT_TRUE(events.ok());
  size_t actions = 0, observations = 0;
  for (size_t i = 0; i < events->size(); ++i) {
    EXPECT_EQ((*events)[i].seq, (*events)[0].seq + static_cast<int64_t>(i));
    actions += (*events)[i].type == "action" ? 1 : 0;
    observations += (*events)[i].type == "observation" ? 1 : 0;
  }
  EXPECT_EQ(actions, cells + 1);
  EXPECT_EQ(observations, cells) << "every cell was answered";
  EXPECT_EQ(events->back().type, "end");
}

}  // namespace
}  // namespace inhouse

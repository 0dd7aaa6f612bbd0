#include "agent/gates/script_checks.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/gates/reproducibility_check.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

constexpr std::string_view kGood =
    "import os\n\n\ndef main() -> None:\n    print(os.getcwd())\n\n\n"
    "if __name__ == \"__main__\":\n    main()\n";

std::vector<std::string> Gates(std::string_view script) {
  std::vector<std::string> gates;
  for (const Finding& finding : CheckScriptText(script)) gates.push_back(finding.gate);
  return gates;
}

TEST(ScriptChecks, AGoodScriptHasNoFindings) {
  EXPECT_TRUE(Gates(kGood).empty());
  EXPECT_TRUE(Gates("def main():\n  return 0\nif '__main__' == __name__: raise SystemExit(main())")
                  .empty());
  EXPECT_TRUE(Gates("async def main(): ...\nif __name__ == '__main__':\n    asyncio.run(main())\n")
                  .empty());
}

// Paths of the scripts below corpus/`folder` whose name begins so.
std::vector<std::filesystem::path> CorpusScripts(std::string_view folder, std::string_view begin) {
  std::vector<std::filesystem::path> scripts;
  const auto root = std::filesystem::path(INHOUSE_SOURCE_DIR) / "corpus" / folder;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".py") && name.starts_with(begin)) scripts.push_back(entry.path());
  }
  return scripts;
}

TEST(ScriptChecks, TheTeamsOwnScriptsPass) {
  std::vector<std::filesystem::path> scripts = CorpusScripts("scripts", "");
  for (const char* folder : {"requests/lookalike/scripts", "requests/rfm/scripts"}) {
    for (const auto& path : CorpusScripts(folder, "right_")) scripts.push_back(path);
  }
  EXPECT_GT(scripts.size(), 15u);
  for (const auto& path : scripts) {
    const std::vector<Finding> findings = CheckScriptText(testing::ReadAll(path));
    EXPECT_TRUE(findings.empty()) << path << ": " << findings[0].message;
  }
}

TEST(ScriptChecks, WantsMainBehindAGuard) {
  EXPECT_EQ(Gates("print(1)\n"), (std::vector<std::string>{"main", "main"}));
  EXPECT_EQ(Gates("def main():\n    pass\nmain()\n"), (std::vector<std::string>{"main"}));
  EXPECT_EQ(Gates("def main(): pass\nif __name__ == '__main__':\n    pass\n"),
            (std::vector<std::string>{"main"}));
  EXPECT_EQ(Gates("'''\ndef main():\nif __name__ == '__main__': main()\n'''\n").size(), 2u);
}

TEST(ScriptChecks, WantsNoPathsOfOneMachine) {
  const std::string script = std::string(kGood) + "P = '/home/ann/seed.csv'\nQ = r'C:\\data\\x'\n";
  EXPECT_EQ(Gates(script), (std::vector<std::string>{"paths", "paths"}));
  EXPECT_TRUE(Gates(std::string(kGood) + "P = '/data/seed.csv'\nU = 'https://x/home/'\n").empty());
}

TEST(ScriptChecks, WantsNoHelpersOfTheKernel) {
  EXPECT_EQ(Gates(std::string(kGood) + "print(find_api('x'))\n"),
            (std::vector<std::string>{"helpers"}));
  EXPECT_TRUE(Gates(std::string(kGood) + "def read_schema(p): ...\nread_schema(1)\n").empty());
}

std::vector<Finding> Rules(std::string_view script) {
  return CheckHouseRules(script, {{"audience_io.write_audience", "DataFrame.to_parquet", "why"},
                                  {"audience_io.read_seed_list", "pandas.read_csv", ""},
                                  {"audience_io.assign_holdout", "numpy.random", ""},
                                  {"cdp_client.snapshot_date", "datetime.now", ""}});
}

TEST(HouseRules, FindReplacedNamesThroughImports) {
  const std::vector<Finding> findings = Rules(
      "import pandas as pd\nimport numpy as np\nfrom datetime import datetime\n"
      "df = pd.read_csv('x')\nr = np.random.default_rng(1)\nt = datetime.now()\n"
      "df.groupby('a').sum().to_parquet('x')\n");
  ASSERT_EQ(findings.size(), 4u);
  EXPECT_EQ(findings[0].line, 7);
  EXPECT_EQ(findings[0].message,
            "use audience_io.write_audience in place of DataFrame.to_parquet: why");
  EXPECT_EQ(findings[0].severity, "warning");
  EXPECT_EQ(findings[1].line, 4);
  EXPECT_EQ(findings[2].line, 5);
  EXPECT_EQ(findings[3].line, 6);
}

TEST(HouseRules, StayQuietOnOtherNames) {
  EXPECT_TRUE(Rules("import csvkit\nread_csv = 1\n# pd.read_csv\nx = 'df.to_parquet()'\n"
                    "csvkit.read_csv('x')\nself.now()\nimport random\nrandom.random()\n")
                  .empty());
}

TEST(SuspectLines, NameTheUsualCauses) {
  const std::vector<Finding> notes = SuspectLines(
      "import numpy as np\nfrom datetime import datetime\nr = np.random.default_rng()\n"
      "s = np.random.default_rng(1)\nt = datetime.now()\nd = df.sample(frac=1)\n"
      "e = df.sample(frac=1, random_state=3)\nfor x in set(a): pass\n");
  std::vector<int> lines;
  for (const Finding& note : notes) lines.push_back(note.line);
  EXPECT_EQ(lines, (std::vector<int>{3, 5, 6, 8}));
}

}  // namespace
}  // namespace inhouse

#include "indexer/python/module_path.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

TreeLayout Layout(std::initializer_list<const char*> packages,
                  std::initializer_list<const char*> projects = {}) {
  TreeLayout layout;
  for (const char* folder : packages) layout.packages.insert(folder);
  for (const char* folder : projects) layout.projects.insert(folder);
  return layout;
}

std::string Module(std::string_view path, const TreeLayout& layout) {
  return ModuleOf(path, layout).module;
}

TEST(ModulePathTest, PackagesAreFoundUpwardThroughInit) {
  const TreeLayout layout = Layout({"libs/cdp_client", "libs/cdp_client/io"});
  EXPECT_EQ(Module("libs/cdp_client/core.py", layout), "cdp_client.core");
  EXPECT_EQ(Module("libs/cdp_client/io/disk.pyi", layout), "cdp_client.io.disk");
  EXPECT_EQ(Module("libs/cdp_client/__init__.py", layout), "cdp_client");
  EXPECT_TRUE(ModuleOf("libs/cdp_client/__init__.py", layout).is_package);
  EXPECT_FALSE(ModuleOf("libs/cdp_client/core.py", layout).is_package);
  EXPECT_EQ(Module("libs/cdp_client/__main__.py", layout), "cdp_client.__main__");
}

TEST(ModulePathTest, SingleFileLibraries) {
  EXPECT_EQ(Module("libs/metrics.py", Layout({})), "metrics");
  EXPECT_EQ(Module("metrics.py", Layout({})), "metrics");
}

TEST(ModulePathTest, SrcLayoutsAndNamespacePackages) {
  EXPECT_EQ(Module("src/cdp/core.py", Layout({"src/cdp"}, {""})), "cdp.core");
  EXPECT_EQ(Module("src/google/cloud/store/x.py", Layout({"src/google/cloud/store"}, {""})),
            "google.cloud.store.x");
  EXPECT_EQ(Module("proj/src/ns/x.py", Layout({}, {"proj"})), "ns.x");
  EXPECT_EQ(Module("team/one/acme/tools/x.py", Layout({"team/one/acme/tools"}, {"team/one"})),
            "acme.tools.x");
  // Without a build file or src, a folder that holds packages is no part of the name.
  EXPECT_EQ(Module("stuff/cdp/core.py", Layout({"stuff/cdp"})), "cdp.core");
}

TEST(ModulePathTest, StubPackagesHaveTheNameOfTheRealOne) {
  EXPECT_EQ(Module("stubs/cdp-stubs/core.pyi", Layout({"stubs/cdp-stubs"})), "cdp.core");
}

TEST(ModulePathTest, ScriptsTestsAndOddNamesHaveNone) {
  const TreeLayout layout = Layout({"pkg"}, {""});
  for (const char* path : {"jobs/daily.py", "setup.py", "conftest.py", "tests/test_a.py",
                           "my-script.py", "2024.py", "docs/conf.py", "x/a b.py"}) {
    EXPECT_EQ(Module(path, layout), "") << path;
  }
  EXPECT_EQ(Module("größe.py", layout), "größe");
}

TEST(ModulePathTest, InsideAPackage) {
  TreeLayout layout = Layout({""});
  layout.root_package = "sklearn.cluster";
  EXPECT_EQ(Module("_kmeans.py", layout), "sklearn.cluster._kmeans");
  EXPECT_EQ(Module("__init__.py", layout), "sklearn.cluster");
  EXPECT_TRUE(ModuleOf("__init__.py", layout).is_package);
}

TEST(ModulePathTest, Roles) {
  const TreeLayout layout = Layout({"pkg", "pkg/tests", "pkg/scripts"});
  const std::pair<const char*, FileRole> cases[] = {
      {"pkg/core.py", FileRole::kLibrary},   {"pkg/tests/helper.py", FileRole::kTest},
      {"pkg/test_core.py", FileRole::kTest}, {"pkg/core_test.py", FileRole::kTest},
      {"conftest.py", FileRole::kTest},      {"pkg/scripts/x.py", FileRole::kLibrary},
      {"scripts/x.py", FileRole::kScript},   {"examples/deep/x.py", FileRole::kScript},
      {"setup.py", FileRole::kScript},       {"pkg/setup.py", FileRole::kLibrary},
      {"a.ipynb", FileRole::kNotebook},      {"tests/a.ipynb", FileRole::kNotebook},
      {"README.md", FileRole::kDocument},    {"latest.py", FileRole::kLibrary},
      {"contest.py", FileRole::kLibrary},
  };
  for (const auto& [path, role] : cases) EXPECT_EQ(RoleOf(path, layout), role) << path;
}

TEST(ModulePathTest, TheRootsOwnNameCounts) {
  TreeLayout layout;
  layout.root_name = "jobs";
  EXPECT_EQ(RoleOf("daily.py", layout), FileRole::kScript);
  layout.root_name = "tests";
  EXPECT_EQ(RoleOf("helper.py", layout), FileRole::kTest);
  layout.packages.insert("pkg");
  EXPECT_EQ(RoleOf("pkg/core.py", layout), FileRole::kLibrary);
}

}  // namespace
}  // namespace inhouse

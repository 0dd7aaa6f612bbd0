#include "indexer/python/source_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

namespace fs = std::filesystem;
using testing::TempDir;

SourceListing List(const fs::path& root, const SourceTreeOptions& options = {}) {
  Result<SourceListing> listing = ListSources(root, options);
  EXPECT_TRUE(listing.ok());
  return listing.ok() ? *std::move(listing) : SourceListing();
}

std::vector<std::string> Paths(const SourceListing& listing) {
  std::vector<std::string> paths;
  for (const SourceFile& file : listing.files) paths.push_back(file.path);
  return paths;
}

std::string ReasonFor(const SourceListing& listing, std::string_view path) {
  for (const SkippedFile& file : listing.skipped) {
    if (file.path == path) return file.reason;
  }
  return "";
}

using Strings = std::vector<std::string>;

TEST(SourceTreeTest, ListsSourcesInBytewiseOrderWithTheirFacts) {
  TempDir dir;
  dir.Write("b/__init__.py", "");
  dir.Write("b/core.py", "x = 1\n");
  dir.Write("b/core.pyi", "");
  dir.Write("B.py", "");
  dir.Write("a.ipynb", "{}");
  dir.Write("README.md", "");
  dir.Write("notes.txt", "");
  dir.Write("lib.so", "");
  dir.Write("gui.pyw", "");
  dir.Write("b-a/x.py", "");
  const SourceListing listing = List(dir.path());
  EXPECT_EQ(Paths(listing), (Strings{"B.py", "README.md", "a.ipynb", "b-a/x.py", "b/__init__.py",
                                     "b/core.py", "b/core.pyi", "gui.pyw"}));
  EXPECT_TRUE(listing.skipped.empty());
  const SourceFile& core = listing.files[5];
  EXPECT_EQ(core.module, "b.core");
  EXPECT_EQ(core.size, 6);
  EXPECT_GT(core.mtime_ns, 0);
  EXPECT_EQ(core.os_path, dir.path() / "b/core.py");
  EXPECT_EQ(core.format, SourceFormat::kPython);
  EXPECT_EQ(listing.files[6].format, SourceFormat::kStub);
  EXPECT_EQ(listing.files[2].format, SourceFormat::kNotebook);
  EXPECT_EQ(listing.files[1].format, SourceFormat::kMarkdown);
  EXPECT_TRUE(listing.files[4].is_package);
}

TEST(SourceTreeTest, SrcLayoutsAndNamespacePackages) {
  TempDir dir;
  dir.Write("one/pyproject.toml", "");
  dir.Write("one/src/acme/store/__init__.py", "");
  dir.Write("one/src/acme/store/api.py", "");
  dir.Write("one/jobs/daily.py", "");
  dir.Write("two/setup.py", "");
  dir.Write("two/acme/metrics/core.py", "");
  std::string modules;
  for (const SourceFile& file : List(dir.path()).files)
    modules += file.path + "=" + file.module + "\n";
  EXPECT_EQ(modules,
            "one/jobs/daily.py=\none/src/acme/store/__init__.py=acme.store\n"
            "one/src/acme/store/api.py=acme.store.api\ntwo/acme/metrics/core.py=acme.metrics.core\n"
            "two/setup.py=\n");
}

TEST(SourceTreeTest, ARootInsideAPackageKeepsTheWholeName) {
  TempDir dir;
  dir.Write("pkg/__init__.py", "");
  dir.Write("pkg/sub/__init__.py", "");
  dir.Write("pkg/sub/a.py", "");
  EXPECT_EQ(List(dir.path() / "pkg/sub").files[1].module, "pkg.sub.a");
  const SourceListing single = List(dir.path() / "pkg/sub/a.py");
  ASSERT_EQ(single.files.size(), 1u);
  EXPECT_EQ(single.files[0].module, "pkg.sub.a");
}

TEST(SourceTreeTest, AScriptNamedByTheUserIsReadWhateverItIsCalled) {
  TempDir dir;
  dir.Write(".gitignore", "*\n");
  fs::create_directories(dir.path() / ".git");
  const fs::path file = dir.Write("job", "#!/usr/bin/env python3\nx = 1\n");
  EXPECT_EQ(Paths(List(file)), Strings{"job"});
}

TEST(SourceTreeTest, AFileThatIsNoPythonIsRefusedByName) {
  TempDir dir;
  for (const char* name : {"table.csv", "LICENSE", "empty"}) {
    const Result<SourceListing> listing = ListSources(dir.Write(name, "x, y\n"), {});
    ASSERT_FALSE(listing.ok()) << name;
    EXPECT_EQ(listing.error().kind, ErrorKind::kBadInput);
    EXPECT_NE(listing.error().message.find("not a Python file"), std::string::npos);
  }
}

TEST(SourceTreeTest, PrintableNamesCanBeReadBack) {
  for (const std::string name :
       {"plain.py", "back\\slash.py", "new\nline.py", "latin\xE9.py", "名前.py"}) {
    EXPECT_EQ(RawPath(PrintablePath(name)), name);
  }
}

TEST(SourceTreeTest, ErrorsNameTheRoot) {
  TempDir dir;
  Result<SourceListing> listing = ListSources(dir.path() / "absent", {});
  ASSERT_FALSE(listing.ok());
  EXPECT_EQ(listing.error().kind, ErrorKind::kBadInput);
  EXPECT_NE(listing.error().message.find("absent"), std::string::npos);
  ASSERT_EQ(mkfifo((dir.path() / "pipe").c_str(), 0600), 0);
  listing = ListSources(dir.path() / "pipe", {});
  ASSERT_FALSE(listing.ok());
  EXPECT_NE(listing.error().message.find("neither a file nor a folder"), std::string::npos);
}

TEST(SourceTreeTest, LinksAndLoopsAreNotFollowed) {
  TempDir dir;
  dir.Write("real/a.py", "");
  fs::create_directory_symlink("..", dir.path() / "real/loop");
  fs::create_directory_symlink("real", dir.path() / "other");
  fs::create_symlink("real/a.py", dir.path() / "link.py");
  fs::create_symlink("nowhere", dir.path() / "broken.py");
  fs::create_symlink("real/a.py", dir.path() / "link.txt");
  const SourceListing listing = List(dir.path());
  EXPECT_EQ(Paths(listing), Strings{"real/a.py"});
  EXPECT_EQ(ReasonFor(listing, "real/loop"), "a symbolic link to a folder");
  EXPECT_EQ(ReasonFor(listing, "other"), "a symbolic link to a folder");
  EXPECT_EQ(ReasonFor(listing, "link.py"), "a symbolic link");
  EXPECT_EQ(ReasonFor(listing, "broken.py"), "a symbolic link");
  EXPECT_EQ(listing.skipped.size(), 4u);
  EXPECT_EQ(Paths(List(dir.path() / "other")), Strings{"a.py"});  // but a root may be one
}

TEST(SourceTreeTest, PipesUnreadableFoldersAndLargeFilesAreReported) {
  TempDir dir;
  ASSERT_EQ(mkfifo((dir.path() / "pipe.py").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo((dir.path() / ".gitignore").c_str(), 0600), 0);
  dir.Write("large.py", std::string(100, '#'));
  dir.Write("large.ipynb", std::string(100, ' '));
  dir.Write("closed/a.py", "");
  ASSERT_EQ(chmod((dir.path() / "closed").c_str(), 0), 0);
  SourceTreeOptions options;
  options.max_file_bytes = 50;
  const SourceListing listing = List(dir.path(), options);
  chmod((dir.path() / "closed").c_str(), 0700);
  EXPECT_EQ(ReasonFor(listing, "pipe.py"), "not a regular file");
  EXPECT_EQ(ReasonFor(listing, "large.py"), "larger than 50 bytes");
  EXPECT_NE(ReasonFor(listing, ".gitignore"), "");
  EXPECT_EQ(ReasonFor(listing, "large.ipynb"), "");
  if (geteuid() != 0) {
    EXPECT_NE(ReasonFor(listing, "closed/").find("cannot be read"), std::string::npos);
  }
}

TEST(SourceTreeTest, TooManyFilesAndTooDeepFolders) {
  TempDir dir;
  for (int i = 0; i < 5; ++i) dir.Write(std::to_string(i) + ".py", "");
  SourceTreeOptions options;
  options.max_files = 4;
  const Result<SourceListing> listing = ListSources(dir.path(), options);
  ASSERT_FALSE(listing.ok());
  EXPECT_EQ(listing.error().kind, ErrorKind::kLimit);
  TempDir deep;
  deep.Write("1/2/3/a.py", "");
  deep.Write("1/b.py", "");
  options = {};
  options.max_depth = 3;
  EXPECT_EQ(Paths(List(deep.path(), options)), Strings{"1/b.py"});
  EXPECT_EQ(ReasonFor(List(deep.path(), options), "1/2/3/"), "more than 3 folders deep");
}

TEST(SourceTreeTest, EnvironmentsCachesAndBuildsAreLeftOut) {
  TempDir dir;
  for (const char* folder : {".venv", "venv", "node_modules", "x/site-packages", ".tox", "build",
                             "dist", "a.egg-info", "__pycache__", ".git", ".inhouse", "myvenv"}) {
    dir.Write(std::string(folder) + "/a.py", "");
  }
  dir.Write("myvenv/pyvenv.cfg", "");
  dir.Write("pkg/build/__init__.py", "");
  dir.Write("env/a.py", "");
  const SourceListing listing = List(dir.path());
  EXPECT_EQ(Paths(listing), (Strings{"env/a.py", "pkg/build/__init__.py"}));
  EXPECT_EQ(ReasonFor(listing, "build/"), "a build folder");
  EXPECT_EQ(ReasonFor(listing, "myvenv/"), "an environment or a cache");
  EXPECT_EQ(ReasonFor(listing, ".git/"), "");  // not worth a line
}

TEST(SourceTreeTest, InhouseignoreAndExcludeDecideOverGit) {
  TempDir dir;
  dir.Write(".gitignore", "generated/\nlocal.py\n");
  dir.Write(".inhouseignore", "!generated/\nold/\n!build/\n");
  dir.Write("generated/a.py", "");
  dir.Write("old/a.py", "");
  dir.Write("build/a.py", "");
  dir.Write("local.py", "");
  dir.Write("tmp/a.py", "");
  SourceTreeOptions options;
  options.exclude = {"tmp"};
  const SourceListing listing = List(dir.path(), options);
  EXPECT_EQ(Paths(listing), (Strings{"build/a.py", "generated/a.py"}));
  EXPECT_EQ(ReasonFor(listing, "local.py"), "ignored by .gitignore line 2");
  EXPECT_EQ(ReasonFor(listing, "old/"), "ignored by .inhouseignore line 2");
  EXPECT_EQ(ReasonFor(listing, "tmp/"), "excluded by pattern");
}

TEST(SourceTreeTest, RulesAboveTheRootCountUpToTheRepository) {
  TempDir dir;
  dir.Write(".gitignore", "*.py\n");  // outside of the repository
  fs::create_directories(dir.path() / "repo/.git/info");
  dir.Write("repo/.git/info/exclude", "secret.py\n");
  dir.Write("repo/.gitignore", "/libs/a.py\n");
  dir.Write("repo/libs/.gitignore", "deep/b.py\n");
  for (const char* file : {"a.py", "c.py", "secret.py", "deep/b.py", "deep/a.py"}) {
    dir.Write(std::string("repo/libs/") + file, "");
  }
  EXPECT_EQ(Paths(List(dir.path() / "repo/libs")), (Strings{"c.py", "deep/a.py"}));
  EXPECT_EQ(Paths(List(dir.path() / "repo/libs/deep")), Strings{"a.py"});
}

TEST(SourceTreeTest, ANestedRepositoryHasItsOwnRules) {
  TempDir dir;
  fs::create_directories(dir.path() / ".git");
  fs::create_directories(dir.path() / "inner/.git");
  dir.Write(".gitignore", "*.py\n");
  dir.Write("a.py", "");
  dir.Write("inner/a.py", "");
  dir.Write("worktree/.git", "gitdir: /somewhere/.git/worktrees/x\n");
  dir.Write("worktree/a.py", "");
  const SourceListing listing = List(dir.path());
  EXPECT_EQ(Paths(listing), Strings{"inner/a.py"});
  EXPECT_EQ(ReasonFor(listing, "worktree/"), "another worktree of a repository");
}

TEST(SourceTreeTest, NamesOfAnyBytesArePrintedAndOpened) {
  TempDir dir;
  dir.Write("latin\xE9.py", "x");
  dir.Write("new\nline.py", "y");
  dir.Write("back\\slash.py", "z");
  dir.Write("名前.py", "w");
  const SourceListing listing = List(dir.path());
  EXPECT_EQ(Paths(listing),
            (Strings{"back\\x5cslash.py", "latin\\xe9.py", "new\\x0aline.py", "名前.py"}));
  for (const SourceFile& file : listing.files) {
    EXPECT_EQ(testing::ReadAll(file.os_path).size(), 1u) << file.path;
  }
}

// --- beside git itself ---

// Runs git in `folder`, away from the user's settings; its output.
std::string Git(const fs::path& folder, const std::string& arguments) {
  const std::string command =
      "HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 git -C '" +
      folder.string() + "' " + arguments + " 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string output;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
  return output;
}

// What git would add: neither tracked nor ignored.
std::set<std::string> GitSources(const fs::path& root) {
  std::set<std::string> paths;
  const std::string output = Git(root, "ls-files -o -z --exclude-standard");
  for (size_t at = 0; at < output.size();) {
    const size_t end = output.find('\0', at);
    const std::string path = output.substr(at, end - at);
    if (path.ends_with(".py")) paths.insert(path);
    at = end + 1;
  }
  return paths;
}

std::set<std::string> OurSources(const fs::path& root) {
  std::set<std::string> paths;
  for (const SourceFile& file : List(root).files) {
    if (file.os_path.ends_with(".py")) {
      paths.insert(fs::path(file.os_path).lexically_relative(root).native());
    }
  }
  return paths;
}

constexpr const char* kTree[] = {
    "a.py",     "b.py",       "ab.py",     "a/a.py",      "a/b.py",  "a/b/c.py",  "a/b/a.py",
    "b/a/c.py", "b/a/b/c.py", "ab/a.py",   "a-b.py",      "[a].py",  "a b.py",    "#a.py",
    "!a.py",    "a/a/a/a.py", "c/ab/b.py", "b/a.py/b.py", ".h.py",   "x /a.py",   "é.py",
    "a,.py",    "a\\.py",     "a.py ",     "A.py",        "b/Ab.py", "a/.h/x.py", "a/b/c/d/e/f.py"};

// Each line is one ignore file, "|" for line ends.
constexpr const char* kTricky[] = {"a.py",
                                   "/a.py",
                                   "a/",
                                   "/a/",
                                   "a",
                                   "/a",
                                   "a/*",
                                   "a/**",
                                   "**/a",
                                   "**/a.py",
                                   "a/**/c.py",
                                   "*.py|!a.py",
                                   "*|!*/|!a.py",
                                   "/*|!/a",
                                   "/*|!/a|/a/*|!/a/b",
                                   "a/b|!a/b/c.py",
                                   "a/*|!a/b/",
                                   "*/a.py",
                                   "*/*/c.py",
                                   "?/a.py",
                                   "[ab].py",
                                   "[!a].py",
                                   "[^a]*.py",
                                   "[a-b]/",
                                   "[[:alpha:]].py",
                                   "[[:upper:]]*",
                                   "[]a]*",
                                   "\\[a\\].py",
                                   "[[]a[]].py",
                                   "\\#a.py",
                                   "#a.py",
                                   "\\!a.py",
                                   "!a.py|!",
                                   "a b.py",
                                   "a\\ b.py",
                                   "a.py ",
                                   "a.py\\ ",
                                   "a.py\t",
                                   "x\\ /",
                                   "x /",
                                   "é.py",
                                   "?.py",
                                   "??.py",
                                   "a\\\\.py",
                                   "a\\.py",
                                   "[\\\\]*",
                                   "a**",
                                   "a**/b",
                                   "/a**/c.py",
                                   "**a.py",
                                   "***",
                                   "***/a.py",
                                   "/**/a/*",
                                   "**/b/**",
                                   "a/**/",
                                   "**/",
                                   "*/",
                                   "/*/",
                                   "/",
                                   "//",
                                   "a//b",
                                   "./a.py",
                                   "../a.py",
                                   "a/./b",
                                   ".*",
                                   ".h*",
                                   "**/.h/**",
                                   "a?b.py",
                                   "a[,-.]*",
                                   "a[!-]b.py",
                                   "[a-]*",
                                   "[--a].py",
                                   "[z-a]*",
                                   "[a",
                                   "[a-",
                                   "[[:nope:]]*|b.py",
                                   "[[:alpha:]",
                                   "[!]a]*",
                                   "*a*b*",
                                   "*b/c.py",
                                   "**/b/*.py",
                                   "b/a.py",
                                   "b/a.py/",
                                   "/b/*.py",
                                   "a/*/a*",
                                   "*/b/../a.py",
                                   "\\a.py",
                                   "a.p\\y",
                                   "\\",
                                   "a\\",
                                   "*.py|!/a/|!/a/*",
                                   "*.py|!a/**",
                                   "a/b/c/**|!a/b/c/d/",
                                   "/*/|!/b/",
                                   "a.py\r|b.py\r",
                                   "|  |#|a.py",
                                   "A.PY",
                                   "[A-Z]*"};

TEST(SourceTreeTest, IgnoresWhatGitIgnores) {
  TempDir dir;
  Git(dir.path(), "init -q");
  int number = 0;
  for (const char* rules : kTricky) {
    const std::string folder = std::to_string(1000 + number++) + "/";
    for (const char* file : kTree) dir.Write(folder + file, "");
    std::string text(rules);
    std::replace(text.begin(), text.end(), '|', '\n');
    dir.Write(folder + ".gitignore", text + (number % 2 == 0 ? "\n" : ""));
  }
  const std::set<std::string> git = GitSources(dir.path()), ours = OurSources(dir.path());
  EXPECT_GT(git.size(), 500u);
  for (const auto& [one, other, who] :
       {std::tuple(&git, &ours, "git alone reads "), std::tuple(&ours, &git, "we alone read ")}) {
    for (const std::string& path : *one) {
      if (other->contains(path)) continue;
      const size_t index = static_cast<size_t>(std::stoi(path.substr(0, 4))) - 1000;
      ADD_FAILURE() << who << path << " with " << kTricky[index];
    }
  }
}

TEST(SourceTreeTest, NestedIgnoreFilesAsGitReadsThem) {
  TempDir dir;
  Git(dir.path(), "init -q");
  for (const char* top : {"p/", "q/", "p/q/", "p/q/r/"}) {
    for (const char* file : kTree) dir.Write(std::string(top) + file, "");
  }
  dir.Write(".gitignore", "*.py\n!b.py\n/q/a/\n");
  dir.Write("p/.gitignore", "!a.py\nb.py\n/q/ab.py\n");
  dir.Write("p/q/.gitignore", "!*.py\n/r/a\n");
  dir.Write("p/q/r/.gitignore", "*\n!a*.py\n!b/\n");
  dir.Write("q/.gitignore", "!/a/a.py\n!c/**\n");
  dir.Write(".git/info/exclude", "p/q/[[]a].py\n.h.py\n");
  EXPECT_EQ(OurSources(dir.path()), GitSources(dir.path()));
  EXPECT_EQ(OurSources(dir.path() / "p/q"), GitSources(dir.path() / "p/q"));
}

}  // namespace
}  // namespace inhouse

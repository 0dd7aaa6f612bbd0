// No reading of what was not shown, no writing outside the work folder, no
// secret of the host's environment.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/attacks/attack_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using testing::AttackTest;
using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::TempDir;

SandboxPolicy WithData(const TempDir& folder) {
  folder.Write("data/x.csv", "x");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  SandboxPolicy policy = SmallPolicy();
  policy.read_only = {{folder.path() / "data", "/data"}};
  return policy;
}

class FileAttackTest : public AttackTest {};

TEST_F(FileAttackTest, FilesOfTheHostAreNotThere) {
  const TempDir folder;
  const std::string secret = folder.Write("secret", "s3cret").string();
  ExpectRefused("open('" + secret + "').read()");
  const std::string source = INHOUSE_SOURCE_DIR;
  for (const std::string& path :
       {std::string("/root"), std::string("/etc/shadow"), std::string("/etc/ssh"),
        std::string("/home/user/.."), source, std::string("/var/log"), std::string("/boot"),
        std::string("/sys"), std::string("/mnt"), std::string("/oldroot"),
        std::string("/newroot")}) {
    const CellResult result =
        Attack("refused(lambda: os.listdir('" + path + "') if os.path.isdir('" + path +
               "') else open('" + path + "').read())");
    EXPECT_TRUE(result.display.starts_with("'refused") || result.display == "\"DONE: ['user']\"")
        << path << "\n"
        << Describe(result);
  }
}

TEST_F(FileAttackTest, TheRootHoldsOnlyWhatWasShown) {
  EXPECT_EQ(Attack("sorted(os.listdir('/'))").display,
            "['bin', 'dev', 'etc', 'home', 'lib', 'lib64', 'opt', 'proc', 'sbin', 'tmp', 'usr', "
            "'work']");
  EXPECT_EQ(Attack("sorted(set(os.listdir('/etc')) - {'alternatives', 'ld.so.cache', "
                   "'localtime'})")
                .display,
            "['passwd']");
}

TEST_F(FileAttackTest, EnvironmentOfTheHostIsNowhere) {
  ::setenv("INHOUSE_ATTACK_SECRET", "swordfish-in-the-environment", 1);
  ASSERT_TRUE(kernel_->Restart().ok());
  RunCell(*kernel_, kHelpers);
  const CellResult result = Attack(R"(
found = []
def look(where, data):
    if b'swordfish-in-the-env' + b'ironment' in data: found.append(where)
look('own', repr(dict(os.environ)).encode())
for pid in [p for p in os.listdir('/proc') if p.isdigit()]:
    for name in ('environ', 'cmdline'):
        try: look(f'{pid}/{name}', open(f'/proc/{pid}/{name}', 'rb').read())
        except OSError: pass
found, sorted(os.environ))");
  ::unsetenv("INHOUSE_ATTACK_SECRET");
  EXPECT_EQ(
      result.display,
      "([], ['HOME', 'LANG', 'MALLOC_ARENA_MAX', 'MKL_NUM_THREADS', 'MPLBACKEND', 'MPLCONFIGDIR', "
      "'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'PATH', 'PWD', 'PYTHONDONTWRITEBYTECODE', "
      "'PYTHONHASHSEED', 'PYTHONPATH', 'TMPDIR', 'TZ', 'USER'])")
      << Describe(result);
}

TEST_F(FileAttackTest, ProcessesOfTheHostAreNotSeen) {
  EXPECT_EQ(Attack("sorted(p for p in os.listdir('/proc') if p.isdigit())").display, "['1', '2']");
}

TEST_F(FileAttackTest, WritingOutsideTheWritableFoldersIsRefused) {
  for (const char* path : {"/x", "/usr/x", "/usr/bin/python3", "/etc/passwd", "/opt/x",
                           "/opt/venv/lib/x", "/opt/inhouse/kernel_main.py", "/dev/x", "/proc/x",
                           "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/home/x"}) {
    ExpectRefused("open('" + std::string(path) + "', 'a')");
  }
  ExpectRefused("os.chmod('/usr/bin/python3', 0o777)");
  ExpectRefused("os.rename('/opt/inhouse', '/opt/y')");
  ExpectRefused("os.unlink('/opt/inhouse/kernel_main.py')");
}

TEST_F(FileAttackTest, WritableFoldersAreItsOwn) {
  // A name that nothing else on the host uses, so that a file found there is the cell's.
  const std::string name = "inhouse-attack-" + std::to_string(::getpid());
  const CellResult result =
      Attack("for d in ('/work', '/tmp', '/dev/shm', '/home/user'): open(d + '/" + name +
             "', 'w').write('x')\n'ok'");
  EXPECT_EQ(result.display, "'ok'") << Describe(result);
  for (const char* folder : {"/tmp/", "/dev/shm/"}) {
    EXPECT_FALSE(std::filesystem::exists(folder + name)) << folder;
  }
}

TEST_F(FileAttackTest, RootsSeenThroughProcAreTheSandboxs) {
  const CellResult result = Attack(R"(
seen = {}
for where in ('self/root', '1/root', '2/root', 'self/cwd/../..', 'thread-self/root'):
    try: seen[where] = sorted(os.listdir('/proc/' + where)) == sorted(os.listdir('/'))
    except OSError as error: seen[where] = errno.errorcode[error.errno]
[where for where, value in seen.items() if value not in (True, 'EACCES', 'EPERM')])");
  EXPECT_EQ(result.display, "[]") << Describe(result);
  ExpectRefused("open('/proc/1/root/etc/shadow').read()");
  ExpectRefused("open('/proc/self/root/root/x')");
}

TEST_F(FileAttackTest, DescriptorsOfTheHostAreNotInherited) {
  const CellResult result = Attack(R"(
kinds = {}
for fd in os.listdir('/proc/self/fd'):
    try: kinds[int(fd)] = os.readlink('/proc/self/fd/' + fd).split(':')[0]
    except OSError: pass
(sorted(set(kinds.values()) - {'/dev/null', 'pipe', 'socket',
                               f'/proc/{os.getpid()}/clear_refs'}), kinds.get(3),
 [n for n, k in kinds.items() if k == 'socket']))");
  EXPECT_EQ(result.display, "([], 'socket', [3])") << Describe(result);
}

TEST_F(FileAttackTest, ChrootTrickIsRefused) {
  ExpectRefused("os.chroot('.')");
  ExpectRefused("syscall(155, b'/work', b'/work')");  // pivot_root
}

TEST(ReadOnlyMountTest, DataCannotBeChangedInAnyWay) {
  const TempDir folder;
  const auto kernel = testing::Start(WithData(folder));
  const CellResult result = RunCell(*kernel, R"(
import os
done = []
for action in (lambda: open('/data/x.csv', 'a'), lambda: open('/data/y', 'w'),
               lambda: os.unlink('/data/x.csv'), lambda: os.truncate('/data/x.csv', 0),
               lambda: os.chmod('/data/x.csv', 0o777), lambda: os.utime('/data/x.csv'),
               lambda: os.link('/data/x.csv', '/work/x'), lambda: os.rename('/data', '/d'),
               lambda: os.setxattr('/data/x.csv', 'user.a', b'1')):
    try: action()
    except OSError: continue
    done.append(1)
done)");
  EXPECT_EQ(result.display, "[]") << Describe(result);
  EXPECT_EQ(testing::ReadAll(folder.path() / "data/x.csv"), "x");
}

TEST(ReadOnlyMountTest, LinksInTheDataLeadNowhere) {
  const TempDir folder;
  const std::filesystem::path secret = folder.Write("secret", "s3cret");
  SandboxPolicy policy = WithData(folder);
  std::filesystem::create_symlink(secret, folder.path() / "data/link");
  std::filesystem::create_symlink("../secret", folder.path() / "data/relative");
  const auto kernel = testing::Start(policy);
  EXPECT_EQ(RunCell(*kernel, "open('/data/link').read()").error_type, "FileNotFoundError");
  EXPECT_EQ(RunCell(*kernel, "open('/data/relative').read()").error_type, "FileNotFoundError");
}

}  // namespace
}  // namespace inhouse

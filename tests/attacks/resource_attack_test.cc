// Memory, disk, processes, descriptors and the line to the host have an end.
#include <filesystem>

#include "tests/attacks/attack_harness.h"
#include "tests/support/temp_dir.h"

namespace inhouse {
namespace {

using std::chrono::milliseconds;
using testing::AttackTest;
using testing::Describe;
using testing::RunCell;
using testing::SmallPolicy;
using testing::TempDir;

SandboxPolicy TightPolicy() {
  SandboxPolicy policy = SmallPolicy();
  policy.limits.memory_bytes = int64_t{512} << 20;
  policy.limits.total_memory_bytes = int64_t{300} << 20;
  policy.limits.files = 2000;
  return policy;
}

class ResourceAttackTest : public AttackTest {
 protected:
  ResourceAttackTest() : AttackTest(TightPolicy()) {}
};

TEST_F(ResourceAttackTest, OneFileEndsAtItsLimit) {
  Attack("signal.signal(signal.SIGXFSZ, signal.SIG_IGN)");
  ExpectRefused("open('big', 'wb', buffering=0).write(bytes(1)) and os.truncate('big', 5 << 20)");
}

TEST_F(ResourceAttackTest, ManySmallFilesEndTheInterpreter) {
  const CellResult result =
      Attack("i = 0\nwhile True:\n    i += 1\n    open(f'/tmp/{i}', 'w').close()");
  EXPECT_EQ(result.error_type, "OverLimit") << Describe(result);
  EXPECT_NE(result.error_message.find("2000 files"), std::string::npos);
}

TEST_F(ResourceAttackTest, ThePlaceBeforeTheOutOfMemoryKillerIsKept) {
  const CellResult landlock = Attack("syscall(444, 0, 0, 1)");
  if (landlock.outcome != CellOutcome::kOk) GTEST_SKIP() << "no Landlock here (docs/sandbox.md)";
  Attack("try: open('/proc/self/oom_score_adj', 'w').write('0')\nexcept OSError: pass");
  EXPECT_EQ(Attack("open('/proc/self/oom_score_adj').read()").display, "'1000\\n'");
}

TEST_F(ResourceAttackTest, PseudoTerminalsOfTheMachineAreOutOfReach) {
  ExpectRefused("os.open('/dev/ptmx', os.O_RDWR)");
  ExpectRefused("os.open('/dev/pts/ptmx', os.O_RDWR)");
}

TEST_F(ResourceAttackTest, PrioritiesCannotBeRaised) {
  EXPECT_EQ(Attack("import resource\n[resource.getrlimit(k) for k in (13, 14)]").display,
            "[(0, 0), (0, 0)]");
}

// Its pages stay as long as one of them is mapped: in no process's sum, nor in a folder's.
TEST_F(ResourceAttackTest, SharedMemoryWithoutAFileIsRefused) {
  Attack("import mmap");
  ExpectRefused("mmap.mmap(-1, 4096)");
  ExpectRefused("syscall(9, 0, 4096, 3, 0x40021, -1, 0)");
  ExpectRefused("syscall(9, 0, 4096, 3, 0x100000021, -1, 0)");
  ExpectRefused("mmap.mmap(os.open('/dev/zero', os.O_RDWR), 4096, mmap.MAP_SHARED)");
  EXPECT_EQ(
      Attack("mmap.mmap(-1, 4096, mmap.MAP_PRIVATE)[:2], open('/dev/zero', 'rb').read(2)").display,
      "(b'\\x00\\x00', b'\\x00\\x00')");
}

TEST_F(ResourceAttackTest, MemoryIsCountedAlsoWhereTheFirstThreadHasEnded) {
  const CellResult result = Attack(R"(
import threading
def take():
    held = [bytearray(b'x') * (20 << 20) for _ in range(20)]
    while True: time.sleep(1)
if os.fork() == 0:
    threading.Thread(target=take).start()
    syscall(60, 0)
while True: time.sleep(1))");
  EXPECT_EQ(result.error_type, "OverLimit") << Describe(result);
}

TEST_F(ResourceAttackTest, WhatSocketsHoldIsCounted) {
  const CellResult result = Attack(R"(
held = []
def fill():
    while True:
        pair = socket.socketpair()
        held.append(pair)
        for end in pair:
            end.setblocking(False)
            try:
                while True: end.send(bytes(32768))
            except OSError: continue
for _ in range(8):
    if os.fork() == 0:
        try: fill()
        except OSError: pass
        while True: time.sleep(1)
while True: time.sleep(1))");
  EXPECT_EQ(result.error_type, "OverLimit") << Describe(result);
}

TEST_F(ResourceAttackTest, AttributesOfFilesCountAsFiles) {
  const CellResult result = Attack(R"(
open('named', 'w').close()
i = 0
while True:
    i += 1
    os.setxattr('named', f'user.{i}', bytes(1000)))");
  if (result.error_message.find("Errno 95") != std::string::npos)
    GTEST_SKIP() << "no attributes in memory here (Linux 6.6)";
  EXPECT_EQ(result.error_type, "OverLimit") << Describe(result);
  EXPECT_NE(result.error_message.find("attributes"), std::string::npos) << result.error_message;
}

// The cell writes to the line itself: descriptor 3.
class FrameAttackTest : public AttackTest {
 protected:
  void ExpectKilled(const CellResult& result) {
    EXPECT_EQ(result.outcome, CellOutcome::kKernelDied) << Describe(result);
    EXPECT_NE(result.error_message.find("wrote to the kernel's own channel"), std::string::npos)
        << result.error_message;
  }
};

TEST_F(FrameAttackTest, GarbageOnTheLineEndsTheInterpreter) {
  ExpectKilled(Attack("os.write(3, b'garbage, garbage, garbage')\nwhile True: time.sleep(1)"));
}

TEST_F(FrameAttackTest, HugeFrameEndsTheInterpreter) {
  ExpectKilled(Attack("os.write(3, struct.pack('<I', 0xffffffff))\nwhile True: time.sleep(1)"));
}

TEST_F(FrameAttackTest, DeepFrameEndsTheInterpreter) {
  ExpectKilled(
      Attack("body = b'[' * 1000000\n"
             "data = struct.pack('<I', len(body)) + body\n"
             "while data: data = data[os.write(3, data):]\n"
             "while True: time.sleep(1)"));
}

TEST_F(FrameAttackTest, ForgedResultIsNoticedByTheNextCellAtTheLatest) {
  Attack(R"(
import json
body = json.dumps({'v': 1, 'seq': 2, 'type': 'result', 'display': 'forged'}).encode()
os.write(3, struct.pack('<I', len(body)) + body))");
  const CellResult result = Attack("'honest'");
  EXPECT_EQ(result.outcome, CellOutcome::kKernelDied) << Describe(result);
  EXPECT_TRUE(result.state_lost);
  EXPECT_EQ(Attack("'honest'").display, "'honest'");
}

TEST_F(FrameAttackTest, ReadingTheHostsFramesEndsAtTheDeadline) {
  const CellResult result = Attack(
      "line = os.dup(3)\n"
      "if libc.fork() == 0:\n"
      "    while True: os.read(line, 1 << 16)\n"
      "time.sleep(0.1)");
  EXPECT_EQ(result.outcome, CellOutcome::kOk) << Describe(result);
  // The thief may or may not be the first to read, and rebuilding brings it back
  // twice; the third loss in a row makes an end of it.
  bool rid_of_it = false;
  for (int i = 0; i < 40 && !rid_of_it; ++i) rid_of_it = Attack("1", milliseconds(300)).state_lost;
  EXPECT_TRUE(rid_of_it);
}

TEST_F(FrameAttackTest, HostileFilesInTheWorkFolderAreLeftOut) {
  const CellResult made = Attack(R"(
os.symlink('/etc/passwd', 'link')
os.symlink('/', 'folder')
refused_pipe = refused(lambda: os.mkfifo('pipe'))
socket.socket(socket.AF_UNIX).bind('socket')
with open('sparse', 'wb') as file: file.truncate(4 << 20)
for i in range(300):
    os.mkdir('deep'); os.chdir('deep')
os.chdir('/work')
open('a..\n\x1b[2J', 'w').close()
open('unreadable', 'w').close(); os.chmod('unreadable', 0)
open('good.csv', 'w').write('ok')
refused_pipe)");
  ASSERT_EQ(made.display, "'refused: EPERM'") << Describe(made);
  const TempDir folder;
  CopyLimits limits;
  limits.total_bytes = 1 << 20;
  const auto report = kernel_->CopyWork(folder.path() / "out", limits);
  ASSERT_TRUE(report.ok()) << report.error().message;
  std::string skipped;
  for (const std::string& line : report->skipped) skipped += line + "\n";
  EXPECT_NE(skipped.find("link: it is a link"), std::string::npos) << skipped;
  EXPECT_NE(skipped.find("folder: it is a link"), std::string::npos) << skipped;
  EXPECT_NE(skipped.find("socket: it is not a regular file"), std::string::npos) << skipped;
  EXPECT_NE(skipped.find("sparse: over the size limit"), std::string::npos) << skipped;
  EXPECT_NE(skipped.find("nested too deep"), std::string::npos) << skipped;
  EXPECT_EQ(testing::ReadAll(folder.path() / "out/good.csv"), "ok");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "out/a..%0A%1B[2J"));
}

TEST_F(FrameAttackTest, WorkFolderIsCopiedAfterTheInterpreterDied) {
  const auto sandbox = StartSandbox(SmallPolicy());
  ASSERT_TRUE(sandbox.ok());
  const TempDir folder;
  ReadySandbox& ready = const_cast<ReadySandbox&>(*sandbox);
  ready.process.process.Kill();
  const auto report = CopyOut(ready.process.work.get(), folder.path() / "out", {});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->files.empty());
}

}  // namespace
}  // namespace inhouse

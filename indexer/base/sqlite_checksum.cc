#include "indexer/base/sqlite_checksum.h"

#include <sqlite3.h>
#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace inhouse {
namespace {

constexpr const char* kName = "inhouse-checksum";
constexpr int kData = kChecksumPage - kChecksumBytes;

// SQLite allocates this much plus the real layer's size; `real` lies behind.
struct ChecksumFile {
  sqlite3_file base;
  bool is_main, is_reader;
  sqlite3_int64 known_size;  // the file has at least these bytes
};
// Keeps the real file's struct aligned.
constexpr size_t kHead = (sizeof(ChecksumFile) + 15) / 16 * 16;

sqlite3_file* Real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kHead);
}
ChecksumFile* Own(sqlite3_file* file) { return reinterpret_cast<ChecksumFile*>(file); }
bool IsMain(sqlite3_file* file) { return Own(file)->is_main; }
sqlite3_vfs* RealVfs(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

uint64_t PageSum(const char* page, sqlite3_int64 offset) {
  return XXH3_64bits_withSeed(page, kData, static_cast<uint64_t>(offset / kChecksumPage) + 1);
}

bool IsWholePage(int amount, sqlite3_int64 offset) {
  return amount == kChecksumPage && offset % kChecksumPage == 0;
}

bool IsIntact(const char* page, sqlite3_int64 offset) {
  uint64_t stored = 0;
  std::memcpy(&stored, page + kData, sizeof(stored));
  return stored == PageSum(page, offset);
}

// A writer may ask for a page that it has not written yet: it lies behind the file's end.
// Whoever only reads asks for no such page.
int ShortRead(sqlite3_file* file, sqlite3_int64 offset) {
  sqlite3_int64 size = 0;
  const int rc = Real(file)->pMethods->xFileSize(Real(file), &size);
  if (rc != SQLITE_OK) return rc;
  return Own(file)->is_reader || size > offset ? SQLITE_IOERR_DATA : SQLITE_IOERR_SHORT_READ;
}

int Read(sqlite3_file* file, void* out, int amount, sqlite3_int64 offset) {
  const int rc = Real(file)->pMethods->xRead(Real(file), out, amount, offset);
  if (rc == SQLITE_IOERR_SHORT_READ && IsMain(file) && IsWholePage(amount, offset)) {
    return ShortRead(file, offset);
  }
  if (rc != SQLITE_OK || !IsMain(file)) return rc;
  // Only headers are read in small pieces; another page size is not ours.
  if (amount > kChecksumPage) return SQLITE_IOERR_DATA;
  if (!IsWholePage(amount, offset)) return rc;
  return IsIntact(static_cast<const char*>(out), offset) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int WritePage(sqlite3_file* file, const void* bytes, sqlite3_int64 offset) {
  char page[kChecksumPage];
  std::memcpy(page, bytes, kData);
  const uint64_t sum = PageSum(page, offset);
  std::memcpy(page + kData, &sum, sizeof(sum));
  return Real(file)->pMethods->xWrite(Real(file), page, kChecksumPage, offset);
}

// Pages that come and go within one update are never written; what comes behind them would
// leave a hole that reads as zeros. They are written as empty pages.
int FillUntil(sqlite3_file* file, sqlite3_int64 end) {
  constexpr char kEmpty[kChecksumPage] = {};
  ChecksumFile* own = Own(file);
  if (end <= own->known_size) return SQLITE_OK;
  int rc = Real(file)->pMethods->xFileSize(Real(file), &own->known_size);
  const sqlite3_int64 pages = (own->known_size + kChecksumPage - 1) / kChecksumPage;
  for (sqlite3_int64 at = pages * kChecksumPage; rc == SQLITE_OK && at < end; at += kChecksumPage) {
    rc = WritePage(file, kEmpty, at);
  }
  if (rc == SQLITE_OK) own->known_size = std::max(own->known_size, end);
  return rc;
}

int Write(sqlite3_file* file, const void* bytes, int amount, sqlite3_int64 offset) {
  if (!IsMain(file) || !IsWholePage(amount, offset)) {
    return Real(file)->pMethods->xWrite(Real(file), bytes, amount, offset);
  }
  int rc = FillUntil(file, offset);
  if (rc == SQLITE_OK) rc = WritePage(file, bytes, offset);
  if (rc == SQLITE_OK) Own(file)->known_size = std::max(Own(file)->known_size, offset + amount);
  return rc;
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (!IsMain(file)) return Real(file)->pMethods->xTruncate(Real(file), size);
  const int filled = FillUntil(file, size);  // it may also make a file longer
  if (filled != SQLITE_OK) return filled;
  Own(file)->known_size = std::min(Own(file)->known_size, size);
  return Real(file)->pMethods->xTruncate(Real(file), size);
}

// Everything else goes through unchanged.
int CloseFile(sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); }
int Sync(sqlite3_file* f, int flags) { return Real(f)->pMethods->xSync(Real(f), flags); }
int FileSize(sqlite3_file* f, sqlite3_int64* n) { return Real(f)->pMethods->xFileSize(Real(f), n); }
int Lock(sqlite3_file* f, int level) { return Real(f)->pMethods->xLock(Real(f), level); }
int Unlock(sqlite3_file* f, int level) { return Real(f)->pMethods->xUnlock(Real(f), level); }
int CheckReserved(sqlite3_file* f, int* out) {
  return Real(f)->pMethods->xCheckReservedLock(Real(f), out);
}
int FileControl(sqlite3_file* f, int op, void* arg) {
  return Real(f)->pMethods->xFileControl(Real(f), op, arg);
}
int SectorSize(sqlite3_file* f) { return Real(f)->pMethods->xSectorSize(Real(f)); }
int Traits(sqlite3_file* f) { return Real(f)->pMethods->xDeviceCharacteristics(Real(f)); }
int ShmMap(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, out);
}
int ShmLock(sqlite3_file* f, int offset, int n, int flags) {
  return Real(f)->pMethods->xShmLock(Real(f), offset, n, flags);
}
void ShmBarrier(sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); }
int ShmUnmap(sqlite3_file* f, int remove) { return Real(f)->pMethods->xShmUnmap(Real(f), remove); }

// Version 2: without memory mapping, which would bypass Read.
constexpr sqlite3_io_methods kMethods = {2,           CloseFile,  Read,    Write,  Truncate,
                                         Sync,        FileSize,   Lock,    Unlock, CheckReserved,
                                         FileControl, SectorSize, Traits,  ShmMap, ShmLock,
                                         ShmBarrier,  ShmUnmap,   nullptr, nullptr};

int OpenFile(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  ChecksumFile* own = Own(file);
  own->base.pMethods = nullptr;
  own->is_main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  own->is_reader = (flags & SQLITE_OPEN_READONLY) != 0;
  own->known_size = 0;
  const int rc = RealVfs(vfs)->xOpen(RealVfs(vfs), name, Real(file), flags, out_flags);
  if (rc == SQLITE_OK) own->base.pMethods = &kMethods;
  return rc;
}
int Delete(sqlite3_vfs* v, const char* name, int sync) {
  return RealVfs(v)->xDelete(RealVfs(v), name, sync);
}
int Access(sqlite3_vfs* v, const char* name, int flags, int* out) {
  return RealVfs(v)->xAccess(RealVfs(v), name, flags, out);
}
int FullPath(sqlite3_vfs* v, const char* name, int size, char* out) {
  return RealVfs(v)->xFullPathname(RealVfs(v), name, size, out);
}
int Random(sqlite3_vfs* v, int n, char* out) { return RealVfs(v)->xRandomness(RealVfs(v), n, out); }
int Sleep(sqlite3_vfs* v, int us) { return RealVfs(v)->xSleep(RealVfs(v), us); }
int Now(sqlite3_vfs* v, double* out) { return RealVfs(v)->xCurrentTime(RealVfs(v), out); }
int GetLastError(sqlite3_vfs* v, int n, char* out) {
  return RealVfs(v)->xGetLastError(RealVfs(v), n, out);
}
int NowInt(sqlite3_vfs* v, sqlite3_int64* out) {
  return RealVfs(v)->xCurrentTimeInt64(RealVfs(v), out);
}

sqlite3_vfs MakeVfs(sqlite3_vfs* real) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(kHead) + real->szOsFile;
  vfs.mxPathname = real->mxPathname;
  vfs.zName = kName;
  vfs.pAppData = real;
  vfs.xOpen = OpenFile;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPath;
  vfs.xRandomness = Random;
  vfs.xSleep = Sleep;
  vfs.xCurrentTime = Now;
  vfs.xGetLastError = GetLastError;
  vfs.xCurrentTimeInt64 = NowInt;
  return vfs;
}

}  // namespace

const char* ChecksumVfsName() {
  // SQLite keeps file layers in a registry of its own for the whole process;
  // what is registered must live as long.
  static sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
  if (real == nullptr) return nullptr;
  static sqlite3_vfs vfs = MakeVfs(real);
  static const int rc = sqlite3_vfs_register(&vfs, 0);
  return rc == SQLITE_OK ? kName : nullptr;
}

}  // namespace inhouse

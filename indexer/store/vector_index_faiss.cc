#include "indexer/store/vector_index_faiss.h"

#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "indexer/base/check.h"

// Of libgomp; its own header is not there for every compiler.
extern "C" void omp_set_num_threads(int);

namespace inhouse {
namespace {

using faiss::ScalarQuantizer;

// k-means: enough for cells of even size, about two seconds for 100,000 rows.
constexpr int kIterations = 8;
constexpr int kTrainingRowsPerCell = 64;
constexpr size_t kMaxCells = 4096;
// A search looks into one cell in so many at least.
constexpr size_t kCellShare = 8;
// Codes are rows with an offset of 128.
constexpr uint8_t kCodeFlip = 0x80;
// Rows turned into floats at once.
constexpr size_t kBatch = 8192;

// Runs `work` with FAISS on this thread alone and its exceptions as an Error.
template <typename T, typename Work>
Result<T> Guarded(const char* what, Work work) {
  omp_set_num_threads(1);
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error{ErrorKind::kLimit, std::string("not enough memory to ") + what};
  } catch (const std::exception& error) {
    return IndexError(std::string("FAISS cannot ") + what + ": " + error.what());
  }
}

std::vector<float> ToFloats(std::span<const int8_t> values) {
  std::vector<float> floats(values.size());
  std::transform(values.begin(), values.end(), floats.begin(),
                 [](int8_t value) { return static_cast<float>(value) / 127.0f; });
  return floats;
}

// Code c stands for vmin + vdiff · (c + 0.5) / 255 = (c - 128) / 127.
void SetRange(ScalarQuantizer* quantizer) {
  quantizer->trained = {-128.5f / 127.0f, 255.0f / 127.0f};
}

size_t CellsFor(size_t rows) {
  const auto root = static_cast<size_t>(std::sqrt(static_cast<double>(rows)));
  return std::clamp<size_t>(2 * root, 1, kMaxCells);
}

// Rows spread evenly over the whole, for training.
std::vector<float> Sample(std::span<const int8_t> values, size_t dimensions, size_t wanted) {
  const size_t rows = values.size() / dimensions;
  const size_t count = std::min(rows, wanted);
  std::vector<float> sample;
  sample.reserve(count * dimensions);
  for (size_t i = 0; i < count; ++i) {
    const std::vector<float> row =
        ToFloats(values.subspan(i * rows / count * dimensions, dimensions));
    sample.insert(sample.end(), row.begin(), row.end());
  }
  return sample;
}

std::unique_ptr<faiss::Index> MakeCells(std::span<const int8_t> values, size_t dimensions) {
  const size_t rows = values.size() / dimensions;
  const size_t cells = CellsFor(rows);
  const auto d = static_cast<faiss::Index::idx_t>(dimensions);
  auto centres = std::make_unique<faiss::IndexFlatIP>(d);
  auto index = std::make_unique<faiss::IndexIVFScalarQuantizer>(centres.get(), dimensions, cells,
                                                                ScalarQuantizer::QT_8bit_uniform,
                                                                faiss::METRIC_INNER_PRODUCT, false);
  index->own_fields = true;
  centres.release();  // index deletes it
  const std::vector<float> sample = Sample(values, dimensions, cells * kTrainingRowsPerCell);
  index->cp.niter = kIterations;
  index->cp.spherical = true;
  index->cp.min_points_per_centroid = 1;
  index->cp.max_points_per_centroid = kTrainingRowsPerCell;
  index->train(static_cast<faiss::Index::idx_t>(sample.size() / dimensions), sample.data());
  SetRange(&index->sq);
  return index;
}

void AddRows(std::span<const int64_t> ids, std::span<const int8_t> values, faiss::Index* index) {
  const auto dimensions = static_cast<size_t>(index->d);
  for (size_t begin = 0; begin < ids.size(); begin += kBatch) {
    const size_t count = std::min(kBatch, ids.size() - begin);
    const std::vector<float> rows =
        ToFloats(values.subspan(begin * dimensions, count * dimensions));
    index->add_with_ids(static_cast<faiss::Index::idx_t>(count), rows.data(), ids.data() + begin);
  }
}

const int8_t* AsRows(const uint8_t* codes) { return reinterpret_cast<const int8_t*>(codes); }

// How many cells hold about max_rows rows.
size_t CellsToVisit(const faiss::IndexIVF& index, size_t max_rows) {
  const auto rows = static_cast<size_t>(index.ntotal);
  if (rows <= max_rows) return index.nlist;
  const size_t wanted = index.nlist * max_rows / rows;
  return std::clamp<size_t>(wanted, (index.nlist + kCellShare - 1) / kCellShare, index.nlist);
}

void ScanCells(const faiss::IndexIVF& index, std::span<const float> query, size_t max_rows,
               VectorScan* scan) {
  std::vector<float> nearness(CellsToVisit(index, max_rows));
  std::vector<faiss::Index::idx_t> cells(nearness.size(), -1);
  index.quantizer->search(1, query.data(), static_cast<faiss::Index::idx_t>(cells.size()),
                          nearness.data(), cells.data());
  for (const faiss::Index::idx_t cell : cells) {
    if (cell < 0) continue;
    const auto number = static_cast<size_t>(cell);
    faiss::InvertedLists::ScopedIds ids(index.invlists, number);
    faiss::InvertedLists::ScopedCodes codes(index.invlists, number);
    scan->Add({ids.get(), index.invlists->list_size(number)}, AsRows(codes.get()), kCodeFlip);
  }
}

struct BytesReader : faiss::IOReader {
  explicit BytesReader(std::string_view bytes) : rest(bytes) {}
  size_t operator()(void* out, size_t size, size_t count) override {
    if (size == 0) return 0;
    const size_t whole = std::min(count, rest.size() / size);
    if (whole > 0) std::memcpy(out, rest.data(), whole * size);
    rest.remove_prefix(whole * size);
    return whole;
  }
  std::string_view rest;
};

struct BytesWriter : faiss::IOWriter {
  size_t operator()(const void* bytes, size_t size, size_t count) override {
    text.append(static_cast<const char*>(bytes), size * count);
    return count;
  }
  std::string text;
};

}  // namespace

struct FaissIndex::State {
  std::unique_ptr<faiss::Index> index;
  faiss::IndexIVF* cells = nullptr;  // the same

  // True if it is of the kind that Build makes.
  bool Recognise() {
    const auto* coded = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(index.get());
    cells = dynamic_cast<faiss::IndexIVF*>(index.get());
    return coded != nullptr && coded->code_size == static_cast<size_t>(coded->d) &&
           coded->metric_type == faiss::METRIC_INNER_PRODUCT;
  }
};

FaissIndex::FaissIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
FaissIndex::FaissIndex(FaissIndex&&) noexcept = default;
FaissIndex& FaissIndex::operator=(FaissIndex&&) noexcept = default;
FaissIndex::~FaissIndex() = default;

Result<FaissIndex> FaissIndex::Build(std::span<const int64_t> ids, std::span<const int8_t> values,
                                     size_t dimensions) {
  CHECK(dimensions > 0 && !ids.empty() && values.size() == ids.size() * dimensions);
  return Guarded<FaissIndex>("build the vector index", [&]() -> Result<FaissIndex> {
    auto state = std::make_unique<State>();
    state->index = MakeCells(values, dimensions);
    CHECK(state->Recognise());
    AddRows(ids, values, state->index.get());
    return FaissIndex(std::move(state));
  });
}

Result<FaissIndex> FaissIndex::Load(std::string_view bytes) {
  return Guarded<FaissIndex>("read the vector index", [&]() -> Result<FaissIndex> {
    BytesReader reader(bytes);
    auto state = std::make_unique<State>();
    state->index.reset(faiss::read_index(&reader));
    if (!state->Recognise()) return IndexError("the vector index is of another kind");
    return FaissIndex(std::move(state));
  });
}

Result<std::string> FaissIndex::Save() const {
  return Guarded<std::string>("write the vector index", [&]() -> Result<std::string> {
    BytesWriter writer;
    faiss::write_index(state_->index.get(), &writer);
    return std::move(writer.text);
  });
}

Status FaissIndex::Add(std::span<const int64_t> ids, std::span<const int8_t> values) {
  CHECK(values.size() == ids.size() * dimensions());
  const auto done = Guarded<bool>("add to the vector index", [&]() -> Result<bool> {
    AddRows(ids, values, state_->index.get());
    return true;
  });
  return done.ok() ? Status() : Status(done.error());
}

Status FaissIndex::Remove(std::span<const int64_t> ids) {
  if (ids.empty()) return {};
  const auto done = Guarded<bool>("remove from the vector index", [&]() -> Result<bool> {
    state_->index->remove_ids(faiss::IDSelectorBatch(ids.size(), ids.data()));
    return true;
  });
  return done.ok() ? Status() : Status(done.error());
}

Result<std::vector<VectorMatch>> FaissIndex::Search(std::span<const float> query, size_t k,
                                                    size_t max_rows) const {
  CHECK(query.size() == dimensions());
  using Matches = std::vector<VectorMatch>;
  return Guarded<Matches>("search the vector index", [&]() -> Result<Matches> {
    VectorScan scan(query, k);
    ScanCells(*state_->cells, query, max_rows, &scan);
    return scan.Take();
  });
}

std::vector<int64_t> FaissIndex::Ids() const {
  std::vector<int64_t> ids;
  const faiss::InvertedLists& lists = *state_->cells->invlists;
  for (size_t cell = 0; cell < lists.nlist; ++cell) {
    faiss::InvertedLists::ScopedIds in_cell(&lists, cell);
    ids.insert(ids.end(), in_cell.get(), in_cell.get() + lists.list_size(cell));
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

size_t FaissIndex::size() const { return static_cast<size_t>(state_->index->ntotal); }
size_t FaissIndex::dimensions() const { return static_cast<size_t>(state_->index->d); }

}  // namespace inhouse

#include "indexer/embed/static_embedder.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "indexer/base/digest.h"

namespace inhouse {
namespace {

using Vector = std::vector<float>;

StaticEmbedder Trained(WeightTable weights = {}, TermVectors jargon = {}) {
  return {BuiltInWeights(), std::move(weights), std::move(jargon)};
}

Vector EmbedWith(const Embedder& embedder, std::string_view text) {
  Vector out(embedder.dimensions(), 7.0f);
  EXPECT_TRUE(embedder.Embed({&text, 1}, EmbedRole::kQuery, out).ok());
  return out;
}

float Dot(const Vector& a, const Vector& b) {
  float sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(StaticWeights, TheBuiltInTableIsWhole) {
  const StaticWeights table = BuiltInWeights();
  EXPECT_TRUE(table.VerifyChecksum().ok());
  EXPECT_GT(table.size(), 10'000u);
  EXPECT_LE(table.size() * table.dimensions(), size_t{16} << 20);
  for (size_t i = 0; i < table.size(); i += 997) {
    EXPECT_EQ(table.Find(table.term(i)), static_cast<int64_t>(i));
    EXPECT_GT(table.scale(i), 0.0f);
  }
  EXPECT_EQ(table.Find("zzqqxx"), StaticWeights::kNone);
  EXPECT_EQ(table.Find(""), StaticWeights::kNone);
}

// A table of two terms with two dimensions.
std::string SmallTable() {
  std::string body(4 * sizeof(uint32_t), '\0');
  const auto put = [](std::string* bytes, size_t place, auto number) {
    std::memcpy(bytes->data() + place, &number, sizeof(number));
  };
  uint32_t number = 0;
  for (const std::string_view term : {"go", "down"}) {
    size_t slot = Xxh3(term) % 4;
    while (body[slot * 4] != 0) slot = (slot + 1) % 4;
    put(&body, slot * 4, ++number);
  }
  std::string rest(3 * sizeof(uint32_t) + 2 * sizeof(float), '\0');
  put(&rest, 4, uint32_t{2});
  put(&rest, 8, uint32_t{6});
  put(&rest, 12, 0.5f);
  put(&rest, 16, 0.25f);
  body += rest + "godown";
  body.resize((body.size() + 63) / 64 * 64);
  body += {3, 4, -3, -4};
  std::string header("IHWORDS1");
  header.resize(64);
  put(&header, 8, uint32_t{2});
  put(&header, 12, uint32_t{2});
  put(&header, 16, uint32_t{4});
  put(&header, 20, uint32_t{6});
  put(&header, 24, Xxh3(body));
  std::memcpy(header.data() + 36, "small", 5);
  return header + body;
}

TEST(StaticWeights, ReadsWhatItsFormatSays) {
  const std::string bytes = SmallTable();
  const auto table = StaticWeights::Open(bytes);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_TRUE(table->VerifyChecksum().ok());
  EXPECT_EQ(table->id().substr(0, 6), "small-");
  EXPECT_EQ(table->Find("down"), 1);
  EXPECT_EQ(table->row(1)[1], -4);
  EXPECT_EQ(table->scale(1), 0.25f);
  const StaticEmbedder embedder(*table, {}, {});
  EXPECT_EQ(EmbedWith(embedder, "go"), (Vector{0.6f, 0.8f}));
}

TEST(StaticWeights, DamageIsNoticed) {
  const std::string bytes = SmallTable();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(StaticWeights::Open(std::string_view(bytes).substr(0, size)).ok()) << size;
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 0x41);
    const auto table = StaticWeights::Open(bad);
    const bool in_name = i >= 32 && i < 64;
    if (!table.ok()) continue;
    EXPECT_EQ(table->VerifyChecksum().ok(), in_name) << i;
    table->Find("down");  // stays within the bytes
  }
}

struct Golden {
  std::vector<std::string> terms;
  std::vector<TermUse> uses;
  std::vector<WeightTable::Row> weights;
  Vector vector;
};

std::vector<Golden> ReadGolden() {
  std::ifstream in(std::string(INHOUSE_SOURCE_DIR) + "/tests/golden/embed.txt");
  std::vector<Golden> cases;
  std::string terms, numbers;
  while (std::getline(in, terms) && std::getline(in, numbers)) {
    Golden& one = cases.emplace_back();
    std::istringstream words(terms), values(numbers);
    std::string term;
    uint32_t count = 0;
    float idf = 0;
    while (words >> term >> count >> idf) {
      one.uses.push_back({static_cast<uint32_t>(one.terms.size()), count});
      one.terms.push_back(term);
      one.weights.emplace_back(term, idf);
    }
    for (float value = 0; values >> value;) one.vector.push_back(value);
  }
  return cases;
}

TEST(StaticEmbedder, GivesWhatTheTrainingCodeGives) {
  const std::vector<Golden> cases = ReadGolden();
  ASSERT_GE(cases.size(), 4u);
  for (const Golden& one : cases) {
    const StaticEmbedder embedder = Trained(WeightTable(one.weights));
    const std::vector<std::string_view> vocabulary(one.terms.begin(), one.terms.end());
    std::vector<TermUse> uses = one.uses;
    Vector got(embedder.dimensions());
    embedder.ForTerms(vocabulary)->Embed(uses, got);
    ASSERT_EQ(one.vector.size(), got.size());
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], one.vector[i], 1e-4f) << i;
  }
}

TEST(StaticEmbedder, CountedTermsGiveWhatTheTextGives) {
  const StaticEmbedder embedder = Trained(WeightTable({{"row", 2.0f}, {"drop", 4.5f}}));
  const std::vector<std::string_view> vocabulary = {"row", "unseenword", "drop", "the"};
  std::vector<TermUse> uses = {{2, 1}, {0, 2}, {1, 1}, {3, 4}};
  Vector got(embedder.dimensions());
  embedder.ForTerms(vocabulary)->Embed(uses, got);
  EXPECT_EQ(got, EmbedWith(embedder, "drop the rows, the row unseenword the the"));
}

TEST(StaticEmbedder, VectorsHaveUnitLengthOrAreZero) {
  const StaticEmbedder embedder = Trained();
  for (const char* text : {"write a parquet file", "fetch", "HTTP client timeout"}) {
    const Vector vector = EmbedWith(embedder, text);
    EXPECT_NEAR(Dot(vector, vector), 1.0f, 1e-5f) << text;
  }
  for (const char* text : {"", "   ", "+-*/ ()", "zzqqxx jjkkvv", "the of"}) {
    const Vector vector = EmbedWith(embedder, text);
    EXPECT_EQ(Dot(vector, vector), 0.0f) << text;
  }
}

// What words alone cannot do.
TEST(StaticEmbedder, MeaningMeetsWithoutACommonWord) {
  const StaticEmbedder embedder = Trained();
  const std::vector<std::string> apis = {"drop_missing_values", "send_email_message",
                                         "plot_histogram_chart", "train_test_split"};
  const std::pair<const char*, size_t> cases[] = {{"remove null records", 0},
                                                  {"notify somebody by smtp", 1},
                                                  {"draw a figure of the distribution", 2},
                                                  {"holdout subset for validation", 3}};
  for (const auto& [question, wanted] : cases) {
    const Vector query = EmbedWith(embedder, question);
    size_t best = 0;
    float best_score = -1;
    for (size_t i = 0; i < apis.size(); ++i) {
      const float score = Dot(query, EmbedWith(embedder, apis[i]));
      if (score > best_score) best = i, best_score = score;
    }
    EXPECT_EQ(best, wanted) << question;
  }
}

TEST(StaticEmbedder, TheCorpusDecidesWhatIsRare) {
  const StaticEmbedder embedder = Trained(WeightTable({{"frame", 0.1f}, {"holdout", 6.0f}}));
  const Vector both = EmbedWith(embedder, "frame holdout");
  EXPECT_GT(Dot(both, EmbedWith(embedder, "holdout")), Dot(both, EmbedWith(embedder, "frame")));
}

TEST(StaticEmbedder, AWordOfTheHouseHasTheVectorThatWasLearned) {
  const StaticWeights table = BuiltInWeights();
  const auto row = table.row(static_cast<size_t>(table.Find("churn")));
  const StaticEmbedder embedder =
      Trained({}, TermVectors({"zorblat"}, {0.01f}, {row.begin(), row.end()}));
  const Vector known = EmbedWith(embedder, "churn"), own = EmbedWith(embedder, "zorblat");
  EXPECT_NEAR(Dot(known, own), 1.0f, 1e-5f);
}

TEST(StaticEmbedder, SeveralThreadsGetTheSame) {
  const StaticEmbedder embedder = Trained();
  const Vector wanted = EmbedWith(embedder, "score all users");
  std::vector<Vector> got(4);
  {
    std::vector<std::jthread> threads;
    threads.reserve(got.size());
    for (Vector& out : got) {
      threads.emplace_back([&] { out = EmbedWith(embedder, "score all users"); });
    }
  }
  for (const Vector& vector : got) EXPECT_EQ(vector, wanted);
}

}  // namespace
}  // namespace inhouse

#include "indexer/base/digest.h"

#include <gtest/gtest.h>

namespace inhouse {
namespace {

// Known answers: FIPS 180-4 example values.
TEST(DigestTest, Sha256MatchesPublishedVectors) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256Hex(std::string(1000000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(DigestTest, Xxh3TellsContentsApart) {
  EXPECT_EQ(Xxh3Hex("").size(), 32u);
  EXPECT_EQ(Xxh3Hex("a"), Xxh3Hex("a"));
  EXPECT_NE(Xxh3Hex("a"), Xxh3Hex("b"));
}

}  // namespace
}  // namespace inhouse

// A script that people approved, kept to be shown for like requests: the flywheel's
// unit, as plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inhouse {

// A house API that a pattern calls, as it was when the script passed its checks.
struct PatternApi {
  std::string symbol;     // import name: "audience_io.write_audience"
  std::string signature;  // one line
};

struct Pattern {
  std::string name;     // of its files: "lookalike-audience-seed-3fa2b1c4"
  std::string request;  // with what was said later, one message a line
  std::string script;
  std::string before;  // what it was before a person edited it; "" if nobody did
  std::vector<PatternApi> apis;
};

// The digest by which a script is known again: SHA-256 of its lines without
// comments, empty lines and blanks at their ends, so that one that a person
// removed does not come back with another comment. Pure.
std::string ScriptDigest(std::string_view script);

// From the request's first telling words and the digest. Pure.
std::string PatternName(std::string_view request, std::string_view script);

}  // namespace inhouse

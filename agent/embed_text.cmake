# Turns a text file into a C++ source that holds it:
#   cmake -DINPUT=file -DOUTPUT=file.cc -DFUNCTION=Name -P embed_text.cmake
# defines std::string_view inhouse::Name().
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(WRITE ${OUTPUT} "#include <string_view>
namespace inhouse {
std::string_view ${FUNCTION}();
std::string_view ${FUNCTION}() {
  static constexpr char kText[] = {${bytes}'\\0'};
  return std::string_view(kText, sizeof(kText) - 1);
}
}  // namespace inhouse
")

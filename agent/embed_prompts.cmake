# Turns the texts of prompts into one C++ source that holds them as a table:
#   cmake -DFOLDER=prompts -DNAMES=a:b -DOUTPUT=file.cc -P embed_prompts.cmake
# defines inhouse::BuiltInPrompts(): (name, text), in the order given.
string(REPLACE ":" ";" names "${NAMES}")
list(LENGTH names count)
set(arrays "")
set(rows "")
foreach(name ${names})
  file(READ ${FOLDER}/${name}.md hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char k_${name}[] = {${bytes}'\\0'};\n")
  string(APPEND rows "    {\"${name}\", {k_${name}, sizeof(k_${name}) - 1}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include <array>
#include <span>
#include <string_view>
#include <utility>
namespace inhouse {
std::span<const std::pair<std::string_view, std::string_view>> BuiltInPrompts();
namespace {
${arrays}constexpr std::array<std::pair<std::string_view, std::string_view>, ${count}> kPrompts = {{
${rows}}};
}  // namespace
std::span<const std::pair<std::string_view, std::string_view>> BuiltInPrompts() { return kPrompts; }
}  // namespace inhouse
")

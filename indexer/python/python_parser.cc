#include "indexer/python/python_parser.h"

#include <time.h>
#include <tree_sitter/api.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "indexer/base/check.h"
#include "indexer/python/source_text.h"
#include "indexer/python/syntax_flattener.h"
#include "indexer/python/syntax_repair.h"

extern "C" const TSLanguage* tree_sitter_python(void);

namespace inhouse {
namespace {

// How far a text with errors is tried to be mended.
constexpr int kMaxRetries = 12;
constexpr size_t kMaxErrorsTried = 4;
constexpr size_t kMaxRetriedBytes = size_t{1} << 20;

// CPU time of this thread.
std::chrono::nanoseconds CpuTime() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

NodeKind Kind(const TSLanguage* language, std::string_view name, bool named = true) {
  return ts_language_symbol_for_name(language, name.data(), static_cast<uint32_t>(name.size()),
                                     named);
}

FieldId Field(const TSLanguage* language, std::string_view name) {
  return static_cast<FieldId>(
      ts_language_field_id_for_name(language, name.data(), static_cast<uint32_t>(name.size())));
}

void FillKinds(const TSLanguage* l, Grammar* g) {
  const std::pair<NodeKind Grammar::*, const char*> kinds[] = {
      {&Grammar::module, "module"},
      {&Grammar::block, "block"},
      {&Grammar::comment, "comment"},
      {&Grammar::error, "ERROR"},
      {&Grammar::function_definition, "function_definition"},
      {&Grammar::class_definition, "class_definition"},
      {&Grammar::decorated_definition, "decorated_definition"},
      {&Grammar::decorator, "decorator"},
      {&Grammar::expression_statement, "expression_statement"},
      {&Grammar::assignment, "assignment"},
      {&Grammar::augmented_assignment, "augmented_assignment"},
      {&Grammar::type_alias_statement, "type_alias_statement"},
      {&Grammar::import_statement, "import_statement"},
      {&Grammar::import_from_statement, "import_from_statement"},
      {&Grammar::future_import_statement, "future_import_statement"},
      {&Grammar::aliased_import, "aliased_import"},
      {&Grammar::dotted_name, "dotted_name"},
      {&Grammar::relative_import, "relative_import"},
      {&Grammar::import_prefix, "import_prefix"},
      {&Grammar::wildcard_import, "wildcard_import"},
      {&Grammar::if_statement, "if_statement"},
      {&Grammar::elif_clause, "elif_clause"},
      {&Grammar::else_clause, "else_clause"},
      {&Grammar::try_statement, "try_statement"},
      {&Grammar::except_clause, "except_clause"},
      {&Grammar::finally_clause, "finally_clause"},
      {&Grammar::with_statement, "with_statement"},
      {&Grammar::with_clause, "with_clause"},
      {&Grammar::with_item, "with_item"},
      {&Grammar::for_statement, "for_statement"},
      {&Grammar::while_statement, "while_statement"},
      {&Grammar::match_statement, "match_statement"},
      {&Grammar::case_clause, "case_clause"},
      {&Grammar::case_pattern, "case_pattern"},
      {&Grammar::class_pattern, "class_pattern"},
      {&Grammar::splat_pattern, "splat_pattern"},
      {&Grammar::parameters, "parameters"},
      {&Grammar::typed_parameter, "typed_parameter"},
      {&Grammar::default_parameter, "default_parameter"},
      {&Grammar::typed_default_parameter, "typed_default_parameter"},
      {&Grammar::list_splat_pattern, "list_splat_pattern"},
      {&Grammar::dictionary_splat_pattern, "dictionary_splat_pattern"},
      {&Grammar::keyword_separator, "keyword_separator"},
      {&Grammar::positional_separator, "positional_separator"},
      {&Grammar::identifier, "identifier"},
      {&Grammar::attribute, "attribute"},
      {&Grammar::call, "call"},
      {&Grammar::argument_list, "argument_list"},
      {&Grammar::keyword_argument, "keyword_argument"},
      {&Grammar::list_splat, "list_splat"},
      {&Grammar::dictionary_splat, "dictionary_splat"},
      {&Grammar::string, "string"},
      {&Grammar::string_start, "string_start"},
      {&Grammar::string_content, "string_content"},
      {&Grammar::interpolation, "interpolation"},
      {&Grammar::concatenated_string, "concatenated_string"},
      {&Grammar::integer, "integer"},
      {&Grammar::float_, "float"},
      {&Grammar::true_, "true"},
      {&Grammar::false_, "false"},
      {&Grammar::none, "none"},
      {&Grammar::list, "list"},
      {&Grammar::tuple, "tuple"},
      {&Grammar::set, "set"},
      {&Grammar::dictionary, "dictionary"},
      {&Grammar::pair, "pair"},
      {&Grammar::unary_operator, "unary_operator"},
      {&Grammar::subscript, "subscript"},
      {&Grammar::parenthesized_expression, "parenthesized_expression"},
      {&Grammar::generator_expression, "generator_expression"},
      {&Grammar::list_comprehension, "list_comprehension"},
      {&Grammar::set_comprehension, "set_comprehension"},
      {&Grammar::dictionary_comprehension, "dictionary_comprehension"},
      {&Grammar::for_in_clause, "for_in_clause"},
      {&Grammar::lambda, "lambda"},
      {&Grammar::lambda_parameters, "lambda_parameters"},
      {&Grammar::named_expression, "named_expression"},
      {&Grammar::yield, "yield"},
      {&Grammar::await, "await"},
      {&Grammar::return_statement, "return_statement"},
      {&Grammar::raise_statement, "raise_statement"},
      {&Grammar::global_statement, "global_statement"},
      {&Grammar::nonlocal_statement, "nonlocal_statement"},
      {&Grammar::delete_statement, "delete_statement"},
      {&Grammar::pattern_list, "pattern_list"},
      {&Grammar::tuple_pattern, "tuple_pattern"},
      {&Grammar::list_pattern, "list_pattern"},
      {&Grammar::as_pattern, "as_pattern"},
      {&Grammar::as_pattern_target, "as_pattern_target"},
      {&Grammar::type, "type"},
      {&Grammar::generic_type, "generic_type"},
      {&Grammar::binary_operator, "binary_operator"},
      {&Grammar::type_parameter, "type_parameter"},
      {&Grammar::union_type, "union_type"},
      {&Grammar::conditional_expression, "conditional_expression"},
      {&Grammar::expression_list, "expression_list"},
      {&Grammar::print_statement, "print_statement"},
      {&Grammar::exec_statement, "exec_statement"},
      {&Grammar::pass_statement, "pass_statement"},
  };
  for (const auto& [member, name] : kinds) {
    g->*member = Kind(l, name);
    CHECK(g->*member != 0);
  }
}

void FillFields(const TSLanguage* l, Grammar* g) {
  CHECK(ts_language_field_count(l) <= std::numeric_limits<FieldId>::max());
  const std::pair<FieldId Grammar::*, const char*> fields[] = {
      {&Grammar::f_name, "name"},
      {&Grammar::f_parameters, "parameters"},
      {&Grammar::f_body, "body"},
      {&Grammar::f_return_type, "return_type"},
      {&Grammar::f_superclasses, "superclasses"},
      {&Grammar::f_left, "left"},
      {&Grammar::f_right, "right"},
      {&Grammar::f_type, "type"},
      {&Grammar::f_value, "value"},
      {&Grammar::f_alias, "alias"},
      {&Grammar::f_module_name, "module_name"},
      {&Grammar::f_function, "function"},
      {&Grammar::f_arguments, "arguments"},
      {&Grammar::f_object, "object"},
      {&Grammar::f_attribute, "attribute"},
      {&Grammar::f_definition, "definition"},
      {&Grammar::f_type_parameters, "type_parameters"},
      {&Grammar::f_operator, "operator"},
      {&Grammar::f_argument, "argument"},
      {&Grammar::f_consequence, "consequence"},
      {&Grammar::f_alternative, "alternative"},
      {&Grammar::f_subscript, "subscript"},
  };
  for (const auto& [member, name] : fields) {
    g->*member = Field(l, name);
    CHECK(g->*member != 0);
  }
}

struct TextInput {
  std::string_view text;
  std::chrono::nanoseconds deadline;
  int calls = 0;  // of PastDeadline
};

const char* ReadText(void* payload, uint32_t byte, TSPoint, uint32_t* bytes_read) {
  const auto* input = static_cast<TextInput*>(payload);
  if (byte >= input->text.size()) {
    *bytes_read = 0;
    return "";
  }
  *bytes_read = static_cast<uint32_t>(input->text.size() - byte);
  return input->text.data() + byte;
}

// Asked every hundred operations of the parser, some microseconds; the clock is
// dearer than that.
bool PastDeadline(TSParseState* state) {
  constexpr int kEvery = 32;
  auto* input = static_cast<TextInput*>(state->payload);
  if (++input->calls % kEvery != 0) return false;
  return CpuTime() > input->deadline;
}

// What a tree with errors gives all the same.
struct Survey {
  int errors = 0;
  int definitions = 0;
  std::vector<uint32_t> error_starts;  // of the first few: where their text begins
};

Survey SurveyOf(const SyntaxTree& tree) {
  const Grammar& g = PythonGrammar();
  Survey survey;
  for (TreeWalk walk(tree.root()); !walk.done(); walk.Next()) {
    const SyntaxNode node = walk.node();
    survey.definitions += Is(node, g.function_definition) || Is(node, g.class_definition);
    if (!node.is_error() && !node.is_missing()) continue;
    ++survey.errors;
    const std::string_view text = tree.text().substr(node.start_byte());
    const size_t blanks = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    if (survey.error_starts.size() < kMaxErrorsTried) {
      survey.error_starts.push_back(node.start_byte() + static_cast<uint32_t>(blanks));
    }
  }
  return survey;
}

}  // namespace

const Grammar& PythonGrammar() {
  static const Grammar grammar = [] {
    Grammar g{};
    g.language = tree_sitter_python();
    FillKinds(g.language, &g);
    FillFields(g.language, &g);
    return g;
  }();
  return grammar;
}

int SyntaxTree::CountErrors() const {
  if (error_count_ > 0 || !root().has_error()) return error_count_;
  int count = 0;
  for (TreeWalk walk(root()); !walk.done(); walk.Next()) {
    const SyntaxNode node = walk.node();
    if (node.is_error() || node.is_missing()) ++count;
    if (!node.has_error()) walk.SkipChildren();
  }
  return count;
}

void PythonParser::Delete::operator()(TSParser* parser) const { ts_parser_delete(parser); }

PythonParser::PythonParser() : parser_(ts_parser_new()) {
  CHECK(ts_parser_set_language(parser_.get(), PythonGrammar().language));
}

std::vector<FlatNode> PythonParser::ParseOnce(std::string_view utf8,
                                              std::chrono::milliseconds deadline) {
  TextInput input{utf8, CpuTime() + deadline};
  const TSInput reader{&input, ReadText, TSInputEncodingUTF8, nullptr};
  const TSParseOptions options{&input, PastDeadline};
  TSTree* tree = ts_parser_parse_with_options(parser_.get(), nullptr, reader, options);
  if (tree == nullptr) {
    ts_parser_reset(parser_.get());
    return {};
  }
  std::vector<FlatNode> nodes = FlattenTree(*tree);
  ts_tree_delete(tree);
  return nodes;
}

Result<SyntaxTree> PythonParser::Parse(std::string_view utf8, std::chrono::milliseconds deadline) {
  if (utf8.size() > kMaxSourceBytes) {
    return BadInput("it has " + std::to_string(utf8.size()) + " bytes, more than the limit of " +
                    std::to_string(kMaxSourceBytes));
  }
  std::vector<FlatNode> nodes = ParseOnce(utf8, deadline);
  if (nodes.empty()) {
    return BadInput("parsing took more than " + std::to_string(deadline.count()) + " ms");
  }
  SyntaxTree plain(std::move(nodes), utf8);
  int errors = plain.CountErrors();
  if (errors == 0) return plain;
  std::string sound = BlankTypeDefaults(utf8);
  if (sound != utf8) {
    std::optional<SyntaxTree> newer = ParseRepaired(utf8, std::move(sound), deadline);
    const int left = newer ? newer->CountErrors() : errors;
    if (left == 0) {
      newer->set_is_sound();
      return *std::move(newer);
    }
    errors = std::min(errors, left);
  }
  SyntaxTree best = std::move(plain);
  std::string repaired = BlankBrokenStatements(utf8);
  if (repaired != utf8) {
    std::optional<SyntaxTree> mended = ParseRepaired(utf8, std::move(repaired), deadline);
    if (mended && mended->CountErrors() <= errors) best = *std::move(mended);
  }
  BlankLinesWithErrors(utf8, deadline, &best);
  best.set_error_count(errors);
  return best;
}

bool PythonParser::ParseAlone(std::string_view utf8) {
  TSTree* tree = ts_parser_parse_string(parser_.get(), nullptr, utf8.data(),
                                        static_cast<uint32_t>(utf8.size()));
  ts_tree_delete(tree);
  return tree != nullptr;
}

std::optional<SyntaxTree> PythonParser::ParseRepaired(std::string_view utf8, std::string repaired,
                                                      std::chrono::milliseconds deadline) {
  auto text = std::make_unique<const std::string>(std::move(repaired));
  std::vector<FlatNode> nodes = ParseOnce(*text, deadline);
  if (nodes.empty()) return std::nullopt;
  return SyntaxTree(std::move(nodes), utf8, std::move(text));
}

// An error can keep the parser from seeing what follows ("else:" without an
// "if"). The line on which it begins is blanked if that brings definitions to
// light, or removes errors without hiding any.
void PythonParser::BlankLinesWithErrors(std::string_view utf8, std::chrono::milliseconds deadline,
                                        SyntaxTree* best) {
  if (utf8.size() > kMaxRetriedBytes) return;
  Survey have = SurveyOf(*best);
  const std::chrono::nanoseconds end = CpuTime() + deadline;
  size_t next = 0;
  for (int round = 0; round < kMaxRetries && next < have.error_starts.size(); ++round) {
    std::string repaired = BlankLineAt(best->text(), have.error_starts[next++]);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - CpuTime());
    std::optional<SyntaxTree> tree = ParseRepaired(utf8, std::move(repaired), left);
    if (!tree) return;
    Survey found = SurveyOf(*tree);
    const bool better = found.definitions > have.definitions ||
                        (found.definitions == have.definitions && found.errors < have.errors);
    if (!better) continue;
    *best = *std::move(tree);
    have = std::move(found);
    next = 0;
  }
}

SourceRange RangeOf(SyntaxNode node) {
  SourceRange range;
  range.start_line = static_cast<int>(node.start_row()) + 1;
  // A node that ends at column 0 ends with the line before.
  const bool ends_before = node.ends_at_line_begin() && node.end_row() > node.start_row();
  range.end_line = static_cast<int>(node.end_row()) + (ends_before ? 0 : 1);
  range.start_byte = node.start_byte();
  range.end_byte = node.end_byte();
  return range;
}

}  // namespace inhouse

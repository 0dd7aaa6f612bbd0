// Python source text → syntax tree. The one door to tree-sitter: only this file and
// syntax_flattener include its headers.
//
// A SyntaxTree owns the tree; the text it was parsed from must outlive it. Text
// with errors is repaired first (syntax_repair.h: same length, so all offsets
// stay true), and only then does the tree hold a text of its own. Its nodes: syntax_node.h.
// A PythonParser belongs to one thread and is cheap to reuse; a SyntaxTree is
// read-only and may be read by several threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "indexer/base/result.h"
#include "indexer/python/symbol.h"
#include "indexer/python/syntax_node.h"

struct TSLanguage;
struct TSParser;

namespace inhouse {

// Numbers of the grammar's node kinds and fields that we look at, resolved once.
struct Grammar {
  const TSLanguage* language;
  // node kinds
  NodeKind module, block, comment, error;
  NodeKind function_definition, class_definition, decorated_definition, decorator;
  NodeKind expression_statement, assignment, augmented_assignment, type_alias_statement;
  NodeKind import_statement, import_from_statement, future_import_statement, aliased_import;
  NodeKind dotted_name, relative_import, import_prefix, wildcard_import;
  NodeKind if_statement, elif_clause, else_clause, try_statement, except_clause, finally_clause,
      with_statement, with_clause, with_item, for_statement, while_statement, match_statement,
      case_clause, case_pattern, class_pattern, splat_pattern;
  NodeKind parameters, typed_parameter, default_parameter, typed_default_parameter,
      list_splat_pattern, dictionary_splat_pattern, keyword_separator, positional_separator;
  NodeKind identifier, attribute, call, argument_list, keyword_argument, list_splat,
      dictionary_splat, string, string_start, string_content, interpolation, concatenated_string,
      integer, float_, true_, false_, none, list, tuple, set, dictionary, pair, unary_operator,
      subscript, parenthesized_expression, generator_expression, list_comprehension,
      set_comprehension, dictionary_comprehension, for_in_clause, lambda, lambda_parameters,
      named_expression, yield, await, return_statement, raise_statement, global_statement,
      nonlocal_statement, delete_statement, pattern_list, tuple_pattern, list_pattern, as_pattern,
      as_pattern_target, type, generic_type, binary_operator, type_parameter, union_type,
      conditional_expression, expression_list, print_statement, exec_statement, pass_statement;
  // fields
  FieldId f_name, f_parameters, f_body, f_return_type, f_superclasses, f_left, f_right, f_type,
      f_value, f_alias, f_module_name, f_function, f_arguments, f_object, f_attribute, f_definition,
      f_type_parameters, f_operator, f_argument, f_consequence, f_alternative, f_subscript;
};
const Grammar& PythonGrammar();

// The byte itself, or the nearest one before (behind) it that no character spans.
inline uint32_t CharacterBegin(std::string_view utf8, uint32_t byte) {
  while (byte > 0 && byte < utf8.size() && (static_cast<uint8_t>(utf8[byte]) & 0xC0) == 0x80) {
    --byte;
  }
  return byte;
}
inline uint32_t CharacterEnd(std::string_view utf8, uint32_t byte) {
  while (byte < utf8.size() && (static_cast<uint8_t>(utf8[byte]) & 0xC0) == 0x80) ++byte;
  return byte;
}

class SyntaxTree {
 public:
  SyntaxTree(std::vector<FlatNode> nodes, std::string_view text)
      : nodes_(std::move(nodes)), text_(text) {}
  // Of `repaired`, which is `original` with some bytes blanked.
  SyntaxTree(std::vector<FlatNode> nodes, std::string_view original,
             std::unique_ptr<const std::string> repaired)
      : nodes_(std::move(nodes)),
        text_(*repaired),
        original_(original),
        repaired_(std::move(repaired)) {}

  SyntaxNode root() const { return SyntaxNode(nodes_.data()); }
  std::string_view text() const { return text_; }
  // Empty for null. In broken code a node may end inside a character: the text has
  // the whole of it.
  std::string_view TextOf(SyntaxNode node) const {
    if (node.is_null()) return {};
    const uint32_t begin = CharacterBegin(text_, node.start_byte());
    return text_.substr(begin, CharacterEnd(text_, node.end_byte()) - begin);
  }
  // True if the bytes are not what the file says: they were repaired.
  bool IsRepaired(uint32_t begin, uint32_t end) const {
    return repaired_ != nullptr && !is_sound_ &&
           text_.substr(begin, end - begin) != original_.substr(begin, end - begin);
  }
  // Number of ERROR and MISSING nodes in the tree of the text as it was given; 0
  // without walking when there are none.
  int CountErrors() const;
  void set_error_count(int count) { error_count_ = count; }
  // Its text was only changed where the grammar is older than Python.
  void set_is_sound() { is_sound_ = true; }

 private:
  std::vector<FlatNode> nodes_;  // never empty
  std::string_view text_;
  std::string_view original_;  // set with repaired_
  std::unique_ptr<const std::string> repaired_;
  int error_count_ = 0;  // of the text before its repair
  bool is_sound_ = false;
};

inline constexpr size_t kMaxSourceBytes = size_t{8} << 20;
// Of CPU time, so that a busy machine does not change what is indexed. Python
// takes about 2 s for the largest text that is let in.
inline constexpr std::chrono::milliseconds kParseDeadline{5000};

class PythonParser {
 public:
  PythonParser();

  // `utf8` must outlive the tree. Errors: kBadInput when it is larger than
  // kMaxSourceBytes or parsing takes more CPU time than `deadline`. A text with
  // errors may take three times as much: its repair has a deadline for each step.
  Result<SyntaxTree> Parse(std::string_view utf8,
                           std::chrono::milliseconds deadline = kParseDeadline);
  // Has tree-sitter parse `utf8` and throws the tree away: what indexing cannot
  // avoid, for measurements. False if there is no tree.
  bool ParseAlone(std::string_view utf8);

 private:
  struct Delete {
    void operator()(TSParser* parser) const;
  };
  // Empty when it takes longer.
  std::vector<FlatNode> ParseOnce(std::string_view utf8, std::chrono::milliseconds deadline);
  std::optional<SyntaxTree> ParseRepaired(std::string_view utf8, std::string repaired,
                                          std::chrono::milliseconds deadline);
  void BlankLinesWithErrors(std::string_view utf8, std::chrono::milliseconds deadline,
                            SyntaxTree* best);

  std::unique_ptr<TSParser, Delete> parser_;
};

SourceRange RangeOf(SyntaxNode node);

}  // namespace inhouse

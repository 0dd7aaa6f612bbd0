#include "indexer/python/syntax_flattener.h"

// Private headers of the pinned version, C.
#include "language.h"
#include "subtree.h"
#include "tree.h"

namespace inhouse {
namespace {

class Flattener {
 public:
  explicit Flattener(const TSTree& tree) : language_(*tree.language) {
    const Subtree root = tree.root;
    nodes_.reserve(size_t{ts_subtree_visible_descendant_count(root)} + 1);
    const Length start = ts_subtree_padding(root);
    Add(root, 0, 0, start, length_add(start, ts_subtree_size(root)), 0);
    Enter(root, start, 0, 0, true);
  }

  std::vector<FlatNode> Run() {
    while (!open_.empty()) {
      Children& children = open_.back();
      if (children.next != children.end) {
        Take(&children);
        continue;
      }
      if (children.ends_node) {
        nodes_[children.parent].span = static_cast<uint32_t>(nodes_.size()) - children.parent;
      }
      open_.pop_back();
    }
    return std::move(nodes_);
  }

 private:
  // Children of one subtree that are still to be taken.
  struct Children {
    const Subtree* next;
    const Subtree* end;
    Length at;                // where the one before ended
    const TSSymbol* aliases;  // by place, or null
    const TSFieldMapEntry* fields;
    const TSFieldMapEntry* fields_end;
    uint32_t place;   // among those that are no extras
    uint32_t parent;  // the visible node above
    FieldId field;    // of the hidden subtree itself
    bool is_first;
    bool ends_node;  // the subtree is `parent`, not a hidden one below it
  };

  void Enter(Subtree subtree, Length start, uint32_t parent, FieldId field, bool ends_node) {
    if (ts_subtree_child_count(subtree) == 0) return;
    const Subtree* children = ts_subtree_children(subtree);
    const uint32_t production = subtree.ptr->production_id;
    Children& entry = open_.emplace_back();
    entry.next = children;
    entry.end = children + subtree.ptr->child_count;
    entry.at = start;
    entry.aliases = ts_language_alias_sequence(&language_, production);
    ts_language_field_map(&language_, production, &entry.fields, &entry.fields_end);
    entry.place = 0;
    entry.parent = parent;
    entry.field = field;
    entry.is_first = true;
    entry.ends_node = ends_node;
  }

  static FieldId FieldAt(const Children& children) {
    for (const TSFieldMapEntry* field = children.fields; field != children.fields_end; ++field) {
      if (!field->inherited && field->child_index == children.place)
        return static_cast<FieldId>(field->field_id);
    }
    return children.field;
  }

  void Take(Children* children) {
    const Subtree child = *children->next++;
    Length start = children->at;
    // The padding of the first child is that of its parent.
    if (!children->is_first) start = length_add(start, ts_subtree_padding(child));
    children->is_first = false;
    children->at = length_add(start, ts_subtree_size(child));
    TSSymbol alias = 0;
    FieldId field = 0;
    if (!ts_subtree_extra(child)) {
      field = FieldAt(*children);
      if (children->aliases != nullptr) alias = children->aliases[children->place];
      ++children->place;
    }
    if (alias != 0 || ts_subtree_visible(child)) {
      const uint32_t node = Add(child, alias, field, start, children->at, children->parent);
      Enter(child, start, node, 0, true);
    } else if (ts_subtree_visible_child_count(child) > 0) {
      Enter(child, start, children->parent, field, false);
    }
  }

  uint32_t Add(Subtree subtree, TSSymbol alias, FieldId field, Length start, Length end,
               uint32_t parent) {
    const auto place = static_cast<uint32_t>(nodes_.size());
    FlatNode& node = nodes_.emplace_back();
    node.start_byte = start.bytes;
    node.end_byte = end.bytes;
    node.start_row = start.extent.row;
    node.end_row = end.extent.row;
    node.to_parent = place - parent;
    const TSSymbol symbol = alias != 0 ? alias : ts_subtree_symbol(subtree);
    node.kind = symbol == ts_builtin_sym_error ? kErrorKind : language_.public_symbol_map[symbol];
    node.field = field;
    if (place > 0) node.depth = nodes_[parent].depth + 1;
    node.is_named = alias != 0 ? language_.symbol_metadata[alias].named : ts_subtree_named(subtree);
    node.is_missing = ts_subtree_missing(subtree);
    node.is_extra = ts_subtree_extra(subtree);
    node.has_error = ts_subtree_error_cost(subtree) > 0;
    node.ends_at_line_begin = end.extent.column == 0;
    return place;
  }

  const TSLanguage& language_;
  std::vector<FlatNode> nodes_;
  std::vector<Children> open_;
};

}  // namespace

std::vector<FlatNode> FlattenTree(const TSTree& tree) { return Flattener(tree).Run(); }

}  // namespace inhouse

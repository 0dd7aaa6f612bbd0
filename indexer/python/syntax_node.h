// Nodes of a syntax tree, laid out flat: all visible nodes of a file in source
// order in one array, each with how many nodes it spans and how far away its
// parent is. Moving in any direction is arithmetic, and walking a file several
// times costs little beside parsing it; tree-sitter's own cursors search hidden
// nodes anew at each step, its ts_node_parent from the root.
//
// A SyntaxNode is a pointer into the array that a SyntaxTree owns (python_parser.h):
// copied freely, valid as long as the tree. Trees can be 200,000 levels deep, so
// nobody recurses over them: use TreeWalk.
#pragma once

#include <cstdint>

namespace inhouse {

using NodeKind = uint16_t;  // numbers of the grammar, as Grammar has them
using FieldId = uint8_t;    // 0: none
inline constexpr NodeKind kErrorKind = 0xFFFF;

// One node as it is stored (written by syntax_flattener).
struct FlatNode {
  uint32_t start_byte = 0, end_byte = 0;
  uint32_t start_row = 0, end_row = 0;
  uint32_t span = 1;       // nodes of the subtree, itself included
  uint32_t to_parent = 0;  // how many places before; 0: it is the root
  uint32_t depth = 0;
  NodeKind kind = 0;
  FieldId field = 0;  // of its parent
  bool is_named : 1 = false;
  bool is_missing : 1 = false;
  bool is_extra : 1 = false;
  bool has_error : 1 = false;           // it, or a node below it
  bool ends_at_line_begin : 1 = false;  // its end is in column 0
};

// Null is a value: the answer where there is no such node. It has no children and
// no parent, and all that is read of it is zero (it points to a node of no tree),
// so that code which asks about a part that is absent goes on.
class SyntaxNode {
 public:
  SyntaxNode() = default;
  explicit SyntaxNode(const FlatNode* node) : node_(node) {}

  bool is_null() const { return node_ == &kNone; }
  friend bool operator==(SyntaxNode a, SyntaxNode b) { return a.node_ == b.node_; }

  // A key: the same for the same node.
  const void* id() const { return node_; }

  NodeKind kind() const { return node_->kind; }
  FieldId field() const { return node_->field; }
  uint32_t start_byte() const { return node_->start_byte; }
  uint32_t end_byte() const { return node_->end_byte; }
  uint32_t start_row() const { return node_->start_row; }
  uint32_t end_row() const { return node_->end_row; }
  bool ends_at_line_begin() const { return node_->ends_at_line_begin; }
  bool is_named() const { return node_->is_named; }
  bool is_missing() const { return node_->is_missing; }
  bool is_extra() const { return node_->is_extra; }
  bool is_error() const { return node_->kind == kErrorKind; }
  bool has_error() const { return node_->has_error; }
  int depth() const { return static_cast<int>(node_->depth); }

  // Null for the root.
  SyntaxNode parent() const {
    return node_->to_parent == 0 ? SyntaxNode() : SyntaxNode(node_ - node_->to_parent);
  }
  // The children are first_child(), its next(), … until end() of the node. These
  // two not of null.
  SyntaxNode next() const { return SyntaxNode(node_ + node_->span); }
  // The node that follows in source order, a child if there is one.
  SyntaxNode following() const { return SyntaxNode(node_ + 1); }

  SyntaxNode first_child() const { return is_null() ? *this : following(); }
  SyntaxNode end() const { return is_null() ? *this : next(); }
  // Linear in the number of children; null if there are fewer.
  SyntaxNode named_child(uint32_t index) const {
    for (SyntaxNode child = first_child(); child != end(); child = child.next()) {
      if (child.is_named() && index-- == 0) return child;
    }
    return {};
  }
  uint32_t named_child_count() const {
    uint32_t count = 0;
    for (SyntaxNode child = first_child(); child != end(); child = child.next()) {
      count += child.is_named();
    }
    return count;
  }

 private:
  static constexpr FlatNode kNone{};

  const FlatNode* node_ = &kNone;  // never nullptr
};

// Visits every node below (and including) `start` in source order.
//
//   for (TreeWalk walk(node); !walk.done(); walk.Next()) {
//     if (walk.node().kind() == grammar.lambda) walk.SkipChildren();
//   }
//
// SkipChildren makes the coming Next() pass over the current node's children.
class TreeWalk {
 public:
  explicit TreeWalk(SyntaxNode start)
      : node_(start), end_(start.end()), start_depth_(start.is_null() ? 0 : start.depth()) {}

  bool done() const { return node_ == end_; }
  SyntaxNode node() const { return node_; }
  int depth() const { return node_.depth() - start_depth_; }  // 0 at the start node
  void SkipChildren() { skip_ = true; }
  void Next() {
    node_ = skip_ ? node_.next() : node_.following();
    skip_ = false;
  }

 private:
  SyntaxNode node_;
  const SyntaxNode end_;
  const int start_depth_;
  bool skip_ = false;
};

// Calls `visit(SyntaxNode child, FieldId field)` for each child, in order.
template <typename Visit>
void ForEachChild(SyntaxNode node, Visit visit) {
  const SyntaxNode end = node.end();
  for (SyntaxNode child = node.first_child(); child != end; child = child.next()) {
    visit(child, child.field());
  }
}

// The first child in that field of `node`; null if there is none.
inline SyntaxNode ChildByField(SyntaxNode node, FieldId field) {
  const SyntaxNode end = node.end();
  for (SyntaxNode child = node.first_child(); child != end; child = child.next()) {
    if (child.field() == field) return child;
  }
  return {};
}

inline bool Is(SyntaxNode node, NodeKind kind) { return !node.is_null() && node.kind() == kind; }

}  // namespace inhouse

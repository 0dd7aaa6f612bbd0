#include "indexer/store/resolve.h"

#include <gtest/gtest.h>

#include "indexer/store/import_names.h"

namespace inhouse {
namespace {

// Builds a table the way modules are written: a module, what it defines, what it imports.
class Code {
 public:
  Code& Package(std::string name) { return Open(std::move(name), true); }
  Code& Module(std::string name) { return Open(std::move(name), false); }
  Code& All(std::vector<std::string> names) {
    facts_.has_all = true;
    facts_.exported = std::move(names);
    return *this;
  }
  Code& From(std::string module, std::string name, std::string alias = "") {
    facts_.imports.push_back({alias.empty() ? name : alias, std::move(module), name, false});
    return *this;
  }
  Code& Try(std::string module, std::string name) {
    facts_.imports.push_back({name, std::move(module), name, true});
    return *this;
  }
  Code& Import(std::string module, std::string alias) {
    facts_.imports.push_back({std::move(alias), std::move(module), "", false});
    return *this;
  }
  Code& Def(const std::string& name) {
    table_.AddName(module_ + "." + name, {module_, module_, SymbolKind::kFunction, {}});
    return *this;
  }
  Code& Class(const std::string& name, std::vector<std::string> bases,
              const std::vector<std::string>& methods) {
    const std::string full = module_ + "." + name;
    const std::string parent = full.substr(0, full.rfind('.'));
    table_.AddName(full, {module_, parent, SymbolKind::kClass, std::move(bases)});
    for (const std::string& method : methods) {
      table_.AddName(full + "." + method, {module_, full, SymbolKind::kMethod, {}});
    }
    return *this;
  }
  const NameTable& Done() {
    Close();
    return table_;
  }

 private:
  Code& Open(std::string name, bool is_package) {
    Close();
    module_ = std::move(name);
    facts_ = {};
    facts_.is_package = is_package;
    table_.AddName(module_, {module_, "", SymbolKind::kModule, {}});
    return *this;
  }
  void Close() {
    if (!module_.empty()) table_.AddModule(module_, facts_);
    module_.clear();
  }
  NameTable table_;
  std::string module_;
  ModuleFacts facts_;
};

std::string Resolve(const NameTable& table, std::string_view name) {
  return ResolveName(table, name).value_or("-");
}

std::string Best(const NameTable& table, const std::string& definition) {
  ImportNamer namer(table, [&](std::string_view wanted) {
    std::vector<std::string> names;
    for (const auto& [module, facts] : table.modules()) {
      for (std::string& name : ReexportedNames(table, module)) {
        if (Resolve(table, name) == wanted) names.push_back(std::move(name));
      }
    }
    return names;
  });
  return namer.Of(definition);
}

TEST(ResolveName, FollowsReexportsAndRenames) {
  Code code;
  code.Package("audience_io").From("audience_io.writer", "write_audience");
  code.From("audience_io.writer", "_check", "check").Module("audience_io.writer");
  const NameTable& table = code.Def("write_audience").Def("_check").Done();
  EXPECT_EQ(Resolve(table, "audience_io.write_audience"), "audience_io.writer.write_audience");
  EXPECT_EQ(Resolve(table, "audience_io.writer.write_audience"),
            "audience_io.writer.write_audience");
  EXPECT_EQ(Resolve(table, "audience_io.check"), "audience_io.writer._check");
  EXPECT_EQ(Resolve(table, "audience_io.writer"), "audience_io.writer");
}

TEST(ResolveName, UnknownNamesLeaveTheIndex) {
  Code code;
  const NameTable& table = code.Package("p").From("pandas", "read_csv").Def("f").Done();
  EXPECT_EQ(Resolve(table, "pandas.read_csv"), "-");
  EXPECT_EQ(Resolve(table, "p.read_csv"), "-");
  EXPECT_EQ(Resolve(table, "p.missing"), "-");
  EXPECT_EQ(Resolve(table, "p.f.attribute"), "-");
  EXPECT_EQ(Resolve(table, ""), "-");
  EXPECT_EQ(Resolve(table, ".."), "-");
}

TEST(ResolveName, FollowsChainsOfReexports) {
  Code code;
  code.Package("a").From("a.b", "f").Package("a.b").From("a.b.c", "g", "f");
  const NameTable& table =
      code.Package("a.b.c").From("a.b.c.d", "g").Module("a.b.c.d").Def("g").Done();
  EXPECT_EQ(Resolve(table, "a.f"), "a.b.c.d.g");
}

TEST(ResolveName, EndsOnCycles) {
  Code code;
  code.Package("a").From("b", "f").From("a", "x").Package("b").From("a", "f");
  const NameTable& table = code.Module("c").Import("c.d", "d").From("c.d", "d").Done();
  EXPECT_EQ(Resolve(table, "a.f"), "-");
  EXPECT_EQ(Resolve(table, "a.x"), "-");
  EXPECT_EQ(Resolve(table, "c.d.e.f"), "-");
}

TEST(ResolveName, NamesThatGrowEnd) {
  Code code;
  const NameTable& table =
      code.Package("p").From("p.q", "q").Package("p.q").From("p", "q.q", "q").Done();
  EXPECT_EQ(Resolve(table, "p.q.x"), "-");
}

TEST(ResolveName, StarImportHonoursAll) {
  Code code;
  code.Package("p").From("p.a", "*").From("p.b", "*");
  code.Module("p.a").All({"shown", "_odd"}).Def("shown").Def("hidden").Def("_odd");
  const NameTable& table = code.Module("p.b").Def("plain").Def("_private").Done();
  EXPECT_EQ(Resolve(table, "p.shown"), "p.a.shown");
  EXPECT_EQ(Resolve(table, "p._odd"), "p.a._odd");
  EXPECT_EQ(Resolve(table, "p.hidden"), "-");
  EXPECT_EQ(Resolve(table, "p.plain"), "p.b.plain");
  EXPECT_EQ(Resolve(table, "p._private"), "-");
}

TEST(ResolveName, FunctionHidesItsSubmodule) {
  Code code;
  code.Package("p").From("p.query", "query").Module("p.query").Def("query");
  const NameTable& table = code.Def("helper").Done();
  EXPECT_EQ(Resolve(table, "p.query"), "p.query.query");
  EXPECT_EQ(Resolve(table, "p.query.helper"), "p.query.helper");
}

TEST(ResolveName, LaterImportWinsAndConditionalOnesComeLast) {
  Code code;
  code.Package("p").From("p.a", "f").From("p.b", "f").Try("p.c", "g").Try("p.a", "g");
  code.Module("p.a").Def("f").Def("g").Module("p.b").Def("f");
  const NameTable& table = code.Module("p.c").Done();
  EXPECT_EQ(Resolve(table, "p.f"), "p.b.f");
  EXPECT_EQ(Resolve(table, "p.g"), "p.a.g");
}

TEST(ResolveName, ModulesUnderOtherNames) {
  Code code;
  code.Package("p").Import("p._core", "core").From("p", "_io", "io").Import("p.sub.deep", "p");
  code.Module("p._core").Def("f").Module("p._io").Def("g");
  const NameTable& table = code.Done();
  EXPECT_EQ(Resolve(table, "p.core.f"), "p._core.f");
  EXPECT_EQ(Resolve(table, "p.io.g"), "p._io.g");
  EXPECT_EQ(Resolve(table, "p.core"), "p._core");
}

TEST(ResolveName, FindsInheritedMembersInOrderOfBases) {
  Code code;
  code.Package("cdp_client").From("cdp_client.core", "Session");
  code.Module("cdp_client.base").Class("Closer", {}, {"close", "ping"});
  code.Class("Other", {}, {"close", "other"});
  code.Module("cdp_client.core")
      .From("cdp_client.base", "Closer")
      .Import("cdp_client.base", "base");
  code.Class("Session", {"Closer", "Generic[T]", "base.Other", "make()"}, {"query"});
  const NameTable& table = code.Done();
  EXPECT_EQ(Resolve(table, "cdp_client.Session.query"), "cdp_client.core.Session.query");
  EXPECT_EQ(Resolve(table, "cdp_client.Session.close"), "cdp_client.base.Closer.close");
  EXPECT_EQ(Resolve(table, "cdp_client.Session.other"), "cdp_client.base.Other.other");
  EXPECT_EQ(Resolve(table, "cdp_client.Session.nothing"), "-");
}

TEST(ResolveName, InheritanceCyclesAndNestedClassesEnd) {
  Code code;
  code.Module("m").Class("A", {"B"}, {}).Class("B", {"A"}, {}).Class("Self", {"Self"}, {});
  code.Class("Outer", {}, {}).Class("Outer.Base", {}, {"f"}).Class("Outer.Inner", {"Base"}, {});
  const NameTable& table = code.Done();
  EXPECT_EQ(Resolve(table, "m.A.f"), "-");
  EXPECT_EQ(Resolve(table, "m.Self.f"), "-");
  EXPECT_EQ(Resolve(table, "m.Outer.Inner.f"), "m.Outer.Base.f");
}

TEST(ImportNames, PreferTheShortestPublicName) {
  Code code;
  code.Package("cdp_client").From("cdp_client.core", "query").From("cdp_client.core", "Session");
  code.Module("cdp_client.core").Def("query").Def("unexported").Class("Session", {}, {"close"});
  const NameTable& table = code.Done();
  EXPECT_EQ(Best(table, "cdp_client.core.query"), "cdp_client.query");
  EXPECT_EQ(Best(table, "cdp_client.core.Session.close"), "cdp_client.Session.close");
  EXPECT_EQ(Best(table, "cdp_client.core.unexported"), "cdp_client.core.unexported");
  EXPECT_EQ(Best(table, "cdp_client.core"), "cdp_client.core");
}

TEST(ImportNames, ThePackagesAllDecides) {
  Code code;
  code.Package("p").All({"f"}).From("p._a", "*").From("p._a", "g").Module("p._a").Def("f").Def("g");
  const NameTable& table = code.Done();
  EXPECT_EQ(Best(table, "p._a.f"), "p.f");
  EXPECT_EQ(Best(table, "p._a.g"), "p._a.g");
}

TEST(ImportNames, FollowStarsAndModulesUnderPublicNames) {
  Code code;
  code.Package("p").From("p.a", "*").Import("p._core", "core").Package("p.a").From("p.a.b", "*");
  code.Module("p.a.b").Def("f").Def("_hidden").Module("p._core").Def("g");
  const NameTable& table = code.Done();
  EXPECT_EQ(Best(table, "p.a.b.f"), "p.f");
  EXPECT_EQ(Best(table, "p.a.b._hidden"), "p.a.b._hidden");
  EXPECT_EQ(Best(table, "p._core.g"), "p.core.g");
}

TEST(ImportNames, OwnPackageBeforeOthers) {
  Code code;
  code.Package("aa").From("cdp_client.core.deep", "query").From("_impl.x", "only");
  code.Package("cdp_client").Module("cdp_client.core.deep").Def("query");
  code.Package("_impl").Module("_impl.x").Def("only");
  const NameTable& table = code.Done();
  EXPECT_EQ(Best(table, "cdp_client.core.deep.query"), "cdp_client.core.deep.query");
  EXPECT_EQ(Best(table, "_impl.x.only"), "aa.only");
}

}  // namespace
}  // namespace inhouse

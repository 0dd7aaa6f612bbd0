#include "indexer/store/symbol_record.h"

#include <initializer_list>

#include "indexer/store/record.h"

namespace inhouse {
namespace {

// Each pair below writes and reads the same fields in the same order.

void PutFlags(std::initializer_list<bool> flags, RecordWriter* out) {
  uint64_t bits = 0, bit = 1;
  for (const bool flag : flags) {
    bits |= flag ? bit : 0;
    bit *= 2;
  }
  out->Count(bits);
}
void TakeFlags(std::initializer_list<bool*> flags, RecordReader* in) {
  uint64_t bits = in->Count();
  for (bool* flag : flags) {
    *flag = (bits & 1) != 0;
    bits /= 2;
  }
  if (bits != 0) in->Fail();
}

std::string_view LastPart(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

void PutParameter(const Parameter& parameter, RecordWriter* out) {
  out->Text(parameter.name);
  out->Count(static_cast<uint64_t>(parameter.kind));
  out->Flag(parameter.default_value.has_value());
  if (parameter.default_value) out->Text(*parameter.default_value);
  out->Text(parameter.annotation);
}
Parameter TakeParameter(RecordReader* in) {
  Parameter parameter;
  parameter.name = in->Text();
  parameter.kind = in->Kind(ParameterKind::kVarKeyword);
  if (in->Flag()) parameter.default_value = in->Text();
  parameter.annotation = in->Text();
  return parameter;
}

void PutSignature(const Signature& signature, RecordWriter* out) {
  out->Count(signature.parameters.size());
  for (const Parameter& parameter : signature.parameters) PutParameter(parameter, out);
  out->Text(signature.returns);
  PutFlags({signature.is_async, signature.is_generator, signature.is_exact, signature.is_decorated},
           out);
}
Signature TakeSignature(RecordReader* in) {
  Signature signature;
  const size_t count = in->Items();
  for (size_t i = 0; i < count && in->ok(); ++i) signature.parameters.push_back(TakeParameter(in));
  signature.returns = in->Text();
  TakeFlags(
      {&signature.is_async, &signature.is_generator, &signature.is_exact, &signature.is_decorated},
      in);
  return signature;
}

void PutDocParameters(const std::vector<DocParameter>& list, RecordWriter* out) {
  out->Count(list.size());
  for (const DocParameter& parameter : list) {
    out->Text(parameter.name);
    out->Text(parameter.type);
    out->Text(parameter.description);
  }
}
std::vector<DocParameter> TakeDocParameters(RecordReader* in) {
  std::vector<DocParameter> list;
  const size_t count = in->Items();
  for (size_t i = 0; i < count && in->ok(); ++i) {
    DocParameter parameter;
    parameter.name = in->Text();
    parameter.type = in->Text();
    parameter.description = in->Text();
    list.push_back(std::move(parameter));
  }
  return list;
}

void PutDocstring(const Docstring& doc, RecordWriter* out) {
  out->Text(doc.summary);
  out->Text(doc.description);
  PutDocParameters(doc.parameters, out);
  out->Text(doc.returns);
  PutDocParameters(doc.raises, out);
  out->Texts(doc.examples);
}
Docstring TakeDocstring(RecordReader* in) {
  Docstring doc;
  doc.summary = in->Text();
  doc.description = in->Text();
  doc.parameters = TakeDocParameters(in);
  doc.returns = in->Text();
  doc.raises = TakeDocParameters(in);
  doc.examples = in->Texts();
  return doc;
}

void PutAlternatives(const std::vector<Alternative>& list, RecordWriter* out) {
  out->Count(list.size());
  for (const Alternative& alternative : list) {
    out->Text(alternative.declaration);
    out->Count(static_cast<uint64_t>(alternative.line));
  }
}
std::vector<Alternative> TakeAlternatives(RecordReader* in) {
  std::vector<Alternative> list;
  const size_t count = in->Items();
  for (size_t i = 0; i < count && in->ok(); ++i) {
    Alternative& alternative = list.emplace_back();
    alternative.declaration = in->Text();
    alternative.line = static_cast<int>(in->Count());
  }
  return list;
}

void PutDeprecation(const std::optional<Deprecation>& deprecated, RecordWriter* out) {
  out->Flag(deprecated.has_value());
  if (!deprecated) return;
  out->Text(deprecated->message);
  out->Text(deprecated->replacement);
}
std::optional<Deprecation> TakeDeprecation(RecordReader* in) {
  if (!in->Flag()) return std::nullopt;
  Deprecation deprecation;
  deprecation.message = in->Text();
  deprecation.replacement = in->Text();
  return deprecation;
}

}  // namespace

std::string EncodeSymbol(const Symbol& symbol) {
  RecordWriter out;
  const bool own_name = symbol.name != LastPart(symbol.qualified_name);
  PutFlags({symbol.is_static, symbol.is_class_method, symbol.is_abstract, symbol.is_overload,
            own_name, !symbol.type_parameters.empty(), !symbol.alternatives.empty()},
           &out);
  if (own_name) out.Text(symbol.name);
  if (!symbol.type_parameters.empty()) out.Text(symbol.type_parameters);
  if (!symbol.alternatives.empty()) PutAlternatives(symbol.alternatives, &out);
  PutSignature(symbol.signature, &out);
  out.Texts(symbol.decorators);
  out.Text(symbol.value);
  out.Text(symbol.annotation);
  PutDocstring(symbol.doc, &out);
  PutDeprecation(symbol.deprecated, &out);
  out.Range(symbol.range);
  out.Range(symbol.name_range, symbol.range);
  out.Range(symbol.body_range, symbol.name_range);
  return out.bytes();
}

bool DecodeSymbol(std::string_view bytes, Symbol* symbol) {
  RecordReader in(bytes);
  bool own_name = false, is_generic = false, has_alternatives = false;
  TakeFlags({&symbol->is_static, &symbol->is_class_method, &symbol->is_abstract,
             &symbol->is_overload, &own_name, &is_generic, &has_alternatives},
            &in);
  symbol->name = own_name ? in.TextView() : LastPart(symbol->qualified_name);
  if (is_generic) symbol->type_parameters = in.Text();
  if (has_alternatives) symbol->alternatives = TakeAlternatives(&in);
  symbol->signature = TakeSignature(&in);
  symbol->decorators = in.Texts();
  symbol->value = in.Text();
  symbol->annotation = in.Text();
  symbol->doc = TakeDocstring(&in);
  symbol->deprecated = TakeDeprecation(&in);
  symbol->range = in.Range();
  symbol->name_range = in.Range(symbol->range);
  symbol->body_range = in.Range(symbol->name_range);
  return in.AtEnd();
}

}  // namespace inhouse

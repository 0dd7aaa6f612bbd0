#include "indexer/store/symbol_record.h"

#include "indexer/store/record.h"

namespace inhouse {
namespace {

// Each pair below writes and reads the same fields in the same order.

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
  out->Flag(signature.is_async);
  out->Flag(signature.is_generator);
  out->Flag(signature.is_exact);
  out->Flag(signature.is_decorated);
}
Signature TakeSignature(RecordReader* in) {
  Signature signature;
  const size_t count = in->Items();
  for (size_t i = 0; i < count && in->ok(); ++i) signature.parameters.push_back(TakeParameter(in));
  signature.returns = in->Text();
  signature.is_async = in->Flag();
  signature.is_generator = in->Flag();
  signature.is_exact = in->Flag();
  signature.is_decorated = in->Flag();
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
  out.Text(symbol.name);
  PutSignature(symbol.signature, &out);
  out.Texts(symbol.decorators);
  out.Texts(symbol.bases);
  out.Text(symbol.value);
  out.Text(symbol.annotation);
  PutDocstring(symbol.doc, &out);
  PutDeprecation(symbol.deprecated, &out);
  for (const bool flag :
       {symbol.is_static, symbol.is_class_method, symbol.is_abstract, symbol.is_overload}) {
    out.Flag(flag);
  }
  for (const SourceRange& range : {symbol.range, symbol.name_range, symbol.body_range}) {
    out.Range(range);
  }
  return out.bytes();
}

bool DecodeSymbol(std::string_view bytes, Symbol* symbol) {
  RecordReader in(bytes);
  symbol->name = in.Text();
  symbol->signature = TakeSignature(&in);
  symbol->decorators = in.Texts();
  symbol->bases = in.Texts();
  symbol->value = in.Text();
  symbol->annotation = in.Text();
  symbol->doc = TakeDocstring(&in);
  symbol->deprecated = TakeDeprecation(&in);
  for (bool* flag :
       {&symbol->is_static, &symbol->is_class_method, &symbol->is_abstract, &symbol->is_overload}) {
    *flag = in.Flag();
  }
  for (SourceRange* range : {&symbol->range, &symbol->name_range, &symbol->body_range}) {
    *range = in.Range();
  }
  return in.AtEnd();
}

}  // namespace inhouse

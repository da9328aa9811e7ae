#include "values_binding.h"

namespace raisd {

std::vector<std::string> StringsOf(const Napi::Object& object, const char* key) {
  std::vector<std::string> strings;
  const Napi::Value value = object.Get(key);
  if (!value.IsArray()) return strings;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    strings.push_back(array.Get(i).ToString().Utf8Value());
  }
  return strings;
}

std::vector<std::string> PairsOf(const Napi::Object& object, const char* key) {
  std::vector<std::string> pairs;
  const Napi::Value value = object.Get(key);
  if (!value.IsObject()) return pairs;
  const Napi::Object record = value.As<Napi::Object>();
  const Napi::Array names = record.GetPropertyNames();
  for (uint32_t i = 0; i < names.Length(); i++) {
    const Napi::Value name = names.Get(i);
    pairs.push_back(name.ToString().Utf8Value() + "=" + record.Get(name).ToString().Utf8Value());
  }
  return pairs;
}

}  // namespace raisd

// JavaScript's lists and records as those of C++. What is missing, or of another type, is empty:
// TypeScript checks.

#ifndef RAISD_PROCESS_VALUES_BINDING_H_
#define RAISD_PROCESS_VALUES_BINDING_H_

#include <napi.h>

#include <string>
#include <vector>

namespace raisd {

template <typename T>
std::vector<T> NumbersOf(const Napi::Object& object, const char* key) {
  std::vector<T> numbers;
  const Napi::Value value = object.Get(key);
  if (!value.IsArray()) return numbers;
  const Napi::Array array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); i++) {
    numbers.push_back(static_cast<T>(array.Get(i).ToNumber().Int64Value()));
  }
  return numbers;
}

std::vector<std::string> StringsOf(const Napi::Object& object, const char* key);

/** `NAME=value` of each property. */
std::vector<std::string> PairsOf(const Napi::Object& object, const char* key);

}  // namespace raisd

#endif  // RAISD_PROCESS_VALUES_BINDING_H_

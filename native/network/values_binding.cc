#include "values_binding.h"

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>

namespace raisd {

namespace {

constexpr uint32_t kMaxElements = 100'000;

bool Refuse(const Napi::Value& value, const char* wanted) {
  Napi::TypeError::New(value.Env(), wanted).ThrowAsJavaScriptException();
  return false;
}

bool ReadBytes(const Napi::Value& value, std::span<const uint8_t>* bytes) {
  if (!value.IsTypedArray()) return false;
  const auto array = value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != napi_uint8_array) return false;
  const auto octets = array.As<Napi::Uint8Array>();
  *bytes = std::span(octets.Data(), octets.ElementLength());
  return true;
}

Napi::Object ToObject(Napi::Env env, const LinkEvent& link) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", "link");
  object.Set("deleted", link.deleted);
  object.Set("index", link.index);
  object.Set("name", link.name);
  object.Set("up", link.up);
  object.Set("hardwareAddress", link.hardware_address
                                    ? ToText(env, *link.hardware_address).As<Napi::Value>()
                                    : env.Null());
  return object;
}

Napi::Object ToObject(Napi::Env env, const AddressEvent& event) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("kind", "address");
  object.Set("deleted", event.deleted);
  object.Set("index", event.index);
  object.Set("address", ToUint8Array(env, event.address));
  object.Set("prefix", static_cast<int>(event.prefix));
  object.Set("tagged", event.tagged);
  object.Set("usable", event.usable);
  return object;
}

}  // namespace

bool ReadIndex(const Napi::Value& value, int* index) {
  if (!value.IsNumber() || value.As<Napi::Number>().Int32Value() <= 0) {
    return Refuse(value, "an interface index is a positive integer");
  }
  *index = value.As<Napi::Number>().Int32Value();
  return true;
}

bool ReadAddress(const Napi::Value& value, Address* address) {
  std::span<const uint8_t> bytes;
  if (!ReadBytes(value, &bytes) || (bytes.size() != 4 && bytes.size() != 16)) {
    return Refuse(value, "an address is a Uint8Array of 4 or 16 bytes");
  }
  *address = {.length = bytes.size(), .bytes = {}};
  std::copy(bytes.begin(), bytes.end(), address->bytes.begin());
  return true;
}

bool ReadHardwareAddress(const Napi::Value& value, HardwareAddress* address) {
  std::span<const uint8_t> bytes;
  if (!ReadBytes(value, &bytes) || bytes.size() != address->size()) {
    return Refuse(value, "a hardware address is a Uint8Array of 6 bytes");
  }
  std::copy(bytes.begin(), bytes.end(), address->begin());
  return true;
}

bool ReadFunction(const Napi::Value& value, Napi::Function* function) {
  if (!value.IsFunction()) return Refuse(value, "a callback is a function");
  *function = value.As<Napi::Function>();
  return true;
}

bool ReadObjects(const Napi::Value& value, std::vector<Napi::Object>* objects) {
  if (!value.IsArray()) return Refuse(value, "a list is an array");
  const auto array = value.As<Napi::Array>();
  if (array.Length() > kMaxElements) return Refuse(value, "a list has at most 100,000 elements");
  for (uint32_t i = 0; i < array.Length(); i++) {
    const Napi::Value element = array[i];
    if (!element.IsObject()) return Refuse(value, "a list's elements are objects");
    objects->push_back(element.As<Napi::Object>());
  }
  return true;
}

Napi::Value ToUint8Array(Napi::Env env, const Address& address) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, address.length);
  std::copy_n(address.bytes.begin(), address.length, array.Data());
  return array;
}

Napi::String ToText(Napi::Env env, const HardwareAddress& address) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", address[0], address[1],
                address[2], address[3], address[4], address[5]);
  return Napi::String::New(env, text);
}

Napi::Array ToArray(Napi::Env env, const std::vector<InterfaceEvent>& events) {
  Napi::Array array = Napi::Array::New(env, events.size());
  uint32_t i = 0;
  for (const InterfaceEvent& event : events) {
    array.Set(i++, std::visit([env](const auto& each) { return ToObject(env, each); }, event));
  }
  return array;
}

Napi::Array ToArray(Napi::Env env, const std::vector<Claim>& claims) {
  Napi::Array array = Napi::Array::New(env, claims.size());
  uint32_t i = 0;
  for (const Claim& claim : claims) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("address", ToUint8Array(env, claim.address));
    object.Set("hardwareAddress", ToText(env, claim.hardware_address));
    array.Set(i++, object);
  }
  return array;
}

Napi::Array ToArray(Napi::Env env, const std::vector<int>& numbers) {
  Napi::Array array = Napi::Array::New(env, numbers.size());
  uint32_t i = 0;
  for (const int number : numbers) array.Set(i++, Napi::Number::New(env, number));
  return array;
}

}  // namespace raisd

#include "lookup_binding.h"

#include <net/if.h>

#include "errors_binding.h"
#include "local_address.h"
#include "lookup.h"

namespace raisd {
namespace {

/** The one text argument, or none with a TypeError thrown. */
std::optional<std::string> NameOf(const Napi::CallbackInfo& info) {
  if (info.Length() >= 1 && info[0].IsString()) return info[0].As<Napi::String>().Utf8Value();
  Napi::TypeError::New(info.Env(), "a name is needed").ThrowAsJavaScriptException();
  return std::nullopt;
}

Napi::Value Index(const Napi::CallbackInfo& info) {
  const auto name = NameOf(info);
  if (!name) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), if_nametoindex(name->c_str()));
}

Napi::Value Addresses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto name = NameOf(info);
  if (!name) return env.Undefined();
  std::vector<InterfaceAddress> addresses;
  if (const int error = InterfaceAddresses(*name, &addresses); error != 0) {
    ThrowErrno(env, "cannot list the addresses of " + *name, error);
    return env.Undefined();
  }
  Napi::Array list = Napi::Array::New(env, addresses.size());
  for (uint32_t i = 0; i < addresses.size(); i++) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("address", addresses[i].address);
    entry.Set("prefix", addresses[i].prefix);
    list.Set(i, entry);
  }
  return list;
}

Napi::Value IsRunning(const Napi::CallbackInfo& info) {
  const auto name = NameOf(info);
  if (!name) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), IsInterfaceRunning(*name));
}

Napi::Value IsLocal(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto address = NameOf(info);
  if (!address) return env.Undefined();
  const uint32_t index = info.Length() >= 2 ? info[1].ToNumber().Uint32Value() : 0;
  return Napi::Boolean::New(env, IsLocalAddress(*address, index));
}

Napi::Value UserOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto name = NameOf(info);
  if (!name) return env.Undefined();
  const auto user = LookupUser(*name);
  if (!user) return env.Null();
  Napi::Object entry = Napi::Object::New(env);
  entry.Set("uid", user->uid);
  entry.Set("gid", user->gid);
  return entry;
}

Napi::Value GroupOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto name = NameOf(info);
  if (!name) return env.Undefined();
  const auto group = LookupGroup(*name);
  if (!group) return env.Null();
  return Napi::Number::New(env, *group);
}

}  // namespace

void ExportLookup(Napi::Env env, Napi::Object exports) {
  exports.Set("interfaceIndex", Napi::Function::New<Index>(env, "interfaceIndex"));
  exports.Set("interfaceAddresses", Napi::Function::New<Addresses>(env, "interfaceAddresses"));
  exports.Set("isInterfaceRunning", Napi::Function::New<IsRunning>(env, "isInterfaceRunning"));
  exports.Set("isLocalAddress", Napi::Function::New<IsLocal>(env, "isLocalAddress"));
  exports.Set("lookupUser", Napi::Function::New<UserOf>(env, "lookupUser"));
  exports.Set("lookupGroup", Napi::Function::New<GroupOf>(env, "lookupGroup"));
}

}  // namespace raisd

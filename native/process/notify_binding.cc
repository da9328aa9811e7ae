#include "notify_binding.h"

#include "errors_binding.h"
#include "notify.h"

namespace raisd {
namespace {

Napi::Value Connect(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsString()) {
    Napi::TypeError::New(env, "connectNotifySocket(name)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::string name = info[0].As<Napi::String>().Utf8Value();
  Descriptor connected;
  const int error = ConnectNotifySocket(name, &connected);
  if (error == 0) return Napi::Number::New(env, connected.Release());
  ThrowErrno(env, "cannot connect to the service manager's socket " + name, error);
  return env.Undefined();
}

Napi::Value Send(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsString()) {
    Napi::TypeError::New(env, "sendNotice(descriptor, notice)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::string notice = info[1].As<Napi::String>().Utf8Value();
  const int error = SendNotice(info[0].As<Napi::Number>().Int32Value(), notice);
  if (error != 0) ThrowErrno(env, "cannot tell the service manager " + notice, error);
  return env.Undefined();
}

}  // namespace

void ExportNotify(Napi::Env env, Napi::Object exports) {
  exports.Set("connectNotifySocket", Napi::Function::New<Connect>(env, "connectNotifySocket"));
  exports.Set("sendNotice", Napi::Function::New<Send>(env, "sendNotice"));
}

}  // namespace raisd

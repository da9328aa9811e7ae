#include "file_lock_binding.h"

#include <errno.h>

#include "errors_binding.h"
#include "file_lock.h"

namespace raisd {
namespace {

Napi::Value Lock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) {
    Napi::TypeError::New(env, "lockFile(descriptor)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const int error = LockFile(info[0].As<Napi::Number>().Int32Value());
  if (error != 0 && error != EWOULDBLOCK) {
    ThrowErrno(env, "cannot lock the file", error);
    return env.Undefined();
  }
  return Napi::Boolean::New(env, error == 0);
}

}  // namespace

void ExportFileLock(Napi::Env env, Napi::Object exports) {
  exports.Set("lockFile", Napi::Function::New<Lock>(env, "lockFile"));
}

}  // namespace raisd

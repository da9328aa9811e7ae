#include "fence_binding.h"

#include "errors_binding.h"
#include "fence_loader.h"

namespace raisd {
namespace {

Napi::Value Load(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Fence fence;
  const FenceFailure failure = LoadFence(&fence);
  if (failure.error != 0) {
    ThrowErrno(env, "the kernel refuses " + failure.step, failure.error);
    return env.Undefined();
  }
  Napi::Object loaded = Napi::Object::New(env);
  loaded.Set("ingress", Napi::Number::New(env, fence.ingress.Release()));
  loaded.Set("egress", Napi::Number::New(env, fence.egress.Release()));
  loaded.Set("marks", Napi::Number::New(env, fence.marks.Release()));
  loaded.Set("deadlines", Napi::Number::New(env, fence.deadlines.Release()));
  return loaded;
}

}  // namespace

void ExportFence(Napi::Env env, Napi::Object exports) {
  exports.Set("loadFence", Napi::Function::New<Load>(env, "loadFence"));
}

}  // namespace raisd

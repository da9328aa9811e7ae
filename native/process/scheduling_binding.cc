#include "scheduling_binding.h"

#include <errno.h>

#include "errors_binding.h"
#include "scheduling.h"

namespace raisd {
namespace {

Napi::Value SetRealtime(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsNumber() || !info[1].IsString() || !info[2].IsNumber()) {
    Napi::TypeError::New(env, "setThreadRealtime(pid, threadName, priority)")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::string name = info[1].As<Napi::String>().Utf8Value();
  const int32_t pid = info[0].As<Napi::Number>().Int32Value();
  const int count = SetThreadRealtime(pid, name, info[2].As<Napi::Number>().Int32Value());
  if (count >= 0) return Napi::Number::New(env, count);
  ThrowErrno(env,
             "cannot give thread " + name + " of process " + std::to_string(pid) + " SCHED_FIFO",
             errno);
  return env.Undefined();
}

Napi::Value Prioritize(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber()) {
    Napi::TypeError::New(env, "prioritizeMainThread(pid, nice, sliceNanoseconds)")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const int32_t pid = info[0].As<Napi::Number>().Int32Value();
  const int32_t nice = info[1].As<Napi::Number>().Int32Value();
  const int error = PrioritizeMainThread(pid, nice, info[2].As<Napi::Number>().Uint32Value());
  if (error != 0) {
    ThrowErrno(env,
               "cannot give process " + std::to_string(pid) + " nice value " + std::to_string(nice),
               error);
  }
  return env.Undefined();
}

}  // namespace

void ExportScheduling(Napi::Env env, Napi::Object exports) {
  exports.Set("setThreadRealtime", Napi::Function::New<SetRealtime>(env, "setThreadRealtime"));
  exports.Set("prioritizeMainThread", Napi::Function::New<Prioritize>(env, "prioritizeMainThread"));
}

}  // namespace raisd

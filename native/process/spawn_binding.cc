#include "spawn_binding.h"

#include <errno.h>
#include <sys/prctl.h>
#include <uv.h>

#include <memory>

#include "errors_binding.h"
#include "output_pipe.h"
#include "spawn.h"
#include "values_binding.h"

namespace raisd {
namespace {

template <typename T>
std::optional<T> OptionalOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsNumber()) return std::nullopt;
  return static_cast<T>(value.As<Napi::Number>().Int64Value());
}

SpawnOptions OptionsOf(const Napi::Object& given) {
  SpawnOptions options;
  options.path = given.Get("path").ToString().Utf8Value();
  options.arguments = StringsOf(given, "arguments");
  options.environment = PairsOf(given, "environment");
  options.descriptors = NumbersOf<int>(given, "descriptors");
  options.uid = OptionalOf<uid_t>(given, "uid").value_or(0);
  options.gid = OptionalOf<gid_t>(given, "gid").value_or(0);
  options.groups = NumbersOf<gid_t>(given, "groups");
  if (given.Get("capabilities").IsArray()) {
    uint64_t set = 0;
    for (const int capability : NumbersOf<int>(given, "capabilities")) {
      if (capability >= 0 && capability < 64) set |= uint64_t{1} << capability;
    }
    options.capabilities = set;
  }
  options.nice = OptionalOf<int>(given, "nice");
  options.realtime_priority = OptionalOf<uint64_t>(given, "realtimePriority");
  options.memory_lock = OptionalOf<uint64_t>(given, "memoryLock");
  options.no_new_privileges = given.Get("noNewPrivileges").ToBoolean().Value();
  options.death_signal = OptionalOf<int>(given, "deathSignal").value_or(0);
  return options;
}

Napi::Value SpawnProcess(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // uid and gid have no default here: a caller that forgets one must not start a root process.
  if (info.Length() < 1 || !info[0].IsObject() ||
      !info[0].As<Napi::Object>().Get("uid").IsNumber() ||
      !info[0].As<Napi::Object>().Get("gid").IsNumber()) {
    Napi::TypeError::New(env, "spawn({path, uid, gid, …})").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const SpawnOptions options = OptionsOf(info[0].As<Napi::Object>());
  if (env.IsExceptionPending()) return env.Undefined();
  SpawnResult result = Spawn(options);
  if (result.error != 0) {
    ThrowErrno(env, "cannot start " + options.path + ": " + result.step, result.error);
    return env.Undefined();
  }
  Napi::Array refused = Napi::Array::New(env);
  for (uint32_t i = 0; i < result.refused.size(); i++) refused.Set(i, result.refused[i]);
  Napi::Object spawned = Napi::Object::New(env);
  spawned.Set("pid", result.pid);
  spawned.Set("pidfd", result.pidfd.Release());
  spawned.Set("refused", refused);
  return spawned;
}

Napi::Value OutputPipe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Descriptor reader, writer;
  if (const int error = OpenOutputPipe(&reader, &writer); error != 0) {
    ThrowErrno(env, "cannot open a pipe", error);
    return env.Undefined();
  }
  Napi::Array ends = Napi::Array::New(env, 2);
  ends.Set(0u, reader.Release());
  ends.Set(1u, writer.Release());
  return ends;
}

/** Lives from watchExit until the process is reaped and libuv has let go of the handle. */
struct ExitWatch {
  uv_poll_t poll;
  Descriptor pidfd;
  Napi::FunctionReference exited;
  std::unique_ptr<Napi::AsyncContext> context;
};

void ReportExit(ExitWatch* watch, int error, const ExitStatus& status) {
  const Napi::Env env = watch->exited.Env();
  const Napi::HandleScope scope(env);
  napi_value code = env.Null(), signal = env.Null();
  // Somebody else reaped it: it is gone, and nobody knows how.
  if (error != 0 || status.code >= 0)
    code = Napi::Number::New(env, status.code);
  else
    signal = Napi::Number::New(env, status.signal);
  watch->exited.MakeCallback(env.Global(), {code, signal}, *watch->context);
  ThrowUncaught(env);
}

void OnPidfd(uv_poll_t* poll, int, int) {
  auto* watch = static_cast<ExitWatch*>(poll->data);
  ExitStatus status;
  const int error = ReapProcess(watch->pidfd.get(), &status);
  if (error == EAGAIN) return;
  uv_poll_stop(poll);
  watch->pidfd.Reset();
  ReportExit(watch, error, status);
  uv_close(reinterpret_cast<uv_handle_t*>(poll),
           [](uv_handle_t* handle) { delete static_cast<ExitWatch*>(handle->data); });
}

Napi::Value WatchExit(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsFunction()) {
    Napi::TypeError::New(env, "watchExit(pidfd, exited)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return env.Undefined();
  auto watch = std::make_unique<ExitWatch>();
  const int fd = info[0].As<Napi::Number>().Int32Value();
  if (const int status = uv_poll_init(loop, &watch->poll, fd); status != 0) {
    ThrowErrno(env, "cannot watch pidfd " + std::to_string(fd), -status);
    return env.Undefined();
  }
  watch->pidfd.Reset(fd);
  watch->exited = Napi::Persistent(info[1].As<Napi::Function>());
  watch->context = std::make_unique<Napi::AsyncContext>(env, "raisd.ExitWatch");
  watch->poll.data = watch.get();
  uv_poll_start(&watch->poll, UV_READABLE, OnPidfd);
  watch.release();
  return env.Undefined();
}

void ProtectMemory(const Napi::CallbackInfo& info) {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    ThrowErrno(info.Env(), "cannot protect this process's memory", errno);
  }
}

}  // namespace

void ExportSpawn(Napi::Env env, Napi::Object exports) {
  exports.Set("spawn", Napi::Function::New<SpawnProcess>(env, "spawn"));
  exports.Set("outputPipe", Napi::Function::New<OutputPipe>(env, "outputPipe"));
  exports.Set("watchExit", Napi::Function::New<WatchExit>(env, "watchExit"));
  exports.Set("protectMemory", Napi::Function::New<ProtectMemory>(env, "protectMemory"));
}

}  // namespace raisd

#include "sockets_binding.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

#include <vector>

#include "../lease_board.h"
#include "errors_binding.h"
#include "sockets.h"

namespace raisd {
namespace {

std::string StringOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

int64_t IntegerOf(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsNumber() ? value.As<Napi::Number>().Int64Value() : 0;
}

std::string DescribeStep(const std::string& object, const StepFailure& failure) {
  return object + ": " + failure.step;
}

/** The numbers of a list; none where there is no list. */
std::vector<int> NumbersOf(const Napi::CallbackInfo& info, size_t argument) {
  std::vector<int> numbers;
  if (info.Length() <= argument || !info[argument].IsArray()) return numbers;
  const Napi::Array list = info[argument].As<Napi::Array>();
  for (uint32_t index = 0; index < list.Length(); index++)
    numbers.push_back(list.Get(index).ToNumber().Int32Value());
  return numbers;
}

Napi::Value OpenControl(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsObject()) {
    Napi::TypeError::New(env, "openControlSocket(options, beside)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Napi::Object given = info[0].As<Napi::Object>();
  const Napi::Value multicast = given.Get("multicast");
  ControlSocketOptions options;
  options.family = static_cast<int>(IntegerOf(given, "family"));
  options.group = StringOf(given, "group");
  options.port = static_cast<uint16_t>(IntegerOf(given, "port"));
  options.interface = StringOf(given, "interface");
  options.interface_index = static_cast<unsigned>(IntegerOf(given, "interfaceIndex"));
  options.control_address = StringOf(given, "controlAddress");
  options.multicast = multicast.IsBoolean() && multicast.As<Napi::Boolean>().Value();
  Descriptor opened;
  const StepFailure failure = OpenControlSocket(options, NumbersOf(info, 1), &opened);
  if (failure.error == 0) return Napi::Number::New(env, opened.Release());
  const std::string& address = options.multicast ? options.group : options.control_address;
  const std::string port = std::to_string(options.port);
  const std::string place =
      options.family == 6 ? "[" + address + "]:" + port : address + ":" + port;
  ThrowErrno(
      env,
      DescribeStep("cannot open control socket " + place + " on " + options.interface, failure),
      failure.error);
  return env.Undefined();
}

Napi::Value OpenListener(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsNumber()) {
    Napi::TypeError::New(env, "openUnixListener(path, mode)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::string path = info[0].As<Napi::String>().Utf8Value();
  Descriptor opened;
  const StepFailure failure =
      OpenUnixListener(path, info[1].As<Napi::Number>().Uint32Value(), &opened);
  if (failure.error == 0) return Napi::Number::New(env, opened.Release());
  ThrowErrno(env, DescribeStep("cannot listen on " + path, failure), failure.error);
  return env.Undefined();
}

Napi::Value OpenTcp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (info.Length() < 3 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsNumber()) {
    Napi::TypeError::New(env, "openTcpListener(address, port, beside)")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::string address = info[0].As<Napi::String>().Utf8Value();
  const auto port = static_cast<uint16_t>(info[1].As<Napi::Number>().Uint32Value());
  Descriptor opened;
  const StepFailure failure =
      OpenTcpListener(address, port, info[2].As<Napi::Number>().Int32Value(), &opened);
  if (failure.error == 0) return Napi::Number::New(env, opened.Release());
  ThrowErrno(env,
             DescribeStep("cannot listen on " + address + " port " + std::to_string(port), failure),
             failure.error);
  return env.Undefined();
}

Napi::Value StreamPair(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Descriptor first, second;
  if (const StepFailure failure = OpenStreamPair(&first, &second); failure.error != 0) {
    ThrowErrno(env, "cannot open a stream pair", failure.error);
    return env.Undefined();
  }
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(uint32_t{0}, first.Release());
  pair.Set(uint32_t{1}, second.Release());
  return pair;
}

Napi::Value CreateLeaseBoard(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  int writable = -1, readable = -1;
  if (const int error = LeaseBoard::Create(&writable, &readable); error != 0) {
    ThrowErrno(env, "cannot make the lease board", error);
    return env.Undefined();
  }
  Napi::Object board = Napi::Object::New(env);
  board.Set("writable", Napi::Number::New(env, writable));
  board.Set("readable", Napi::Number::New(env, readable));
  return board;
}

Napi::Value CreateMemory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string name = info.Length() > 0 ? info[0].ToString().Utf8Value() : "";
  const int memory = memfd_create(name.c_str(), MFD_CLOEXEC);
  if (memory >= 0) return Napi::Number::New(env, memory);
  ThrowErrno(env, "cannot make memory for " + name, errno);
  return env.Undefined();
}

Napi::Value BootTime(const Napi::CallbackInfo& info) {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return Napi::Number::New(
      info.Env(), static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6);
}

}  // namespace

void ExportSockets(Napi::Env env, Napi::Object exports) {
  exports.Set("openControlSocket", Napi::Function::New<OpenControl>(env, "openControlSocket"));
  exports.Set("openUnixListener", Napi::Function::New<OpenListener>(env, "openUnixListener"));
  exports.Set("openTcpListener", Napi::Function::New<OpenTcp>(env, "openTcpListener"));
  exports.Set("streamPair", Napi::Function::New<StreamPair>(env, "streamPair"));
  exports.Set("createLeaseBoard", Napi::Function::New<CreateLeaseBoard>(env, "createLeaseBoard"));
  exports.Set("createMemory", Napi::Function::New<CreateMemory>(env, "createMemory"));
  exports.Set("bootTime", Napi::Function::New<BootTime>(env, "bootTime"));
}

}  // namespace raisd

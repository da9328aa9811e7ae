// The Node-API skin of the heartbeat thread. src/heartbeat/native-heartbeat.ts says what it
// promises; TypeScript has validated, and this file only guards.

#include <errno.h>
#include <napi.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "frame.h"
#include "thread.h"

namespace raisd::heartbeat {
namespace {

std::string ErrnoName(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

/** Throws `cannot <what>: CODE` with the code as a property; return at once. */
void ThrowErrno(Napi::Env env, const std::string& what, int error) {
  Napi::Error thrown = Napi::Error::New(env, "cannot " + what + ": " + ErrnoName(error));
  thrown.Set("code", Napi::String::New(env, ErrnoName(error)));
  thrown.ThrowAsJavaScriptException();
}

Bytes BytesOf(const Napi::Value& value) {
  if (!value.IsTypedArray()) return {};
  const auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

/** False unless the value is 16 bytes. */
bool ReadId(const Napi::Value& value, Id* id) {
  const Bytes bytes = BytesOf(value);
  if (bytes.size() != id->size()) return false;
  *id = LoadId(bytes.data());
  return true;
}

uint64_t U64Of(const Napi::Value& value) {
  bool is_lossless = false;
  return value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&is_lossless) : 0;
}

uint32_t U32Of(const Napi::Value& value) {
  return value.IsNumber() ? value.As<Napi::Number>().Uint32Value() : 0;
}

int FdOf(const Napi::Value& value) {
  return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : -1;
}

bool ReadTag(const Napi::Value& value, uint64_t* tag) {
  const Bytes bytes = BytesOf(value);
  if (bytes.size() != sizeof *tag) return false;
  *tag = Load64(bytes.data());
  return true;
}

std::unique_ptr<KeyRing> KeysOf(const Napi::Value& value) {
  if (!value.IsArray()) return nullptr;
  const auto given = value.As<Napi::Array>();
  std::vector<Bytes> keys;
  for (uint32_t index = 0; index < given.Length(); index++) keys.push_back(BytesOf(given[index]));
  return KeyRing::Create(keys);
}

std::unique_ptr<DestinationList> SeedsOf(const Napi::Value& value) {
  if (!value.IsArray()) return nullptr;
  const auto given = value.As<Napi::Array>();
  auto seeds = std::make_unique<DestinationList>();
  for (uint32_t index = 0; index < given.Length(); index++) {
    const Napi::Value entry = given[index];
    if (!entry.IsObject()) return nullptr;
    const auto peer = entry.As<Napi::Object>();
    Destination destination;
    destination.interface = static_cast<uint8_t>(U32Of(peer.Get("interface")));
    if (!ReadId(peer.Get("address"), &destination.address)) return nullptr;
    seeds->Add(destination);
  }
  return seeds;
}

/** What is missing or wrong is caught by the thread: EINVAL. */
GroupSettings SettingsOf(const Napi::Object& given) {
  GroupSettings settings;
  settings.interval = U64Of(given.Get("interval"));
  settings.lease = U64Of(given.Get("lease"));
  settings.fence = U64Of(given.Get("fence"));
  settings.doubt = U64Of(given.Get("doubt"));
  settings.keys = KeysOf(given.Get("keys"));
  settings.port = static_cast<uint16_t>(U32Of(given.Get("port")));
  settings.is_multicast = ReadId(given.Get("multicast"), &settings.address);
  if (!settings.is_multicast) settings.seeds = SeedsOf(given.Get("peers"));
  return settings;
}

bool ReadOptions(const Napi::Value& value, EngineOptions* options, Descriptor* memory,
                 int* priority) {
  if (!value.IsObject()) return false;
  const auto given = value.As<Napi::Object>();
  if (!ReadId(given.Get("hostId"), &options->identity.host)) return false;
  options->identity.incarnation = U64Of(given.Get("incarnation"));
  options->interfaces = static_cast<uint8_t>(U32Of(given.Get("interfaces")));
  *memory = Descriptor(FdOf(given.Get("memory")));
  *priority = static_cast<int>(U32Of(given.Get("priority")));
  return true;
}

class HeartbeatObject : public Napi::ObjectWrap<HeartbeatObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit HeartbeatObject(const Napi::CallbackInfo& info);
  ~HeartbeatObject() override;

 private:
  Napi::Value RealtimeError(const Napi::CallbackInfo& info) {
    return ErrorName(info.Env(), thread_->realtime_error());
  }
  Napi::Value LockError(const Napi::CallbackInfo& info) {
    return ErrorName(info.Env(), thread_->lock_error());
  }
  Napi::Value RefusedLinks(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), thread_->refused_links());
  }
  Napi::Value IsInherited(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), thread_->is_inherited());
  }
  Napi::Value IsLinked(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), thread_->is_linked());
  }
  Napi::Value GetSequence(const Napi::CallbackInfo& info) {
    return Napi::BigInt::New(info.Env(), thread_->sequence());
  }
  Napi::Value IsAwake(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), thread_->is_awake());
  }
  Napi::Value IsSilent(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), thread_->is_silent());
  }
  void Go(const Napi::CallbackInfo& info) {
    Check(info.Env(), "start the heartbeat thread", thread_->Go());
  }
  void AddGroup(const Napi::CallbackInfo& info);
  void ChangeGroup(const Napi::CallbackInfo& info);
  void RemoveGroup(const Napi::CallbackInfo& info);
  void AddSocket(const Napi::CallbackInfo& info);
  void AttachControl(const Napi::CallbackInfo& info);
  void SetLeaseBoard(const Napi::CallbackInfo& info);
  void SetFence(const Napi::CallbackInfo& info);
  void SetWatchdog(const Napi::CallbackInfo& info);
  void SetReserve(const Napi::CallbackInfo& info);
  void OnStop(const Napi::CallbackInfo&) { thread_->Stop(); }

  static Napi::Value ErrorName(Napi::Env env, int error) {
    return error == 0 ? env.Null() : Napi::String::New(env, ErrnoName(error));
  }
  void Check(Napi::Env env, const std::string& what, int error) {
    if (error != 0) ThrowErrno(env, what, error);
  }
  /** exit() would take the crypto library down under a thread that runs. */
  static void OnEnvironmentEnd(void* thread) { static_cast<Thread*>(thread)->Stop(); }

  std::unique_ptr<Thread> thread_;
};

Napi::Function HeartbeatObject::Define(Napi::Env env) {
  return DefineClass(env, "NativeHeartbeat",
                     {
                         InstanceAccessor<&HeartbeatObject::RealtimeError>("realtimeError"),
                         InstanceAccessor<&HeartbeatObject::LockError>("lockError"),
                         InstanceAccessor<&HeartbeatObject::RefusedLinks>("refusedLinks"),
                         InstanceAccessor<&HeartbeatObject::IsLinked>("isLinked"),
                         InstanceAccessor<&HeartbeatObject::IsInherited>("isInherited"),
                         InstanceAccessor<&HeartbeatObject::IsAwake>("isAwake"),
                         InstanceAccessor<&HeartbeatObject::IsSilent>("isSilent"),
                         InstanceMethod<&HeartbeatObject::Go>("go"),
                         InstanceMethod<&HeartbeatObject::GetSequence>("sequence"),
                         InstanceMethod<&HeartbeatObject::AddGroup>("addGroup"),
                         InstanceMethod<&HeartbeatObject::ChangeGroup>("reconfigureGroup"),
                         InstanceMethod<&HeartbeatObject::RemoveGroup>("removeGroup"),
                         InstanceMethod<&HeartbeatObject::AddSocket>("addSocket"),
                         InstanceMethod<&HeartbeatObject::AttachControl>("attachControl"),
                         InstanceMethod<&HeartbeatObject::SetLeaseBoard>("setLeaseBoard"),
                         InstanceMethod<&HeartbeatObject::SetFence>("setFence"),
                         InstanceMethod<&HeartbeatObject::SetWatchdog>("setWatchdog"),
                         InstanceMethod<&HeartbeatObject::SetReserve>("setReserve"),
                         InstanceMethod<&HeartbeatObject::OnStop>("stop"),
                     });
}

HeartbeatObject::HeartbeatObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<HeartbeatObject>(info) {
  EngineOptions options;
  Descriptor memory;
  int priority = 0;
  const int error = ReadOptions(info[0], &options, &memory, &priority)
                        ? Thread::Start(options, memory.get(), priority, &thread_)
                        : EINVAL;
  if (error != 0) {
    ThrowErrno(info.Env(), "prepare the heartbeat thread", error);
    return;
  }
  napi_add_env_cleanup_hook(info.Env(), OnEnvironmentEnd, thread_.get());
}

HeartbeatObject::~HeartbeatObject() {
  if (thread_ != nullptr) napi_remove_env_cleanup_hook(Env(), OnEnvironmentEnd, thread_.get());
}

void HeartbeatObject::AddGroup(const Napi::CallbackInfo& info) {
  uint64_t tag = 0;
  const bool is_valid = ReadTag(info[0], &tag) && info[1].IsObject();
  const int error =
      is_valid ? thread_->AddGroup(tag, SettingsOf(info[1].As<Napi::Object>())) : EINVAL;
  Check(info.Env(), "add a group", error);
}

void HeartbeatObject::ChangeGroup(const Napi::CallbackInfo& info) {
  uint64_t tag = 0;
  const bool is_valid = ReadTag(info[0], &tag) && info[1].IsObject();
  const int error =
      is_valid ? thread_->ChangeGroup(tag, SettingsOf(info[1].As<Napi::Object>())) : EINVAL;
  Check(info.Env(), "change a group", error);
}

void HeartbeatObject::RemoveGroup(const Napi::CallbackInfo& info) {
  uint64_t tag = 0;
  Check(info.Env(), "remove a group", ReadTag(info[0], &tag) ? thread_->RemoveGroup(tag) : EINVAL);
}

void HeartbeatObject::AddSocket(const Napi::CallbackInfo& info) {
  uint64_t tag = 0;
  // A tag that is none names no group, and the descriptor is closed like any other that is refused.
  ReadTag(info[0], &tag);
  const auto interface = static_cast<uint8_t>(U32Of(info[1]));
  Check(info.Env(), "add a socket", thread_->AddSocket(tag, interface, FdOf(info[2])));
}

void HeartbeatObject::AttachControl(const Napi::CallbackInfo& info) {
  Check(info.Env(), "attach control", thread_->AttachControl(FdOf(info[0])));
}

void HeartbeatObject::SetLeaseBoard(const Napi::CallbackInfo& info) {
  Check(info.Env(), "map the lease board", thread_->SetLeaseBoard(FdOf(info[0])));
}

void HeartbeatObject::SetFence(const Napi::CallbackInfo& info) {
  Check(info.Env(), "map the deadlines of the fence", thread_->SetFence(FdOf(info[0])));
}

void HeartbeatObject::SetWatchdog(const Napi::CallbackInfo& info) {
  const int error = thread_->SetWatchdog(FdOf(info[0]), U64Of(info[1]));
  Check(info.Env(), "feed the service manager's watchdog", error);
}

void HeartbeatObject::SetReserve(const Napi::CallbackInfo& info) {
  Check(info.Env(), "raise the sequence number", thread_->RaiseSequence(U64Of(info[0])));
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeHeartbeat", HeartbeatObject::Define(env));
  return exports;
}

}  // namespace
}  // namespace raisd::heartbeat

Napi::Object InitializeHeartbeat(Napi::Env env, Napi::Object exports) {
  return raisd::heartbeat::Initialize(env, exports);
}

NODE_API_MODULE(heartbeat, InitializeHeartbeat)

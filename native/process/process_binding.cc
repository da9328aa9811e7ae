// The addon `process`: what is needed to start workers, link them and open their sockets.

#include <napi.h>

#include "alarm_binding.h"
#include "channel_binding.h"
#include "fence_binding.h"
#include "file_lock_binding.h"
#include "life_binding.h"
#include "lookup_binding.h"
#include "notify_binding.h"
#include "pidfd_binding.h"
#include "replace_binding.h"
#include "scheduling_binding.h"
#include "sockets_binding.h"
#include "spawn_binding.h"
#include "turns_binding.h"

namespace raisd {
namespace {

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  ExportAlarm(env, exports);
  ExportChannel(env, exports);
  ExportFence(env, exports);
  ExportFileLock(env, exports);
  ExportLife(env, exports);
  ExportLookup(env, exports);
  ExportNotify(env, exports);
  ExportPidfd(env, exports);
  ExportReplace(env, exports);
  ExportScheduling(env, exports);
  ExportSockets(env, exports);
  ExportSpawn(env, exports);
  ExportTurns(env, exports);
  return exports;
}

}  // namespace
}  // namespace raisd

static Napi::Object InitializeModule(Napi::Env env, Napi::Object exports) {
  return raisd::Initialize(env, exports);
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, InitializeModule)

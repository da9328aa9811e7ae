// build/Release/network.node: see src/network/addon.ts for what it exports.

#include <napi.h>

#include "event_binding.h"
#include "fence_binding.h"
#include "lease_alarm_binding.h"
#include "lease_board_binding.h"
#include "listener_binding.h"
#include "request_binding.h"
#include "transmitter_binding.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("RequestSocket", raisd::DefineRequestSocket(env));
  exports.Set("EventSocket", raisd::DefineEventSocket(env));
  exports.Set("Transmitter", raisd::DefineTransmitter(env));
  exports.Set("Listener", raisd::DefineListener(env));
  exports.Set("LeaseBoard", raisd::DefineLeaseBoard(env));
  exports.Set("Fence", raisd::DefineFence(env));
  exports.Set("LeaseAlarm", raisd::DefineLeaseAlarm(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(network, Init)

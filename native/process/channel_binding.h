// Node-API skin of Channel: openChannel, socketPair.

#ifndef RAISD_PROCESS_CHANNEL_BINDING_H_
#define RAISD_PROCESS_CHANNEL_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportChannel(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_CHANNEL_BINDING_H_

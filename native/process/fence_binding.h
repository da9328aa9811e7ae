// loadFence: see src/ipc/process-addon.ts.

#ifndef RAISD_PROCESS_FENCE_BINDING_H_
#define RAISD_PROCESS_FENCE_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportFence(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_FENCE_BINDING_H_

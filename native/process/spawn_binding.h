// Node-API skin of spawn: spawn, watchExit, protectMemory.

#ifndef RAISD_PROCESS_SPAWN_BINDING_H_
#define RAISD_PROCESS_SPAWN_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportSpawn(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_SPAWN_BINDING_H_

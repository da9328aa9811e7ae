// Node-API skin of turns: createTurns, countTurns, lookAtTurns.

#ifndef RAISD_PROCESS_TURNS_BINDING_H_
#define RAISD_PROCESS_TURNS_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportTurns(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_TURNS_BINDING_H_

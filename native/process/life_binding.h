// Node-API skin of lives: createLife, holdLife, watchLife.

#ifndef RAISD_PROCESS_LIFE_BINDING_H_
#define RAISD_PROCESS_LIFE_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportLife(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_LIFE_BINDING_H_

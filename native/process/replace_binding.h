// Node-API skin of replace_program: replaceProgram.

#ifndef RAISD_PROCESS_REPLACE_BINDING_H_
#define RAISD_PROCESS_REPLACE_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportReplace(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_REPLACE_BINDING_H_

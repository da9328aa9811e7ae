// Node-API skin of scheduling: setThreadRealtime, prioritizeMainThread.

#ifndef RAISD_PROCESS_SCHEDULING_BINDING_H_
#define RAISD_PROCESS_SCHEDULING_BINDING_H_

#include <napi.h>

namespace raisd {
void ExportScheduling(Napi::Env env, Napi::Object exports);
}  // namespace raisd

#endif  // RAISD_PROCESS_SCHEDULING_BINDING_H_

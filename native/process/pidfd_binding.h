// Node-API skin of pidfds: watchProcess.

#ifndef RAISD_PROCESS_PIDFD_BINDING_H_
#define RAISD_PROCESS_PIDFD_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportPidfd(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_PIDFD_BINDING_H_

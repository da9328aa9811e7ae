// Node-API skin of the sockets, and the clock.

#ifndef RAISD_PROCESS_SOCKETS_BINDING_H_
#define RAISD_PROCESS_SOCKETS_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportSockets(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_SOCKETS_BINDING_H_

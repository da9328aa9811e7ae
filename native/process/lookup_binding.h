// Node-API skin of the look-ups: interfaceIndex, interfaceAddresses, lookupUser, lookupGroup.

#ifndef RAISD_PROCESS_LOOKUP_BINDING_H_
#define RAISD_PROCESS_LOOKUP_BINDING_H_

#include <napi.h>

namespace raisd {

void ExportLookup(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_LOOKUP_BINDING_H_

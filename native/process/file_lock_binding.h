#ifndef RAISD_PROCESS_FILE_LOCK_BINDING_H_
#define RAISD_PROCESS_FILE_LOCK_BINDING_H_

#include <napi.h>

namespace raisd {

/** Adds lockFile. */
void ExportFileLock(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_FILE_LOCK_BINDING_H_

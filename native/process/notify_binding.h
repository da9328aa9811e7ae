#ifndef RAISD_PROCESS_NOTIFY_BINDING_H_
#define RAISD_PROCESS_NOTIFY_BINDING_H_

#include <napi.h>

namespace raisd {

/** Adds connectNotifySocket and sendNotice. */
void ExportNotify(Napi::Env env, Napi::Object exports);

}  // namespace raisd

#endif  // RAISD_PROCESS_NOTIFY_BINDING_H_

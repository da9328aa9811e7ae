// Node-API skin of the alarm: alarm(ring).

#ifndef RAISD_PROCESS_ALARM_BINDING_H_
#define RAISD_PROCESS_ALARM_BINDING_H_

#include <napi.h>

namespace raisd {
void ExportAlarm(Napi::Env env, Napi::Object exports);
}

#endif  // RAISD_PROCESS_ALARM_BINDING_H_

// What a group knows of its hosts, and must not lose with the process that knows it
// (inheritance.h): plain memory without a pointer in it.

#ifndef RAISD_HEARTBEAT_GROUP_MEMORY_H_
#define RAISD_HEARTBEAT_GROUP_MEMORY_H_

#include <type_traits>

#include "heard.h"
#include "host_table.h"

namespace raisd::heartbeat {

struct GroupMemory {
  HostTable hosts;
  EchoFloor echo_floor;
};
static_assert(std::is_trivially_copyable_v<GroupMemory>);

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_GROUP_MEMORY_H_

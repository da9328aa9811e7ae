// The little that the instruments' unit tests need: a check that says where it failed.

#ifndef RAISD_TEST_FARM_PROBE_CHECK_H_
#define RAISD_TEST_FARM_PROBE_CHECK_H_

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (false)

#endif  // RAISD_TEST_FARM_PROBE_CHECK_H_

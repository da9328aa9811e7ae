// The few lines of a test framework that the leaf code's tests need: a test is a sentence and a
// function.

#ifndef RAISD_HEARTBEAT_CHECK_H_
#define RAISD_HEARTBEAT_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace raisd::heartbeat {

struct Test {
  const char* sentence;
  void (*run)();
};

std::vector<Test>& AllTests();

/** Where test/wire/frame-vectors.txt is. */
extern const char* vectors_path;

struct Registration {
  Registration(const char* sentence, void (*run)()) { AllTests().push_back({sentence, run}); }
};

inline void Fail(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
  std::exit(1);
}

}  // namespace raisd::heartbeat

#define CHECK(condition) \
  ((condition) ? (void)0 : raisd::heartbeat::Fail(__FILE__, __LINE__, #condition))

#define JOIN_2(name, line) name##line
#define JOIN(name, line) JOIN_2(name, line)
#define TEST(sentence)                                                                            \
  static void JOIN(Test, __LINE__)();                                                             \
  static const raisd::heartbeat::Registration JOIN(Registration, __LINE__)(sentence,              \
                                                                           JOIN(Test, __LINE__)); \
  static void JOIN(Test, __LINE__)()

#endif  // RAISD_HEARTBEAT_CHECK_H_

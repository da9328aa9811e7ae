#include "check.h"

namespace raisd::heartbeat {

const char* vectors_path = nullptr;

std::vector<Test>& AllTests() {
  static std::vector<Test> tests;
  return tests;
}

}  // namespace raisd::heartbeat

/** heartbeat_test FRAME-VECTORS: runs all tests, names each, and ends with 1 at the first that
 * fails. */
int main(int count, char** arguments) {
  using raisd::heartbeat::AllTests;
  if (count != 2) return 2;
  raisd::heartbeat::vectors_path = arguments[1];
  for (const auto& test : AllTests()) {
    std::printf("%s\n", test.sentence);
    std::fflush(stdout);
    test.run();
  }
  std::printf("%zu tests passed\n", AllTests().size());
  return 0;
}

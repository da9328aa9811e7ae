// One JSON object a line on standard output: what an instrument tells the test that drives it.

#ifndef RAISD_TEST_FARM_PROBE_JSON_LINES_H_
#define RAISD_TEST_FARM_PROBE_JSON_LINES_H_

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

// A quoted JSON string. Control characters cannot occur in names and become spaces.
inline std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return quoted + '"';
}

// Nanoseconds as milliseconds with three decimals.
inline std::string Milliseconds(int64_t ns) {
  char text[40];
  snprintf(text, sizeof text, "%.3f", static_cast<double>(ns) / 1e6);
  return text;
}

inline std::string Field(const char* name, uint64_t value) {
  return Quoted(name) + ":" + std::to_string(value) + ",";
}

inline std::string Field(const char* name, const std::string& json) {
  return Quoted(name) + ":" + json + ",";
}

// An object of fields, each made by Field and so ending in a comma.
inline std::string Object(std::string fields) {
  if (!fields.empty()) fields.pop_back();
  return "{" + fields + "}";
}

inline void PrintLine(const std::string& json) {
  fwrite(json.data(), 1, json.size(), stdout);
  fputc('\n', stdout);
  fflush(stdout);
}

#endif  // RAISD_TEST_FARM_PROBE_JSON_LINES_H_

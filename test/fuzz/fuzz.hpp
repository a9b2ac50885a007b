// fuzzing: what the targets share. A property that does not hold ends the program, as libFuzzer
// expects it.
#pragma once

#include <sluice/base/bytes.hpp>
#include <sluice/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sluice::fuzz {

inline void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: does not hold: %s\n", what);
    std::abort();
}

/// A refusal says why.
template <class Value>
bool accepted(const result<Value>& seen) {
    if (seen) return true;
    must(!seen.error().where.empty(), "an error names its input");
    return false;
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

} // namespace sluice::fuzz

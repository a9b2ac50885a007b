// test support: files of test/vectors, compared byte for byte.
#pragma once

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace sluice {

/// A file of test/vectors; fails the case when it is not there.
inline std::string read_vector(const std::string& name) {
    std::ifstream file(std::string(SLUICE_VECTORS) + '/' + name, std::ios::binary);
    BOOST_REQUIRE_MESSAGE(file.good(), "test/vectors/" << name << " cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Compares with a golden file. With SLUICE_WRITE_VECTORS=1 in the environment the file is written
/// instead: for formats that were never released, never for others.
inline void check_golden(const std::string& name, std::string_view made) {
    if (std::getenv("SLUICE_WRITE_VECTORS") != nullptr) {
        std::ofstream file(std::string(SLUICE_VECTORS) + '/' + name, std::ios::binary);
        file << made;
        BOOST_REQUIRE(file.good());
        return;
    }
    const std::string golden = read_vector(name);
    const auto [in_made, in_golden] =
        std::mismatch(made.begin(), made.end(), golden.begin(), golden.end());
    const bool same = in_made == made.end() && in_golden == golden.end();
    BOOST_TEST(
        same,
        "differs from test/vectors/" << name << " at byte " << (in_made - made.begin()) << " of "
                                     << golden.size() << " (now " << made.size() << ")"
    );
}

} // namespace sluice

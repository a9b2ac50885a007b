// test: a folder for a state file.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace sluice::test {

/// A folder that goes when the case ends.
struct state_folder {
    state_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "sluice-XXXXXX").string();
        BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~state_folder() { std::filesystem::remove_all(path); }
    std::string file(const std::string& name = "state/state.db") const {
        return (path / name).string();
    }
    std::filesystem::path path;
};

} // namespace sluice::test

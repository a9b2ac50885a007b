// Directories whose names are durable before anything depends on them.
#include <sluice/base/directories.hpp>
#include <sluice/base/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace sluice;
namespace fs = std::filesystem;

namespace {

/// A folder of its own, gone at the end.
struct own_folder {
    fs::path at;
    own_folder() {
        std::string name = (fs::temp_directory_path() / "sluice-test-XXXXXX").string();
        at = ::mkdtemp(name.data());
    }
    ~own_folder() { fs::remove_all(at); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(durable_directories)

BOOST_AUTO_TEST_CASE(each_new_name_is_synced_before_the_next_one_is_made) {
    const own_folder folder;
    std::vector<std::string> calls;
    directory_calls told;
    told.make = [&](const fs::path& name) {
        calls.push_back("make " + name.filename().string());
        return make_directory(name);
    };
    told.sync = [&](const fs::path& name) {
        calls.push_back("sync " + name.filename().string());
        return sync_directory(name);
    };
    const std::string top = folder.at.filename().string();
    const std::string above = folder.at.parent_path().filename().string();
    BOOST_TEST(make_durable_directory(folder.at / "a" / "b" / "", told).has_value());
    const std::vector<std::string> first = {
        "sync " + above, "make a", "sync " + top, "make b", "sync a"};
    BOOST_TEST(calls == first, boost::test_tools::per_element());
    BOOST_TEST((fs::status(folder.at / "a" / "b").permissions() == fs::perms::owner_all));
    // Who made it may have died before the sync.
    calls.clear();
    BOOST_TEST(make_durable_directory(folder.at / "a" / "b", told).has_value());
    BOOST_TEST(calls == std::vector<std::string>{"sync a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_call_that_fails_is_told_and_nothing_is_made_behind_it) {
    const own_folder folder;
    directory_calls failing;
    failing.sync = [&](const fs::path& name) -> result<void> {
        if (name != folder.at) return sync_directory(name);
        failure why;
        why.code = errc::disk_full;
        return why;
    };
    const auto refused = make_durable_directory(folder.at / "a" / "b", failing);
    BOOST_TEST_REQUIRE(refused.has_error());
    BOOST_TEST((refused.error().code == errc::disk_full));
    BOOST_TEST(!fs::exists(folder.at / "a" / "b"));
    const auto nowhere = make_directory(folder.at / "none" / "b");
    BOOST_TEST((nowhere.error().code == errc::not_found));
    BOOST_TEST(nowhere.error().where.find("none/b: mkdir: ") != std::string::npos);
    BOOST_TEST((sync_directory(folder.at / "none").error().code == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

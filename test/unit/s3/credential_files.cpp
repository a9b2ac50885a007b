// Tests of s3client/src/io/shared_files.cpp: shared files and tokens on a disk.
#include "io/shared_files.hpp"

#include <sluice/base/error.hpp>
#include <sluice/s3/credentials_provider.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(credential_files)

/// A home directory of its own, removed at the end.
struct home {
    home() {
        std::string name = (std::filesystem::temp_directory_path() / "sluice-home-XXXXXX").string();
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
        std::filesystem::create_directory(path / ".aws");
    }
    ~home() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path / ".aws" / name, std::ios::binary) << text;
    }
    environment env() const {
        return [this](const std::string& name) -> std::optional<std::string> {
            if (name == "HOME") return path.string();
            return std::nullopt;
        };
    }
    result<settings> load(const std::string& profile = "") const {
        return load_settings(env(), profile);
    }
    std::filesystem::path path;
};

BOOST_AUTO_TEST_CASE(both_files_are_read) {
    const home here;
    here.write("credentials", "[dev]\naws_access_key_id=a\naws_secret_access_key=s\n");
    here.write("config", "[profile dev]\nregion=eu-1\n");
    const auto read = here.load("dev");
    BOOST_REQUIRE(read.has_value());
    const auto files = read_shared_files(here.env());
    BOOST_TEST(files.value().credentials.starts_with("[dev]"));
    BOOST_TEST(read->region == "eu-1");
}

BOOST_AUTO_TEST_CASE(secrets_that_others_can_read_are_told_with_the_way_out) {
    using std::filesystem::perms;
    const home here;
    const std::string keys = "[default]\naws_access_key_id=a\naws_secret_access_key=canary\n";
    const auto told = [&here](const std::string& file, perms mode) {
        std::filesystem::permissions(here.path / ".aws" / file, mode);
        const auto read = here.load();
        BOOST_REQUIRE(read.has_value());
        return read->warnings;
    };
    here.write("credentials", keys);
    here.write("config", "[default]\nregion=eu-1\n");
    const perms owner = perms::owner_read | perms::owner_write;
    for (const perms others :
         {perms::group_read, perms::others_read, perms::group_write, perms::others_write}) {
        const auto warnings = told("credentials", owner | others);
        BOOST_REQUIRE(warnings.size() == 1u);
        const std::string path = (here.path / ".aws/credentials").string();
        BOOST_TEST(warnings[0].starts_with(path + " holds secret keys, and other users"));
        BOOST_TEST(warnings[0].ends_with("chmod 600 " + path));
        BOOST_TEST(warnings[0].find("canary") == std::string::npos);
    }
    BOOST_TEST(told("credentials", owner).empty());
    BOOST_TEST(told("config", owner | perms::others_read).empty()); // no secret is in it
    here.write("config", keys);
    BOOST_TEST(told("config", owner | perms::others_read).size() == 1u);
}

BOOST_AUTO_TEST_CASE(files_that_do_not_exist_are_empty) {
    const home here;
    const auto read = here.load();
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->region == "");
    boost::asio::io_context context;
    const environment env = [&here](const std::string& name) {
        return name == "AWS_EC2_METADATA_DISABLED" ? "true" : here.env()(name);
    };
    const auto chain = create_credential_chain(context.get_executor(), env, chain_options());
    BOOST_REQUIRE(chain.has_error());
    BOOST_TEST((chain.error().code == s3_errc::no_credentials));
    BOOST_TEST(
        chain.error().where.find((here.path / ".aws/credentials").string()) != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_token_is_its_line) {
    const home here;
    const std::string path = (here.path / ".aws/token").string();
    here.write("token", "canary-token\r\n");
    BOOST_TEST(read_token_file(path).value() == "canary-token");
    for (const char* const bad : {"", " \n", "canary\nX-Evil: 1\n", "canary\x01"}) {
        here.write("token", bad);
        const auto read = read_token_file(path);
        BOOST_REQUIRE(read.has_error());
        BOOST_TEST(read.error().where.starts_with(path));
        BOOST_TEST(read.error().where.find("canary") == std::string::npos);
    }
    BOOST_TEST(read_token_file(path + "s").has_error());
    here.write("token", std::string(100'000, 'x'));
    BOOST_TEST(read_token_file(path).has_error());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named) {
    const home here;
    std::filesystem::create_directory(here.path / ".aws/config");
    const auto folder = here.load();
    BOOST_REQUIRE(folder.has_error());
    BOOST_TEST((folder.error().code == errc::io_error));
    BOOST_TEST(
        folder.error().where.find((here.path / ".aws/config").string()) != std::string::npos
    );
    std::filesystem::remove(here.path / ".aws/config");
    here.write("config", "[default]\n" + std::string(5 << 20, '#'));
    const auto large = here.load();
    BOOST_REQUIRE(large.has_error());
    BOOST_TEST((large.error().code == errc::io_error));
}

BOOST_AUTO_TEST_SUITE_END()

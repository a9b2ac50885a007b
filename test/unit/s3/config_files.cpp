// Tests of s3client/src/core/config_files.cpp: INI as the AWS tools write it.
#include "core/config_files.hpp"

#include <sluice/base/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice;
using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(config_files)

ini_file read(const std::string& text) {
    const auto file = parse_ini(text, "f");
    BOOST_REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().where));
    return *file;
}

BOOST_AUTO_TEST_CASE(sections_names_and_values_are_read) {
    const ini_file file =
        read("[default]\naws_access_key_id = A\naws_secret_access_key=b/+=c\n\n[two]\nx=1\n");
    BOOST_TEST(file.size() == 2u);
    BOOST_TEST(file.at("default").at("aws_access_key_id") == "A");
    BOOST_TEST(file.at("default").at("aws_secret_access_key") == "b/+=c");
    BOOST_TEST(file.at("two").at("x") == "1");
}

BOOST_AUTO_TEST_CASE(white_space_case_of_names_and_line_ends_do_not_matter) {
    const ini_file file = read("\r\n [ profile \t dev ] \r\n Region \t=\t eu-west-1 \r\n\r\n");
    BOOST_TEST(file.at("profile dev").at("region") == "eu-west-1");
    BOOST_TEST(read("[d]\na=1").at("d").at("a") == "1");
    BOOST_TEST(read("[d] # mine\na=1\n").at("d").at("a") == "1");
}

BOOST_AUTO_TEST_CASE(comments_end_values_only_behind_white_space) {
    const ini_file file =
        read("# a\n; b\n[d]\n# c\na = 1 # one\nb = 2#3\nc = x;y ; z\nd = # nothing\n");
    BOOST_TEST(file.at("d").at("a") == "1");
    BOOST_TEST(file.at("d").at("b") == "2#3");
    BOOST_TEST(file.at("d").at("c") == "x;y");
    BOOST_TEST(file.at("d").at("d") == "");
}

BOOST_AUTO_TEST_CASE(indented_lines_are_nested_below_the_line_before) {
    const ini_file file = read("[services s]\ns3 =\n  endpoint_url = http://h\n  other = 1\nsts "
                               "=\n  endpoint_url = http://t\nend = 1\n");
    const ini_section& section = file.at("services s");
    BOOST_TEST(section.at("s3.endpoint_url") == "http://h");
    BOOST_TEST(section.at("s3.other") == "1");
    BOOST_TEST(section.at("sts.endpoint_url") == "http://t");
    BOOST_TEST(section.at("end") == "1");
    BOOST_TEST(read("[d]\n  a = 1\n").at("d").at("a") == "1");
    BOOST_TEST(read("[d]\na = 1\n  continued\n").at("d").at("a") == "1");
}

BOOST_AUTO_TEST_CASE(a_section_twice_is_one_and_the_last_value_counts) {
    const ini_file file = read("[d]\na=1\nb=2\n[e]\n[d]\na=3\n");
    BOOST_TEST(file.at("d").at("a") == "3");
    BOOST_TEST(file.at("d").at("b") == "2");
    BOOST_TEST(file.at("e").empty());
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_is_named_but_not_shown) {
    const char* const bad[] = {
        "[d]\na=1\nsecret123\n",
        "\n\nsecret123=1\n",
        "[d]\n\n[secret123\n",
        "[d]\na=1\n[]\n",
        "[d]\na=1\n=secret123\n"};
    for (const char* const each : bad) {
        const auto file = parse_ini(each, "/users/me/.aws/credentials");
        BOOST_TEST_CONTEXT(each) {
            BOOST_REQUIRE(!file.has_value());
            BOOST_TEST((file.error().code == errc::invalid_argument));
            BOOST_TEST(file.error().where.starts_with("/users/me/.aws/credentials line 3:"));
            BOOST_TEST(file.error().where.find("secret123") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_sections) {
    BOOST_TEST(read("").empty());
    BOOST_TEST(read("\n\n# nothing\n").empty());
}

BOOST_AUTO_TEST_CASE(profiles_of_the_config_file_have_a_prefix) {
    const ini_file file = read("[profile dev]\nregion=1\n[dev]\nregion=2\n[default]\nregion=3\n");
    BOOST_TEST(value_of(find_config_profile(file, "dev"), "region") == "1");
    BOOST_TEST(value_of(find_config_profile(file, "default"), "region") == "3");
    BOOST_TEST((find_config_profile(file, "other") == nullptr));
    BOOST_TEST(value_of(find_section(file, "dev"), "region") == "2");
    BOOST_TEST((find_config_profile(read("[dev]\na=1\n"), "dev") == nullptr));
    const ini_file both = read("[default]\nregion=1\n[profile default]\nregion=2\n");
    BOOST_TEST(value_of(find_config_profile(both, "default"), "region") == "2");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_empty) {
    BOOST_TEST(value_of(nullptr, "a") == "");
    const ini_file file = read("[d]\na=1\n");
    BOOST_TEST(value_of(find_section(file, "d"), "b") == "");
    BOOST_TEST((find_section(file, "e") == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

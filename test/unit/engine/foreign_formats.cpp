// What an object that no commit names is taken for, and which keys are passed over.
#include "core/foreign_format.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace sluice;

namespace {

/// "lines+gzip", or what is wrong.
std::string told(
    std::string_view key,
    std::string_view start,
    std::string_view format = {},
    std::string_view codec = {}
) {
    const auto found = recognise(key, as_bytes(start), format, codec);
    if (!found) return found.error().where;
    return std::string(name_of(found->format)) + "+" + std::string(name_of(found->codec));
}

} // namespace

BOOST_AUTO_TEST_SUITE(foreign_formats)

BOOST_AUTO_TEST_CASE(the_ending_of_the_key_tells_the_format) {
    BOOST_TEST(told("in/a.avro", "x") == "avro+none");
    BOOST_TEST(told("in/a.ndjson", "{") == "ndjson+none");
    BOOST_TEST(told("in/a.jsonl", "{") == "ndjson+none");
    BOOST_TEST(told("in/a.lines", "x") == "lines+none");
    BOOST_TEST(told("in/a.log", "x") == "lines+none");
    BOOST_TEST(told("in/a.txt", "x") == "lines+none");
    BOOST_TEST(told("in/a.delimited", "x") == "delimited+none");
    BOOST_TEST(told("in/a.raw", "x") == "raw+none");
}

BOOST_AUTO_TEST_CASE(the_first_bytes_tell_the_codec_and_the_key_does_not) {
    for (const std::string_view ending : {"", ".gz", ".gzip", ".zst", ".zstd"}) {
        const std::string key = "in/a.txt" + std::string(ending);
        BOOST_TEST(told(key, "\x1f\x8b rest") == "lines+gzip", key);
        BOOST_TEST(told(key, "\x28\xb5\x2f\xfd rest") == "lines+zstd", key);
        BOOST_TEST(told(key, "plain") == "lines+none", key);
        BOOST_TEST(told(key, "\x1f") == "lines+none", key);
    }
}

BOOST_AUTO_TEST_CASE(avro_is_told_by_its_first_bytes_before_the_key_is_looked_at) {
    BOOST_TEST(told("in/a", "Obj\x01 rest") == "avro+none");
    BOOST_TEST(told("in/a.txt", "Obj\x01 rest") == "avro+none");
    BOOST_TEST(told("in/a.txt", "Obj") == "lines+none");
}

BOOST_AUTO_TEST_CASE(what_the_user_gives_outweighs_the_object) {
    BOOST_TEST(told("in/a.txt", "Obj\x01", "raw") == "raw+none");
    BOOST_TEST(told("in/a.txt", "\x1f\x8b", "", "none") == "lines+none");
    BOOST_TEST(told("in/a", "x", "delimited", "zstd") == "delimited+zstd");
    BOOST_TEST(told("in/a", "\x1f\x8b", "ndjson") == "ndjson+gzip");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_told_is_named_with_the_way_out) {
    for (const std::string key : {"in/data", "in/.txt/data", "in/a.txt.gz.bak", "in/a.gz"}) {
        const auto found = recognise(key, as_bytes("what"), {}, {});
        BOOST_TEST_REQUIRE(!found.has_value(), key);
        BOOST_TEST((found.error().code == engine_errc::usage));
        BOOST_TEST(found.error().where.find(key + ": ") == 0u);
        BOOST_TEST(found.error().where.find("--format") != std::string::npos);
    }
    BOOST_TEST(told("in/a.txt", "x", "csv").find("\"csv\" is not one of avro, ndjson") == 0u);
    BOOST_TEST(!recognise("in/a.txt", as_bytes("x"), "", "lz4").has_value());
}

BOOST_AUTO_TEST_CASE(every_format_has_a_name_that_reads_back) {
    for (const std::string_view name : {"avro", "ndjson", "lines", "delimited", "raw"}) {
        const auto format = parse_foreign_format(name);
        BOOST_TEST_REQUIRE(format.has_value(), name);
        BOOST_TEST(name_of(*format) == name);
    }
    BOOST_TEST((parse_foreign_format("").error().code == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(hidden_names_and_directories_are_passed_over) {
    BOOST_TEST(is_data_object("in/", "in/a.txt", 1));
    BOOST_TEST(is_data_object("in/", "in/d/a.txt", 0));
    BOOST_TEST(is_data_object("", "a_b/c.d", 1));
    BOOST_TEST(!is_data_object("in/", "in/_tmp/a.txt", 1));
    BOOST_TEST(!is_data_object("in/", "in/.hidden", 1));
    BOOST_TEST(!is_data_object("in/", "in/d/_SUCCESS", 1));
    BOOST_TEST(!is_data_object("in/", "in/d/.x/a.txt", 1));
    BOOST_TEST(!is_data_object("in/", "in/", 0));
    BOOST_TEST(!is_data_object("in/", "in/d/", 0));
    BOOST_TEST(is_data_object("in/", "in/d/", 3));
    BOOST_TEST(!is_data_object("in/", "inside.txt", 1));
    // Only names behind the prefix count.
    BOOST_TEST(is_data_object("_in/.x/", "_in/.x/a.txt", 1));
}

BOOST_AUTO_TEST_SUITE_END()

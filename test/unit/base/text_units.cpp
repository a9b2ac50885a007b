// test: sizes and durations as people write them.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_units)

BOOST_AUTO_TEST_CASE(sizes_are_read_in_both_kinds_of_units) {
    const std::pair<const char*, std::uint64_t> good[] = {
        {"0", 0},
        {"4096", 4096},
        {"12B", 12},
        {"12 B", 12},
        {"1k", 1000},
        {"1K", 1000},
        {"2KB", 2000},
        {"64MiB", 64ull << 20},
        {"1GB", 1'000'000'000},
        {"1TB", 1'000'000'000'000},
        {"1TiB", 1ull << 40},
        {"1.5GiB", 3ull << 29},
        {"0.5KiB", 512},
        {"1.000001MB", 1'000'001},
        {"64mib", 64ull << 20},
        {"18446744073709551615", 18446744073709551615ull},
    };
    for (const auto& [text, bytes] : good) {
        BOOST_TEST_CONTEXT(text)
        BOOST_TEST(sluice::parse_size(text).value() == bytes);
    }
}

BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_used_is_named_and_shown_how) {
    for (const char* bad :
         {"",
          "MiB",
          "-1",
          "+1",
          "1.5",
          "1.B",
          ".5MB",
          "1.0000001MB",
          "1XB",
          "1 MiB x",
          "18446744073709551616",
          "16777216TiB",
          "1e6",
          "0x10",
          "64MiBs"}) {
        const auto size = sluice::parse_size(bad);
        BOOST_TEST_REQUIRE(size.has_error(), bad);
        BOOST_TEST((size.error().code == sluice::errc::invalid_argument));
        BOOST_TEST(size.error().where.find('\'' + std::string(bad) + '\'') != std::string::npos);
        BOOST_TEST(size.error().where.find("64MiB") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(durations_are_read_from_large_to_small) {
    const std::pair<const char*, std::int64_t> good[] = {
        {"0", 0},
        {"90", 90'000},
        {"500ms", 500},
        {"15m", 900'000},
        {"2h", 7'200'000},
        {"1h30m", 5'400'000},
        {"1d", 86'400'000},
        {"1m1s1ms", 61'001},
    };
    for (const auto& [text, milliseconds] : good) {
        BOOST_TEST_CONTEXT(text)
        BOOST_TEST(sluice::parse_duration(text).value().count() == milliseconds);
    }
    for (const char* bad :
         {"", "m", "-1s", "1x", "30m1h", "1h1h", "1h30", "1.5h", "1 h", "9223372036854775807d"}) {
        const auto span = sluice::parse_duration(bad);
        BOOST_TEST_REQUIRE(span.has_error(), bad);
        BOOST_TEST(span.error().where.find('\'' + std::string(bad) + '\'') != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(people_read_sizes_and_durations) {
    BOOST_TEST(sluice::human_size(0) == "0 B");
    BOOST_TEST(sluice::human_size(1023) == "1023 B");
    BOOST_TEST(sluice::human_size(3ull << 29) == "1.5 GiB");
    BOOST_TEST(sluice::human_size((1ull << 20) - 1) == "1.0 MiB");
    BOOST_TEST(sluice::human_size(~0ull) == "16.0 EiB");
    using std::chrono::seconds;
    BOOST_TEST(sluice::human_duration(seconds(12)) == "12 s");
    BOOST_TEST(sluice::human_duration(seconds(60)) == "1 m 00 s");
    BOOST_TEST(sluice::human_duration(seconds(3 * 3600 + 5 * 60 + 7)) == "3 h 05 m");
    BOOST_TEST(sluice::human_duration(seconds(2 * 86400 + 3 * 3600)) == "2 d 03 h");
    BOOST_TEST(sluice::human_duration(seconds(-5)) == "0 s");
}

BOOST_AUTO_TEST_SUITE_END()

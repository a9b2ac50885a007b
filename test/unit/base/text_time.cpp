// test: timestamps as text.
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

BOOST_AUTO_TEST_SUITE(text_time)

BOOST_AUTO_TEST_CASE(microseconds_become_rfc_3339_and_come_back) {
    const std::pair<std::int64_t, const char*> vectors[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {951'782'400'000'001, "2000-02-29T00:00:00.000001Z"},
        {1'795'428'000'123'456, "2026-11-23T10:00:00.123456Z"},
        {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
        {-62'167'219'200'000'000, "0000-01-01T00:00:00.000000Z"},
    };
    for (const auto& [micros, text] : vectors) {
        BOOST_TEST(sluice::format_timestamp(micros).value() == text);
        BOOST_TEST(sluice::parse_timestamp(text).value() == micros);
    }
}

BOOST_AUTO_TEST_CASE(years_of_other_than_four_digits_have_no_text) {
    BOOST_TEST(!sluice::format_timestamp(253'402'300'800'000'000).has_value());
    BOOST_TEST(!sluice::format_timestamp(-62'167'219'200'000'001).has_value());
    BOOST_TEST(!sluice::format_timestamp(std::numeric_limits<std::int64_t>::max()).has_value());
    BOOST_TEST(!sluice::format_timestamp(std::numeric_limits<std::int64_t>::min()).has_value());
}

BOOST_AUTO_TEST_CASE(offsets_fractions_and_lower_case_are_understood) {
    const std::int64_t ten = sluice::parse_timestamp("2026-11-23T10:00:00Z").value();
    BOOST_TEST(sluice::parse_timestamp("2026-11-23t10:00:00z").value() == ten);
    BOOST_TEST(sluice::parse_timestamp("2026-11-23 11:30:00+01:30").value() == ten);
    BOOST_TEST(sluice::parse_timestamp("2026-11-23T05:00:00-05:00").value() == ten);
    BOOST_TEST(sluice::parse_timestamp("2026-11-23T10:00:00.5Z").value() == ten + 500'000);
    BOOST_TEST(sluice::parse_timestamp("2026-11-23T10:00:00.000007Z").value() == ten + 7);
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused) {
    for (const char* bad :
         {"",
          "2026",
          "2026-11-23",
          "2026-11-23T10:00:00",
          "2026-13-01T00:00:00Z",
          "2026-02-29T00:00:00Z",
          "2026-11-23T24:00:00Z",
          "2026-11-23T10:60:00Z",
          "2026-11-23T10:00:61Z",
          "2026-11-23T10:00:00.Z",
          "2026-11-23T10:00:00.1234567Z",
          "2026-11-23T10:00:00+1:00",
          "2026-11-23T10:00:00+24:00",
          "2026-11-23T10:00:00Zx",
          " 2026-11-23T10:00:00Z",
          "2026-00-10T00:00:00Z",
          "26-11-23T10:00:00Z"})
        BOOST_TEST(!sluice::parse_timestamp(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()

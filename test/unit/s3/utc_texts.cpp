// Tests of s3client/src/core/utc_text.cpp.
#include "core/utc_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(utc_texts)

std::chrono::sys_seconds at(long long seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

BOOST_AUTO_TEST_CASE(dates_of_the_signature_are_utc_in_basic_form) {
    BOOST_TEST(format_amz_date(at(0)) == "19700101T000000Z");
    BOOST_TEST(format_amz_date(at(1369353600)) == "20130524T000000Z");
    BOOST_TEST(format_amz_date(at(951782399)) == "20000228T235959Z");
    BOOST_TEST(format_amz_date(at(951782400)) == "20000229T000000Z");
    BOOST_TEST(format_amz_date(at(1798761599)) == "20261231T235959Z");
}

BOOST_AUTO_TEST_CASE(the_date_header_is_read) {
    BOOST_TEST((parse_http_date("Fri, 24 May 2013 00:00:00 GMT") == at(1369353600)));
    BOOST_TEST((parse_http_date("Thu, 31 Dec 2026 23:59:59 GMT") == at(1798761599)));
    BOOST_TEST((parse_http_date("Tue, 29 Feb 2000 00:00:00 GMT") == at(951782400)));
    BOOST_TEST((parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == at(1483228800)));
}

BOOST_AUTO_TEST_CASE(what_is_no_date_is_none) {
    for (const char* const each :
         {"",
          "Fri, 24 May 2013 00:00:00 UTC",
          "Fri, 24 Mai 2013 00:00:00 GMT",
          "Fri, 31 Apr 2013 00:00:00 GMT",
          "Fri, 29 Feb 2013 00:00:00 GMT",
          "Fri, 24 May 2013 24:00:00 GMT",
          "Fri, 24 May 2013 00:60:00 GMT",
          "Fri, 24 May 2013 00:00:61 GMT",
          "Fri, 24 May 2013 00:00:-1 GMT",
          "Fri, 2  May 2013 00:00:00 GMT",
          "Fri, 24 ayJ 2013 00:00:00 GMT",
          "Friday, 24-May-13 00:00:00 GMT",
          "Fri May 24 00:00:00 2013",
          "Fri, 24 May 2013 00:00:00 GMT "})
        BOOST_TEST(!parse_http_date(each), each);
}

BOOST_AUTO_TEST_SUITE_END()

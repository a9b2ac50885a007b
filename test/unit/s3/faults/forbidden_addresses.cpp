// Tests of s3client/src/core/forbidden_address.cpp: where no request for a store may go.
#include "core/forbidden_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::s3;

BOOST_AUTO_TEST_SUITE(forbidden_addresses)

BOOST_AUTO_TEST_CASE(the_link_and_what_is_no_single_machine) {
    for (const char* const each :
         {"169.254.0.0",
          "169.254.169.254",
          "169.254.255.255",
          "0.0.0.0",
          "0.1.2.3",
          "224.0.0.0",
          "239.255.255.255",
          "255.255.255.255",
          "fe80::",
          "fe80::1%eth0",
          "febf::1",
          "ff00::",
          "ff02::1",
          "fd00:ec2::254",
          "::",
          "::ffff:169.254.169.254",
          "::ffff:0.0.0.0",
          "::ffff:a9fe:a9fe",
          "64:ff9b::169.254.169.254"})
        BOOST_TEST(is_forbidden_address(each), each);
}

BOOST_AUTO_TEST_CASE(all_others_may_have_a_store) {
    for (const char* const each :
         {"127.0.0.1",
          "10.0.0.1",
          "169.253.255.255",
          "169.255.0.0",
          "1.0.0.0",
          "223.255.255.255",
          "192.168.1.1",
          "::1",
          "fec0::1",
          "fd00:ec2::253",
          "fd00:ec2:1::254",
          "fe00::1",
          "2001:db8::1",
          "::ffff:127.0.0.1",
          "64:ff9b:1::a9fe:a9fe",
          "::a9fe:a9fe"})
        BOOST_TEST(!is_forbidden_address(each), each);
    for (const char* const each : {"", "store", "169.254.169", "2852039166", "fe80:::1"})
        BOOST_TEST(!is_forbidden_address(each), each); // no address: nobody connects to it
}

BOOST_AUTO_TEST_SUITE_END()

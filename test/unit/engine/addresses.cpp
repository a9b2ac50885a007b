// Addresses as people write them, and the exit statuses that scripts rely on.
#include <sluice/base/error.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

int status_of(error_code code, side where) {
    failure why;
    why.code = code;
    return exit_status(why, where);
}

} // namespace

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(streams) {
    BOOST_TEST(parse_stream_address("log:orders").value().name == "orders");
    const auto elsewhere = parse_stream_address("log:///var/lib/app/orders").value();
    BOOST_TEST(elsewhere.directory == "/var/lib/app");
    BOOST_TEST(elsewhere.name == "orders");
    BOOST_TEST(to_string(elsewhere) == "log:///var/lib/app/orders");
    for (const char* bad :
         {"",
          "orders",
          "log:",
          "log:a/b",
          "log://x",
          "logg:orders",
          "kafka://h:1/t",
          "log:///orders/"})
        BOOST_TEST(!parse_stream_address(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(streams_of_a_hosts_own_store) {
    const auto own = parse_any_stream_address("memory:orders.v2").value();
    BOOST_TEST(own.scheme == "memory");
    BOOST_TEST(own.name == "orders.v2");
    BOOST_TEST(to_string(own) == "memory:orders.v2");
    BOOST_TEST(parse_any_stream_address("log:///var/lib/orders").value().directory == "/var/lib");
    for (const char* bad :
         {"",
          "orders",
          "memory:",
          ":orders",
          "Memory:orders",
          "9p:orders",
          "memory:a/b",
          "memory:..",
          "memory:a b",
          "log:",
          "log:a/b"})
        BOOST_TEST(!parse_any_stream_address(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(buckets) {
    const auto address =
        parse_bucket_address("s3://archive/a/b/?region=eu&endpoint=http%3A%2F%2Fh%3A1").value();
    BOOST_TEST(address.bucket == "archive");
    BOOST_TEST(address.prefix == "a/b");
    BOOST_TEST(address.options.at("endpoint") == "http://h:1");
    BOOST_TEST(to_string(address) == "s3://archive/a/b");
    BOOST_TEST(parse_bucket_address("s3://archive").value().prefix == "");
    BOOST_TEST(!parse_bucket_address("s3://archive/a//").has_value());
    for (const char* bad : {
             "",
             "s3:/b/p",
             "s3://",
             "s3://B_AD/p",
             "s3://ab/p",
             "s3://archive//p",
             "s3://archive/../p",
             "s3://archive/p?x=1",
             "s3://archive/p?format",
             "s3://archive/a b",
             "s3://archive/p?region=%zz",
         })
        BOOST_TEST(!parse_bucket_address(bad).has_value(), bad);
    const auto near = parse_bucket_address("s3://archive/p?fromat=avro");
    BOOST_TEST(near.error().where.find("\"format\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_endpoint_is_added_where_the_address_names_none) {
    const std::string url = "http://[::1]:9000";
    for (const std::string plain : {"s3://archive/p", "s3://archive/p?format=ndjson"}) {
        const auto whole = parse_bucket_address(at_endpoint(plain, url));
        BOOST_TEST_REQUIRE(whole.has_value());
        BOOST_TEST(whole->options.at("endpoint") == url);
    }
    const std::string own = "s3://archive/p?endpoint=https://h";
    BOOST_TEST(at_endpoint(own, url) == own);
    BOOST_TEST(at_endpoint("s3://archive/p", "") == "s3://archive/p");
}

BOOST_AUTO_TEST_CASE(exit_statuses_are_those_documented) {
    using s3::s3_errc;
    BOOST_TEST(status_of(errc::invalid_argument, side::neither) == 2);
    BOOST_TEST(status_of(errc::disk_full, side::destination) == 1);
    BOOST_TEST(status_of(stream_errc::no_such_stream, side::source) == 3);
    BOOST_TEST(status_of(stream_errc::no_such_stream, side::destination) == 4);
    BOOST_TEST(status_of(stream_errc::reserved, side::destination) == 7);
    BOOST_TEST(status_of(stream_errc::damaged, side::source) == 1);
    BOOST_TEST(status_of(s3_errc::no_such_bucket, side::destination) == 4);
    BOOST_TEST(status_of(s3_errc::no_such_bucket, side::source) == 3);
    BOOST_TEST(status_of(s3_errc::connect_failed, side::destination) == 5);
    BOOST_TEST(status_of(s3_errc::tls_failed, side::destination) == 7);
    BOOST_TEST(status_of(s3_errc::access_denied, side::destination) == 7);
    BOOST_TEST(status_of(engine_errc::fenced, side::destination) == 7);
    BOOST_TEST(status_of(engine_errc::gave_up, side::destination) == 5);
    BOOST_TEST(status_of(engine_errc::paused, side::destination) == 10);
    BOOST_TEST(status_of(engine_errc::gap, side::source) == 6);
    BOOST_TEST(status_of(engine_errc::damaged_object, side::source) == 1);
    BOOST_TEST(status_of(engine_errc::no_export_here, side::source) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

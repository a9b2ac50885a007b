// Names in the bucket.
#include <sluice/engine/object_key.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

object_name named(std::int64_t sequence, std::int64_t offset) {
    object_name name;
    name.first = position{3, sequence, offset};
    name.epoch = 42;
    name.nonce = "0a1b2c3d";
    name.extension = "avro";
    return name;
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_keys)

BOOST_AUTO_TEST_CASE(keys_look_as_documented) {
    BOOST_TEST(object_key(named(7, 0)) == "partition=3/00000000000000000007-42-0a1b2c3d.avro");
    BOOST_TEST(
        object_key(named(7, 9)) ==
        "partition=3/00000000000000000007.0000000000000009-42-0a1b2c3d.avro"
    );
    BOOST_TEST(commit_key("a/s", 3, 12) == "a/s/_sluice/commits/p=3/00000000000000000012.json");
    BOOST_TEST(stream_document_key("s") == "s/_sluice/stream.json");
    BOOST_TEST(partition_prefix("a/s", 0) == "a/s/partition=0/");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    for (const std::int64_t sequence : {std::int64_t{0}, std::int64_t{1} << 40, INT64_MAX}) {
        for (const std::int64_t offset : {0, 1, 1 << 20}) {
            const auto read = parse_object_key(object_key(named(sequence, offset)));
            BOOST_TEST_REQUIRE(read.has_value());
            BOOST_TEST((read->first == named(sequence, offset).first));
            BOOST_TEST(read->epoch == 42u);
        }
    }
    BOOST_TEST(parse_commit_number(commit_key("x", 1, 77)).value() == 77u);
}

BOOST_AUTO_TEST_CASE(foreign_names_are_not_ours) {
    for (const char* key : {
             "",
             "partition=3/",
             "partition=3/7-42-0a1b2c3d.avro",
             "partition=03/00000000000000000007-42-0a1b2c3d.avro",
             "partition=3/00000000000000000007-042-0a1b2c3d.avro",
             "partition=3/00000000000000000007-42-0A1B2C3D.avro",
             "partition=3/00000000000000000007-42-0a1b2c3d.",
             "partition=3/00000000000000000007-42-0a1b2c3d.a/b",
             "partition=3/00000000000000000007.0000000000000000-42-0a1b2c3d.avro",
             "partition=-3/00000000000000000007-42-0a1b2c3d.avro",
             "partition=3/99999999999999999999-42-0a1b2c3d.avro",
             "../partition=3/00000000000000000007-42-0a1b2c3d.avro",
         })
        BOOST_TEST(!parse_object_key(key).has_value(), key);
    BOOST_TEST(!parse_commit_number("12.json").has_value());
    BOOST_TEST(!parse_commit_number("00000000000000000012.jsonx").has_value());
}

BOOST_AUTO_TEST_CASE(tokens_differ_and_transfers_do_not) {
    BOOST_TEST(new_token() != new_token());
    BOOST_TEST(new_token().size() == 32u);
    BOOST_TEST(
        transfer_of_claim("export", "s", "i", "b", "f") ==
        transfer_of_claim("export", "s", "i", "b", "f")
    );
    BOOST_TEST(
        transfer_of_claim("export", "s", "i", "bf", "") !=
        transfer_of_claim("export", "s", "i", "b", "f")
    );
}

BOOST_AUTO_TEST_SUITE_END()

// What the documents in a bucket may not say, whoever put them there with a right checksum.
#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace sluice;

stream_document document_of(const std::string& name, std::uint32_t partitions) {
    stream_document made;
    made.name = name;
    made.incarnation = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
    made.partitions = partitions;
    made.format = "avro";
    made.codec = "none";
    return made;
}

result<stream_document> read_back(const std::string& name, std::uint32_t partitions) {
    return decode_stream_document(encode_stream_document(document_of(name, partitions)));
}

/// The line with `more` before its checksum, which is made right again.
std::string with_members(const std::string& line, const std::string& more) {
    const std::string members = line.substr(0, line.rfind(",\"crc64nvme\":")) + more;
    return members + ",\"crc64nvme\":\"" + crc64_base64(crc64nvme(as_bytes(members))) + "\"}\n";
}

/// The first `old` is there twice.
std::string doubled(std::string line, const std::string& old) {
    const auto at = line.find(old);
    BOOST_TEST_REQUIRE(at != std::string::npos, old << " is not in " << line);
    return with_members(line.insert(at, old), "");
}

template <class Value>
void refused_as(const result<Value>& seen, const std::string& word) {
    BOOST_TEST_REQUIRE(!seen.has_value(), "accepted, though: " << word);
    BOOST_TEST((seen.error().code == engine_errc::damaged_object));
    BOOST_TEST(seen.error().where.find(word) != std::string::npos, seen.error().where);
}

commit claim() {
    commit made;
    made.kind = commit_kind::claim;
    made.token = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    made.claim.partitions = 1;
    made.claim.settings = {{"part-size", "8"}};
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_AUTO_TEST_CASE(a_stream_has_1_to_4096_partitions) {
    for (const std::uint32_t possible : {1u, 2u, 4096u})
        BOOST_TEST(read_back("orders", possible).value().partitions == possible);
    for (const std::uint32_t other : {0u, 4097u, 0xffffffffu})
        refused_as(read_back("orders", other), "1 to 4096 partitions");
}

BOOST_AUTO_TEST_CASE(a_stream_s_name_is_one_that_streams_have) {
    for (const char* name : {"orders", "a", "Orders.2026_11-24"})
        BOOST_TEST(read_back(name, 1).value().name == name);
    for (const char* name : {"", "../orders", "a/b", "or\nders", "\x1b[2J", "orders\x7f"})
        refused_as(read_back(name, 1), "names no stream");
}

BOOST_AUTO_TEST_CASE(no_document_has_a_member_twice) {
    const std::string line = encode_commit(claim());
    BOOST_TEST(decode_commit(with_members(line, ",\"later\":[]")).has_value());
    refused_as(decode_commit(doubled(line, "\"partition\":0,")), "member twice");
    refused_as(decode_commit(with_members(line, ",\"crc64nvme\":\"\"")), "member twice");
    refused_as(decode_commit(with_members(line, ",\"later\":1,\"later\":1")), "member twice");
    const std::string stream = encode_stream_document(document_of("orders", 2));
    refused_as(decode_stream_document(doubled(stream, "\"name\":\"orders\",")), "member twice");
    const std::string progress = encode_import_progress({});
    for (const std::string member : {"\"bucket\":\"\",", "\"commit\":0,"}) {
        const auto at = progress.find(member);
        BOOST_TEST_REQUIRE(at != std::string::npos, progress);
        const auto read = decode_import_progress(std::string(progress).insert(at, member));
        refused_as(read, "member twice");
    }
}

BOOST_AUTO_TEST_CASE(no_setting_of_a_claim_is_there_twice) {
    std::string twice = encode_commit(claim());
    const auto at = twice.find("\"part-size\":");
    BOOST_TEST_REQUIRE(at != std::string::npos, twice);
    twice.insert(at, "\"part-size\":\"9\",");
    refused_as(decode_commit(with_members(twice, "")), "settings has a member twice");
}

BOOST_AUTO_TEST_CASE(no_setting_of_a_claim_is_without_a_name) {
    std::string nameless = encode_commit(claim());
    const auto at = nameless.find("\"part-size\":");
    BOOST_TEST_REQUIRE(at != std::string::npos, nameless);
    nameless.replace(at, std::string_view("\"part-size\"").size(), "\"\"");
    refused_as(decode_commit(with_members(nameless, "")), "settings has a member without a name");
}

BOOST_AUTO_TEST_SUITE_END()

// Commits and documents, byte for byte.
#include <sluice/base/error.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

using namespace sluice;

namespace {

const std::string token = "00112233445566778899aabbccddeeff";

committed_object object_of(std::int64_t first, std::int64_t next, std::uint64_t epoch) {
    committed_object object;
    object.token = token;
    object.first = position{1, first, 0};
    object.next = position{1, next, 0};
    object_name name;
    name.first = object.first;
    name.epoch = epoch;
    name.nonce = nonce_of(token);
    name.extension = "avro";
    object.key = object_key(name);
    object.events = 10;
    object.bytes = 2'000'000;
    object.crc64nvme = 0x0123456789abcdef;
    object.format = "avro";
    object.codec = "none";
    object.encoder = "sluice 1";
    object.times = time_range{-5, 1'700'000'000'000'000};
    piece one;
    one.first = object.first;
    one.crc64nvme = 1;
    one.times = time_range{-5, 7};
    piece two;
    two.first = position{1, first + 3, 0};
    two.at = 1'200'000;
    two.crc64nvme = 0xffffffffffffffff;
    object.pieces = {one, two};
    return object;
}

commit base_of(commit_kind kind) {
    commit what;
    what.kind = kind;
    what.partition = 1;
    what.number = 12;
    what.epoch = 7;
    what.token = "ffeeddccbbaa99887766554433221100";
    what.at = 1'795'000'000'123'456;
    what.next = position{1, 20, 0};
    what.fingerprint = 0xae8b14860a799888;
    return what;
}

std::vector<std::pair<std::string, commit>> one_of_each() {
    commit claim = base_of(commit_kind::claim);
    claim.epoch = claim.number;
    claim.claim.transfer = "0123456789abcdef";
    claim.claim.owner = "pid 1 on \"host\"";
    claim.claim.incarnation = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
    claim.claim.partitions = 2;
    claim.claim.start = position{1, 3, 17};
    claim.claim.format = "avro";
    claim.claim.codec = "none";
    claim.claim.settings = {{"object-bytes", "268435456"}, {"part-size", "16777216"}};
    commit objects = base_of(commit_kind::objects);
    objects.objects.push_back(object_of(10, 20, 7));
    commit gap = base_of(commit_kind::gap);
    gap.gap_from = position{1, 10, 0};
    gap.gap_to = position{1, 20, 0};
    gap.reason = "trimmed";
    commit replace = base_of(commit_kind::replace);
    replace.old_key = object_of(10, 20, 3).key;
    replace.objects.push_back(object_of(10, 20, 7));
    commit expired = base_of(commit_kind::expired);
    expired.expired_keys = {object_of(0, 10, 3).key};
    return {
        {"claim", claim},
        {"objects", objects},
        {"gap", gap},
        {"replace", replace},
        {"expired", expired},
        {"release", base_of(commit_kind::release)}};
}

std::string golden(const std::string& name, const std::string& made) {
    const std::string path = std::string(SLUICE_VECTORS) + "/commits/" + name + ".json";
    if (std::getenv("SLUICE_WRITE_VECTORS")) std::ofstream(path, std::ios::binary) << made;
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(commits)

BOOST_AUTO_TEST_CASE(every_kind_is_written_as_it_was_frozen) {
    for (const auto& [name, what] : one_of_each()) {
        const std::string made = encode_commit(what);
        BOOST_TEST(made == golden(name, made));
    }
}

BOOST_AUTO_TEST_CASE(every_kind_is_read_as_it_was_written) {
    for (const auto& [name, what] : one_of_each()) {
        const auto read = decode_commit(encode_commit(what));
        BOOST_TEST_REQUIRE(read.has_value());
        BOOST_TEST(encode_commit(*read) == encode_commit(what));
    }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_and_every_cut_is_recognised) {
    for (const auto& [name, what] : one_of_each()) {
        const std::string whole = encode_commit(what);
        for (std::size_t at = 0; at < whole.size(); ++at) {
            BOOST_TEST(!decode_commit(whole.substr(0, at)).has_value());
            for (int bit = 0; bit < 8; ++bit) {
                std::string damaged = whole;
                damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
                const auto read = decode_commit(damaged);
                // base64 has spare bits in its last digit: what still decodes must decode to the
                // same
                if (read) BOOST_TEST(encode_commit(*read) == whole);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_commit_may_not_say_is_refused) {
    const auto refused = [](const commit& what) {
        const auto read = decode_commit(encode_commit(what));
        return !read && read.error().code == engine_errc::damaged_object;
    };
    commit other_epoch = base_of(commit_kind::objects);
    other_epoch.objects.push_back(object_of(10, 20, 6));
    BOOST_TEST(refused(other_epoch));
    commit other_end = base_of(commit_kind::objects);
    other_end.objects.push_back(object_of(10, 19, 7));
    BOOST_TEST(refused(other_end));
    commit climbs = base_of(commit_kind::objects);
    climbs.objects.push_back(object_of(10, 20, 7));
    climbs.objects.front().key = "../" + climbs.objects.front().key;
    BOOST_TEST(refused(climbs));
    commit no_start = base_of(commit_kind::objects);
    no_start.objects.push_back(object_of(10, 20, 7));
    no_start.objects.front().pieces.erase(no_start.objects.front().pieces.begin());
    BOOST_TEST(refused(no_start));
    commit beyond = base_of(commit_kind::objects);
    beyond.objects.push_back(object_of(10, 20, 7));
    beyond.objects.front().pieces.back().at = 2'000'000;
    BOOST_TEST(refused(beyond));
    commit claim = one_of_each().front().second;
    claim.epoch = claim.number - 1;
    BOOST_TEST(refused(claim));
    commit backwards = base_of(commit_kind::gap);
    backwards.gap_from = backwards.gap_to = position{1, 10, 0};
    BOOST_TEST(refused(backwards));
}

BOOST_AUTO_TEST_CASE(documents_are_written_as_they_were_frozen) {
    stream_document stream;
    stream.name = "orders";
    stream.incarnation = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
    stream.partitions = 2;
    stream.format = "avro";
    const std::string document = encode_stream_document(stream);
    BOOST_TEST(document == golden("stream", document));
    BOOST_TEST(decode_stream_document(document).value().partitions == 2u);
    import_progress progress;
    progress.bucket = "archive";
    progress.folder = "p/orders";
    progress.stream = "orders";
    progress.incarnation = stream.incarnation;
    progress.at = position{1, 5, 1'048'576};
    progress.hint_commit = 3;
    progress.hint_object = "partition=1/x";
    progress.hint_piece = 9;
    const std::string text = encode_import_progress(progress);
    BOOST_TEST(text == golden("import-progress", text));
    const auto read = decode_import_progress(text);
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->at == progress.at));
    BOOST_TEST(read->hint_piece == 9u);
    progress.start = import_start{position{1, 3, 0}, "time:2026-11-23T10:00:00.000000Z"};
    progress.end = position{1, 9, 0};
    const std::string window = encode_import_progress(progress);
    BOOST_TEST(window == golden("import-window", window));
}

BOOST_AUTO_TEST_SUITE_END()

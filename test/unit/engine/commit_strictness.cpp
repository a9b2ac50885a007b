// What a commit may not say, and what it must survive: documents made at random and made wrong.
#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace sluice;

constexpr const char* token_a = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
constexpr std::uint64_t mebibyte = 1 << 20;

committed_object object_between(std::int64_t first, std::int64_t next, std::uint64_t epoch) {
    committed_object object;
    object.token = token_a;
    object.first = {1, first, 0};
    object.next = {1, next, 0};
    object_name name;
    name.first = object.first;
    name.epoch = epoch;
    name.nonce = nonce_of(token_a);
    name.extension = "avro";
    object.key = object_key(name);
    object.events = static_cast<std::uint64_t>(next - first);
    object.bytes = 4 * mebibyte;
    object.format = "avro";
    object.codec = "none";
    object.encoder = "avro/1";
    object.times = time_range{1, 2};
    piece one;
    one.first = object.first;
    piece two;
    two.first = {1, first + 1, 0};
    two.at = 2 * mebibyte;
    object.pieces = {one, two};
    return object;
}

commit commit_of(commit_kind kind) {
    commit made;
    made.kind = kind;
    made.partition = 1;
    made.number = 9;
    made.epoch = kind == commit_kind::claim ? 9 : 4;
    made.token = token_a;
    made.next = {1, 30, 0};
    made.claim.incarnation = "i";
    made.claim.partitions = 2;
    made.claim.start = {1, 0, 0};
    if (kind == commit_kind::objects)
        made.objects = {object_between(10, 20, 4), object_between(20, 30, 4)};
    if (kind == commit_kind::replace) {
        made.objects = {object_between(10, 20, 4)};
        made.old_key = object_between(10, 20, 3).key;
    }
    made.gap_from = {1, 20, 0};
    made.gap_to = {1, 30, 0};
    made.expired_keys = {object_between(0, 10, 2).key};
    return made;
}

/// A line with a right checksum around any members.
std::string sealed(std::string members) {
    return members + ",\"crc64nvme\":\"" + crc64_base64(crc64nvme(as_bytes(members))) + "\"}\n";
}

std::string without_seal(const std::string& line) {
    return line.substr(0, line.rfind(",\"crc64nvme\":"));
}

std::string replaced(std::string text, const std::string& old, const std::string& fresh) {
    const auto at = text.find(old);
    BOOST_TEST_REQUIRE(at != std::string::npos, old << " is not in " << text);
    return text.replace(at, old.size(), fresh);
}

void refused_naming(const commit& what, const std::string& word) {
    const auto read = decode_commit(encode_commit(what));
    BOOST_TEST_REQUIRE(!read.has_value(), word << " was accepted");
    BOOST_TEST((read.error().code == engine_errc::damaged_object));
    BOOST_TEST(read.error().where.find(word) != std::string::npos, read.error().where);
}

commit any_commit(std::mt19937_64& random) {
    const auto below = [&random](std::uint64_t limit) { return random() % limit; };
    commit made = commit_of(static_cast<commit_kind>(1 + below(6)));
    made.at = static_cast<std::int64_t>(random());
    made.fingerprint = random();
    made.claim.owner = "päd \"" + std::string(below(3), '\x01') + "\\";
    made.claim.settings = {{"part-size", std::to_string(random())}, {"é", ""}};
    made.reason = "line\nbreak";
    for (committed_object& object : made.objects) {
        object.crc64nvme = random();
        object.events = below(1000);
        object.bytes = 16 * mebibyte * (1 + below(200));
        object.times.reset();
        if (below(2) > 0) object.times = time_range{-static_cast<std::int64_t>(below(99)), 7};
        object.pieces.resize(1);
        const std::uint64_t size = object.bytes / (1 + below(256));
        const bool usual = size >= mebibyte && size <= 16 * mebibyte;
        for (std::uint64_t at = size; usual && at < object.bytes; at += size) {
            piece next;
            next.first = object.pieces.back().first;
            next.first.offset += static_cast<std::int64_t>(1 + below(9));
            next.at = at;
            next.crc64nvme = random();
            object.pieces.push_back(next);
        }
        if (object.pieces.size() == 1 || object.pieces.size() > 256) {
            object.pieces.resize(1);
            object.bytes = 3;
        }
    }
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(commit_strictness)

BOOST_AUTO_TEST_CASE(what_is_written_at_random_is_read_as_it_was) {
    std::mt19937_64 random(11);
    for (int turn = 0; turn < 500; ++turn) {
        const std::string line = encode_commit(any_commit(random));
        const auto read = decode_commit(line);
        BOOST_TEST_REQUIRE(read.has_value(), "turn " << turn << ": " << line);
        BOOST_TEST(encode_commit(*read) == line, "turn " << turn);
    }
}

BOOST_AUTO_TEST_CASE(every_single_flipped_bit_is_an_error) {
    for (int kind = 1; kind <= 6; ++kind) {
        const std::string line = encode_commit(commit_of(static_cast<commit_kind>(kind)));
        for (std::size_t bit = 0; bit < line.size() * 8; ++bit) {
            std::string other = line;
            other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
            if (decode_commit(other)) BOOST_ERROR("kind " << kind << ", bit " << bit);
        }
    }
}

BOOST_AUTO_TEST_CASE(members_must_be_there_and_of_their_kind) {
    const std::string whole = without_seal(encode_commit(commit_of(commit_kind::objects)));
    BOOST_TEST(decode_commit(sealed(whole)).has_value());
    for (const char* name : {"version", "kind",  "partition", "number",        "epoch",
                             "token",   "at",    "next",      "fingerprint",   "objects",
                             "key",     "first", "events",    "bytes",         "crc64nvme",
                             "format",  "codec", "encoder",   "min_timestamp", "max_timestamp",
                             "pieces"}) {
        const std::string quoted = '"' + std::string(name) + "\":";
        const auto missing = decode_commit(sealed(replaced(whole, quoted, "\"x\":")));
        BOOST_TEST_REQUIRE(!missing.has_value(), name);
        BOOST_TEST(missing.error().where.find(name) != std::string::npos, missing.error().where);
        const auto other = decode_commit(sealed(replaced(whole, quoted, quoted + "true,\"x\":")));
        BOOST_TEST(!other.has_value(), name);
        const bool is_time = quoted == "\"at\":" || quoted == "\"min_timestamp\":";
        const auto negative = decode_commit(sealed(replaced(whole, quoted, quoted + "-1,\"x\":")));
        BOOST_TEST(negative.has_value() == is_time, name);
    }
}

BOOST_AUTO_TEST_CASE(no_object_and_no_piece_has_a_member_twice) {
    const std::string whole = without_seal(encode_commit(commit_of(commit_kind::objects)));
    for (const char* member : {"\"epoch\":4,", "\"events\":10,", "\"at\":2097152,"}) {
        const auto read =
            decode_commit(sealed(replaced(whole, member, member + std::string(member))));
        BOOST_TEST_REQUIRE(!read.has_value(), member);
        BOOST_TEST(read.error().where.find("member twice") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_import_s_progress_is_read_as_strictly) {
    import_progress what;
    what.bucket = "b";
    const std::string whole = encode_import_progress(what);
    BOOST_TEST(decode_import_progress(whole).has_value());
    for (const char* name :
         {"version",
          "bucket",
          "folder",
          "stream",
          "incarnation",
          "position",
          "hint",
          "commit",
          "object",
          "piece"}) {
        const std::string quoted = '"' + std::string(name) + "\":";
        BOOST_TEST(!decode_import_progress(replaced(whole, quoted, "\"x\":")).has_value(), name);
    }
    const auto newer = decode_import_progress(replaced(whole, "\"version\":1", "\"version\":2"));
    BOOST_TEST((newer.error().code == errc::unsupported_version));
    BOOST_TEST(!decode_import_progress("").has_value());
    BOOST_TEST(!decode_import_progress("[]").has_value());
}

BOOST_AUTO_TEST_CASE(unknown_members_are_passed_over_and_covered_by_the_checksum) {
    const std::string whole = without_seal(encode_commit(commit_of(commit_kind::release)));
    BOOST_TEST(decode_commit(sealed(whole + ",\"later\":{\"x\":[1]}")).has_value());
}

BOOST_AUTO_TEST_CASE(another_version_or_kind_is_refused_by_name) {
    const std::string whole = without_seal(encode_commit(commit_of(commit_kind::release)));
    const auto version = decode_commit(sealed(replaced(whole, "\"version\":1", "\"version\":2")));
    BOOST_TEST_REQUIRE(!version.has_value());
    BOOST_TEST((version.error().code == errc::unsupported_version));
    BOOST_TEST(version.error().where.find("version 2") != std::string::npos);
    const auto kind = decode_commit(sealed(replaced(whole, "release", "rename")));
    BOOST_TEST_REQUIRE(!kind.has_value());
    BOOST_TEST((kind.error().code == errc::unsupported_version));
    BOOST_TEST(kind.error().where.find("rename") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(impossible_objects_are_refused) {
    using change = std::function<void(committed_object&)>;
    const std::vector<std::pair<const char*, change>> wrong{
        {"key", [](auto& o) { o.key = "a/" + o.key; }},
        {"key", [](auto& o) { o.key = object_between(10, 20, 3).key; }},
        {"key", [](auto& o) { o.first.sequence = 11; }},
        {"key", [](auto& o) { o.token[0] = '1'; }},
        {"key", [](auto& o) { o.token += "00"; }},
        {"key", [](auto& o) { o.key += ".."; }},
        {"key", [](auto& o) { o.key += "."; }},
        {"key", [](auto& o) { o.key += " "; }},
        {"key", [](auto& o) { o.key += "/x"; }},
        {"covers", [](auto& o) { o.next = o.first; }},
        {"covers", [](auto& o) { o.next.partition = 2; }},
        {"covers", [](auto& o) { o.bytes = 0; }},
        {"4 GiB", [](auto& o) { o.bytes = std::uint64_t{1} << 40; }},
        {"times",
         [](auto& o) {
             o.times = time_range{2, 1};
         }},
        {"pieces", [](auto& o) { o.pieces.clear(); }},
        {"pieces",
         [](auto& o) {
             o.bytes = 600;
             o.pieces.resize(1);
             for (std::uint64_t n = 1; n < 257; ++n) {
                 piece next;
                 next.first = {1, 10, static_cast<std::int64_t>(n)};
                 next.at = n;
                 o.pieces.push_back(next);
             }
         }},
        {"piece", [](auto& o) { o.pieces[0].at = 1; }},
        {"piece", [](auto& o) { o.pieces[0].first.sequence = 11; }},
        {"piece", [](auto& o) { o.pieces[1].at = 0; }},
        {"piece", [](auto& o) { o.pieces[1].at = o.bytes; }},
        {"piece", [](auto& o) { o.pieces[1].first = o.first; }},
        {"piece", [](auto& o) { o.pieces[1].first = o.next; }},
        {"piece",
         [](auto& o) {
             o.pieces[1].times = time_range{2, 1};
         }},
        {"64 MiB", [](auto& o) { o.bytes = 100 * mebibyte; }},
    };
    for (const auto& [word, make_wrong] : wrong) {
        commit what = commit_of(commit_kind::objects);
        make_wrong(what.objects.front());
        refused_naming(what, word);
    }
}

BOOST_AUTO_TEST_CASE(impossible_commits_are_refused) {
    using change = std::function<void(commit&)>;
    const std::vector<std::tuple<commit_kind, const char*, change>> wrong{
        {commit_kind::claim, "epoch", [](auto& c) { c.epoch = 8; }},
        {commit_kind::claim, "partition", [](auto& c) { c.claim.partitions = 1; }},
        {commit_kind::claim, "partition", [](auto& c) { c.claim.start.partition = 0; }},
        {commit_kind::release, "token", [](auto& c) { c.token = "x"; }},
        {commit_kind::release, "epoch", [](auto& c) { c.epoch = 10; }},
        {commit_kind::release, "partition", [](auto& c) { c.next.partition = 0; }},
        {commit_kind::objects, "no object", [](auto& c) { c.objects.clear(); }},
        {commit_kind::objects, "follow", [](auto& c) { std::swap(c.objects[0], c.objects[1]); }},
        {commit_kind::objects, "elsewhere", [](auto& c) { c.next.sequence = 31; }},
        {commit_kind::gap, "gap", [](auto& c) { c.gap_to = c.gap_from; }},
        {commit_kind::gap, "gap", [](auto& c) { c.gap_to.sequence = 31; }},
        {commit_kind::gap, "gap", [](auto& c) { c.gap_from.partition = 0; }},
        {commit_kind::replace, "replaces", [](auto& c) { c.old_key = "../x"; }},
        {commit_kind::replace, "replaces", [](auto& c) { c.old_key = c.objects[0].key; }},
        {commit_kind::replace, "replaces", [](auto& c) { c.next.sequence = 15; }},
        {commit_kind::replace,
         "replaces",
         [](auto& c) { c.objects.push_back(object_between(20, 30, 4)); }},
        {commit_kind::expired, "keys", [](auto& c) { c.expired_keys.clear(); }},
        {commit_kind::expired, "keys", [](auto& c) { c.expired_keys[0] = "x"; }},
        {commit_kind::expired,
         "keys",
         [](auto& c) { c.expired_keys[0] = object_between(0, 10, 5).key; }},
    };
    for (const auto& [kind, word, make_wrong] : wrong) {
        commit what = commit_of(kind);
        make_wrong(what);
        refused_naming(what, word);
    }
}

BOOST_AUTO_TEST_SUITE_END()

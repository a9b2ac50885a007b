// What s3client signs is what the simulator, which shares none of its code, accepts.
#include "core/addressing.hpp"
#include "core/aws_chunked.hpp"
#include "core/chunked_body.hpp"
#include "core/operation.hpp"
#include "core/signature.hpp"
#include "core/sigv4.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

using namespace sluice;

BOOST_AUTO_TEST_SUITE(signatures_agree)

constexpr int requests = 10'000;

/// More where the environment says so.
int keys() {
    const char* const asked = std::getenv("SLUICE_SIGNED_KEYS");
    return asked == nullptr ? 10'000 : std::atoi(asked);
}

struct signed_request {
    std::string head, path;
    s3::query_list query;
    sim::signature_rules rules;
    sim::sys_seconds when;
};

class request_maker {
  public:
    explicit request_maker(std::uint64_t seed) : random_(seed) {}

    signed_request next() {
        signed_request made;
        s3::credentials who{"AKID" + word(8), bytes(40, printable), "", false};
        if (chance(3)) who.session_token = bytes(1 + below(200), token_characters);
        const std::string region = pick({"us-east-1", "eu-west-3", "cn-north-1", "auto"});
        made.rules = {who.access_key, who.secret_key, who.session_token, region};
        // 1970 to 2100, day and year boundaries included
        made.when = sim::sys_seconds(std::chrono::seconds(
            chance(10) ? static_cast<std::int64_t>(below(47'000)) * 86'400 -
                             static_cast<std::int64_t>(below(2)) + 1
                       : static_cast<std::int64_t>(below(4'102'444'800))
        ));
        const std::string method = pick({"GET", "PUT", "POST", "DELETE", "HEAD"});
        const auto place = s3::place_request(server(), "bucket", key());
        made.path = place.raw_path;
        made.query = query();
        const auto target = s3::write_target(made.path, made.query);
        s3::header_list headers = {{"host", place.host_header}, {"user-agent", "sluice"}};
        add_headers(headers);
        s3::signer pen(who);
        pen.sign(method, target, headers, payload(), {region, made.when});
        made.head = s3::write_request_head(method, target.wire(), headers);
        return made;
    }
    /// The same, with the signature in the query.
    signed_request next_presigned() {
        signed_request made;
        s3::credentials who{"AKID" + word(8), bytes(40, printable), "", false};
        if (chance(3)) who.session_token = bytes(1 + below(200), token_characters);
        const std::string region = pick({"us-east-1", "eu-west-3", "cn-north-1", "auto"});
        made.rules = {who.access_key, who.secret_key, who.session_token, region};
        made.when = sim::sys_seconds(std::chrono::seconds(below(4'102'444'800)));
        const std::string method = pick({"GET", "PUT", "DELETE", "HEAD"});
        const auto place = s3::place_request(server(), "bucket", key());
        made.path = place.raw_path;
        made.query = query();
        s3::header_list headers = {{"host", place.host_header}};
        if (chance(2)) headers.push_back({"content-type", value()});
        s3::signer pen(who);
        const std::chrono::seconds valid(1 + below(604'800));
        const auto target =
            pen.presign(method, made.path, made.query, headers, {region, made.when}, valid);
        made.head = s3::write_request_head(method, target.value(), headers);
        made.when += std::chrono::seconds(below(static_cast<std::uint64_t>(valid.count())));
        return made;
    }
    std::uint64_t below(std::uint64_t end) { return random_() % end; }

  private:
    bool chance(unsigned one_in) { return below(one_in) == 0; }
    std::string pick(std::initializer_list<const char*> from) {
        return *(from.begin() + below(from.size()));
    }

    static constexpr const char* printable = "abcXYZ019+/=~!@#$%^&*()_-.,;: ?<>[]{}|";
    static constexpr const char* token_characters = "abcXYZ019+/=";

    std::string bytes(std::size_t size, std::string_view from) {
        std::string text;
        while (text.size() < size)
            text += from[below(from.size())];
        return text;
    }
    std::string word(std::size_t size) {
        return bytes(size, "abcdefghijklmnopqrstuvwxyz0123456789");
    }
    /// Any bytes but 0, often those that URLs and paths treat in a special way.
    std::string raw(std::size_t most) {
        std::string text;
        const std::size_t size = below(most + 1);
        while (text.size() < size) {
            if (chance(3))
                text += pick(
                    {"/",
                     "//",
                     ".",
                     "..",
                     "/./",
                     "/../",
                     "+",
                     "%",
                     "%2F",
                     "~",
                     " ",
                     "&",
                     "=",
                     "?",
                     "#",
                     "\xc3\xa9"}
                );
            else
                text += static_cast<char>(1 + below(255));
        }
        return text;
    }
    std::string key() { return raw(40) + "k"; }
    /// Without a name twice: the simulator refuses that.
    s3::query_list query() {
        s3::query_list made;
        for (const char* const name : {"uploads", "uploadId", "partNumber", "prefix"})
            if (chance(4)) made.push_back({name, raw(12)});
        for (auto left = below(4); left > 0; --left)
            made.push_back({raw(8) + std::to_string(left), raw(12)});
        shuffle(made, 0);
        return made;
    }
    std::string value() {
        std::string text = chance(2) ? bytes(below(30), printable) : bytes(below(10), "a  b");
        return chance(5) ? "  " + text + "\xc3\xa9 " : text;
    }
    /// But the first so many.
    void shuffle(s3::field_list& list, std::ptrdiff_t kept) {
        const s3::field_list all = list;
        std::vector<s3::field> order(all.begin(), all.end());
        std::shuffle(order.begin() + kept, order.end(), random_);
        list.clear();
        for (const s3::field& each : order)
            list.push_back(each);
    }
    void add_headers(s3::header_list& headers) {
        for (auto left = below(6); left > 0; --left)
            headers.push_back({"x-amz-meta-" + pick({"a", "b", "a-b", "z.9", "a_b"}), value()});
        if (chance(3)) headers.push_back({"range", "bytes=0-" + std::to_string(below(1000))});
        if (chance(3)) headers.push_back({"if-match", "\"" + word(5) + "\""});
        if (chance(3)) headers.push_back({"if-none-match", "*"});
        if (chance(3)) headers.push_back({"content-type", value()});
        if (chance(3)) headers.push_back({"content-length", "5"});
        if (chance(3)) headers.push_back({"accept-encoding", "identity"});
        if (chance(3)) headers.push_back({"x-amz-checksum-crc64nvme", "rosUhgp5mIg="});
        shuffle(headers, 1);
    }
    std::string payload() {
        if (chance(2)) return std::string(s3::unsigned_payload);
        return bytes(64, "0123456789abcdef");
    }
    s3::endpoint server() {
        s3::endpoint where;
        where.host = pick({"s3.example.com", "127.0.0.1", "::1", "s3.eu-west-3.amazonaws.com"});
        where.tls = chance(2);
        if (chance(2)) where.port = static_cast<std::uint16_t>(1 + below(65'535));
        return where;
    }

    std::mt19937_64 random_;
};

bool understood(const signed_request& one, const sim::target& where) {
    const auto arrived = [&](const s3::query_item& each) {
        const std::string* value = where.find(std::string(each.name));
        return value != nullptr && *value == each.value;
    };
    const auto of_signature =
        std::count_if(where.query.begin(), where.query.end(), [](const auto& each) {
            return each.name.starts_with("X-Amz-");
        });
    return where.path == one.path &&
           where.query.size() == one.query.size() + static_cast<std::size_t>(of_signature) &&
           std::all_of(one.query.begin(), one.query.end(), arrived);
}

/// "" when accepted and understood as it was meant, else the code.
std::string verdict(const signed_request& one) {
    const auto head = sim::parse_head(one.head);
    if (!head) return "head: " + head.error().code;
    const auto where = sim::parse_target(head->target);
    if (!where) return "target: " + where.error().code;
    const auto claim = sim::check_signature(*head, *where, one.rules, one.when);
    if (!claim) return claim.error().code;
    return understood(one, *where) ? "" : "another path or query";
}

BOOST_AUTO_TEST_CASE(whatever_is_signed_is_accepted) {
    const std::uint64_t seed = std::random_device()();
    request_maker maker(seed);
    for (int number = 0; number < requests; ++number) {
        const signed_request one = maker.next();
        const std::string said = verdict(one);
        BOOST_REQUIRE_MESSAGE(
            said.empty(),
            said << " for request " << number << " of seed " << seed << ":\n"
                 << one.head
        );
    }
}

BOOST_AUTO_TEST_CASE(whatever_is_presigned_is_accepted) {
    const std::uint64_t seed = std::random_device()();
    request_maker maker(seed);
    for (int number = 0; number < requests; ++number) {
        const signed_request one = maker.next_presigned();
        const std::string said = verdict(one);
        BOOST_REQUIRE_MESSAGE(
            said.empty(),
            said << " for request " << number << " of seed " << seed << ":\n"
                 << one.head
        );
    }
}

/// Keys of 1 to 1,024 bytes of every kind, those that paths and URLs treat in a special way often.
std::string any_key(std::mt19937_64& random) {
    static const std::vector<std::string> special = {
        "/",
        "//",
        "/./",
        "/../",
        "..",
        "+",
        "%",
        "%2F",
        "%00",
        "~",
        " ",
        "&",
        "=",
        "?",
        "#",
        "\r\n",
        "\x7f",
        "\xff",
        "\xc3\xa9",
        "e\xcc\x81",
        "\xe2\x82\xac",
        "\xf0\x9f\x98\x80"};
    const std::size_t size = random() % 8 == 0 ? 1 + random() % 1024 : 1 + random() % 48;
    std::string key;
    while (key.size() < size)
        key += random() % 2 == 0 ? special[random() % special.size()]
                                 : std::string(1, static_cast<char>(random()));
    key.resize(size);
    return key;
}

/// What the simulator takes the request for: bucket and key; a code where it refuses.
std::string place_of(const std::string& text, sim::sys_seconds when, bool in_host) {
    const auto head = sim::parse_head(text);
    if (!head) return head.error().code;
    const auto where = sim::parse_target(head->target);
    if (!where) return where.error().code;
    const auto claim = sim::check_signature(*head, *where, {"AKID", "secret", "", "r"}, when);
    if (!claim) return claim.error().code;
    const auto to = sim::find_route(
        head->method, *where, head->get("host"), in_host ? "amazonaws.com" : "", false
    );
    return to ? to->bucket + " " + to->key : to.error().code;
}

BOOST_AUTO_TEST_CASE(keys_of_any_bytes_arrive_as_they_are) {
    const std::uint64_t seed = std::random_device()();
    std::mt19937_64 random(seed);
    s3::signer pen(s3::credentials{"AKID", "secret", "", false});
    // One second after the other, over a midnight: the key of the day before must not be used.
    sim::sys_seconds when{std::chrono::seconds(1'700'006'400 - keys() / 2)};
    s3::endpoint where;
    where.region = "r";
    for (int number = 0; number < keys(); ++number, when += std::chrono::seconds(1)) {
        const bool in_host = number % 2 == 0;
        where.host = in_host ? "s3.amazonaws.com" : "127.0.0.1";
        const std::string key = any_key(random);
        const auto place = s3::place_request(where, "bucket", key);
        const auto target = s3::write_target(place.raw_path, {});
        s3::header_list headers = {{"host", place.host_header}};
        pen.sign("GET", target, headers, s3::unsigned_payload, {"r", when});
        const std::string head = s3::write_request_head("GET", target.wire(), headers);
        const std::string found = place_of(head, when, in_host);
        const std::string expected = (in_host ? "bucket.s3 " : "bucket ") + key;
        BOOST_REQUIRE_MESSAGE(
            found == expected, "seed " << seed << ", key " << number << ": " << head
        );
    }
}

BOOST_AUTO_TEST_CASE(bodies_in_chunks_are_read_as_they_were_written) {
    const std::uint64_t seed = std::random_device()();
    std::mt19937_64 random(seed);
    const s3::credentials who{"AKID", "secret", "", false};
    const sim::sys_seconds when{std::chrono::seconds(1'700'000'000)};
    for (int number = 0; number < 300; ++number) {
        s3::chunked_shape shape;
        shape.size = random() % 60'000;
        shape.chunk = 8192 + random() % 20'000;
        shape.is_signed = random() % 3 != 0;
        if (random() % 2 == 0 || !shape.is_signed) shape.trailer_name = "x-amz-checksum-crc32c";
        shape.trailer_size = shape.trailer_name.empty() ? 0 : 8;
        const auto kind = !shape.is_signed             ? s3::unsigned_chunks_and_trailer
                          : shape.trailer_name.empty() ? s3::signed_chunks
                                                       : s3::signed_chunks_and_trailer;
        const auto target = s3::write_target("/b/k", {});
        s3::header_list headers = {
            {"host", "h"},
            {"content-encoding", "aws-chunked"},
            {"x-amz-decoded-content-length", std::to_string(shape.size)}};
        if (!shape.trailer_name.empty())
            headers.push_back({"x-amz-trailer", std::string(shape.trailer_name)});
        s3::signer pen(who);
        auto chain = pen.sign("PUT", target, headers, kind, {"us-east-1", when});
        const auto head = sim::parse_head(s3::write_request_head("PUT", target.wire(), headers));
        const auto where = sim::parse_target(head->target);
        const auto claim =
            sim::check_signature(*head, *where, {"AKID", "secret", "", "us-east-1"}, when);
        BOOST_REQUIRE_MESSAGE(claim.has_value(), seed);
        std::string data(shape.size, ' ');
        for (char& each : data)
            each = static_cast<char>(random());
        s3::chunk_frames frames(shape, chain);
        std::string wire;
        for (std::size_t at = 0; const auto size = static_cast<std::size_t>(frames.next_size());) {
            const std::string chunk = data.substr(at, size);
            const auto digest = sha256(as_bytes(chunk));
            wire += frames.before(digest) + chunk;
            at += size;
        }
        wire += frames.end(std::string(shape.trailer_size, 'v'));
        sim::chunk_decoder decoder(*claim, shape.size, std::string(shape.trailer_name));
        std::string read;
        for (std::size_t at = 0; at < wire.size();) {
            const std::size_t most = std::min<std::size_t>(1 + random() % 5000, wire.size() - at);
            const auto step = decoder.next(as_bytes(wire).subspan(at, most));
            BOOST_REQUIRE_MESSAGE(step.has_value(), "seed " << seed << ": " << step.error().code);
            read += as_text(step->data);
            at += step->used;
        }
        BOOST_REQUIRE((decoder.done() && read == data));
    }
}

BOOST_AUTO_TEST_CASE(what_was_changed_on_the_way_is_refused) {
    const std::uint64_t seed = std::random_device()();
    request_maker maker(seed);
    for (int number = 0; number < requests / 10; ++number) {
        signed_request one = maker.next();
        const auto end_of_path = one.head.find_first_of("? ", one.head.find(' ') + 1);
        one.head.insert(end_of_path, "x");
        BOOST_REQUIRE_MESSAGE(
            verdict(one) == "SignatureDoesNotMatch",
            "request " << number << " of seed " << seed << ":\n"
                       << one.head
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()

// engine: commits from bytes, trusting nothing.
#include "json_line.hpp"
#include "object_layout.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>

namespace sluice {

namespace {

/// What is written is at most 16 MiB; a block of NDJSON may be larger than its records.
constexpr std::uint64_t largest_piece_read = std::uint64_t{64} << 20;

bool is_token(std::string_view text) {
    return text.size() == 32 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<commit_kind> parse_kind(const std::string& name) {
    if (name == "claim") return commit_kind::claim;
    if (name == "objects") return commit_kind::objects;
    if (name == "gap") return commit_kind::gap;
    if (name == "replace") return commit_kind::replace;
    if (name == "expired") return commit_kind::expired;
    if (name == "release") return commit_kind::release;
    return std::nullopt;
}

std::optional<time_range> read_times(json::object_reader& from) {
    const auto min = from.time("min_timestamp");
    const auto max = from.time("max_timestamp");
    if (min.has_value() != max.has_value() || (min && *min > *max))
        from.refuse("its times contradict each other");
    if (!min || !max) return std::nullopt;
    return time_range{*min, *max};
}

std::vector<piece> read_pieces(
    json::object_reader& from, const committed_object& object, std::optional<failure>& why
) {
    std::vector<piece> pieces;
    for (const simdjson::dom::element each : from.elements("pieces")) {
        json::object_reader one(each, object.key + ", a piece", why);
        piece read;
        read.first = one.place("first");
        read.at = one.number("at");
        read.crc64nvme = one.crc("crc64nvme");
        read.times = read_times(one);
        const bool begins = pieces.empty() && read.at == 0 && read.first == object.first;
        const bool follows = !pieces.empty() && read.at > pieces.back().at &&
                             read.at < object.bytes && read.first > pieces.back().first &&
                             read.first < object.next;
        if (!begins && !follows) one.refuse("is out of place");
        if (why) break;
        pieces.push_back(std::move(read));
    }
    if (pieces.empty() || pieces.size() > most_pieces)
        from.refuse("has no pieces, or more than 256");
    std::uint64_t end = object.bytes;
    for (auto each = pieces.rbegin(); each != pieces.rend(); end = each->at, ++each) {
        if (end - each->at > largest_piece_read) from.refuse("has a piece above 64 MiB");
    }
    return pieces;
}

/// A commit names only keys of its own epoch and partition.
void check_key(json::object_reader& from, const commit& of, const committed_object& object) {
    const auto name = parse_object_key(object.key);
    const bool fits = name && name->epoch == of.epoch && name->first == object.first &&
                      name->first.partition == of.partition && is_token(object.token) &&
                      name->nonce == nonce_of(object.token);
    if (!fits) from.refuse("its key is not one that this commit may name: " + object.key);
}

committed_object
read_object(simdjson::dom::element element, const commit& of, std::optional<failure>& why) {
    json::object_reader from(element, "an object of commit " + std::to_string(of.number), why);
    committed_object object;
    object.key = from.text("key");
    object.token = from.text("token");
    object.first = from.place("first");
    object.next = from.place("next");
    object.events = from.number("events");
    object.bytes = from.number("bytes");
    object.crc64nvme = from.crc("crc64nvme");
    object.format = from.text("format");
    object.codec = from.text("codec");
    object.encoder = from.text("encoder");
    object.times = read_times(from);
    if (from.good()) check_key(from, of, object);
    // Nulls and empty values are no bytes of `raw`.
    const bool forward = object.first < object.next && object.next.partition == of.partition &&
                         (object.bytes > 0 || object.format == "raw");
    if (!forward) from.refuse("covers nothing");
    if (object.bytes > largest_object_bytes + largest_piece_read) from.refuse("is above 4 GiB");
    if (from.good()) object.pieces = read_pieces(from, object, why);
    return object;
}

void read_claim(json::object_reader& from, const commit& of, claim_details& claim) {
    claim.transfer = from.text("transfer");
    claim.owner = from.text("owner");
    claim.incarnation = from.text("incarnation");
    claim.partitions = from.number32("partitions");
    claim.start = from.place("start");
    claim.format = from.text("format");
    claim.codec = from.text("codec");
    claim.settings = from.texts("settings");
    if (of.epoch != of.number) from.refuse("is a claim of another epoch than its number");
    if (of.partition >= claim.partitions || claim.start.partition != of.partition)
        from.refuse("claims a partition that the stream has not");
}

void read_objects(json::object_reader& from, commit& to, std::optional<failure>& why) {
    for (const simdjson::dom::element each : from.elements("objects")) {
        to.objects.push_back(read_object(each, to, why));
        if (why) return;
        const bool follows = to.objects.size() < 2 ||
                             to.objects[to.objects.size() - 2].next == to.objects.back().first;
        if (!follows) from.refuse("its objects do not follow each other");
    }
    if (to.objects.empty()) return from.refuse("names no object");
    if (to.kind == commit_kind::objects && to.objects.back().next != to.next)
        from.refuse("ends elsewhere than its objects");
}

void read_replace(json::object_reader& from, commit& to, std::optional<failure>& why) {
    to.old_key = from.text("old");
    read_objects(from, to, why);
    if (why) return;
    const auto old = parse_object_key(to.old_key);
    const committed_object& fresh = to.objects.front();
    const bool fits = to.objects.size() == 1 && old && old->first == fresh.first &&
                      old->epoch <= to.epoch && to.old_key != fresh.key && fresh.next <= to.next;
    if (!fits) from.refuse("replaces " + to.old_key + " by what cannot be in its place");
}

void read_gap(json::object_reader& from, commit& to) {
    to.gap_from = from.place("from");
    to.gap_to = from.place("to");
    to.reason = from.text("reason");
    const bool forward = to.gap_from < to.gap_to && to.gap_to == to.next;
    if (!forward || to.gap_from.partition != to.partition)
        from.refuse("is a gap that ends elsewhere than it does");
}

void read_expired(json::object_reader& from, commit& to) {
    for (const simdjson::dom::element each : from.elements("keys")) {
        std::string_view key;
        const bool is_text = each.get(key) == simdjson::SUCCESS;
        const auto name = parse_object_key(key);
        const bool fits =
            is_text && name && name->first.partition == to.partition && name->epoch <= to.epoch;
        if (!fits) return from.refuse("its keys hold one that it may not name");
        to.expired_keys.emplace_back(key);
    }
    if (to.expired_keys.empty()) from.refuse("its keys are none");
}

void read_details(json::object_reader& from, commit& to, std::optional<failure>& why) {
    switch (to.kind) {
    case commit_kind::claim:
        return read_claim(from, to, to.claim);
    case commit_kind::objects:
        return read_objects(from, to, why);
    case commit_kind::gap:
        return read_gap(from, to);
    case commit_kind::replace:
        return read_replace(from, to, why);
    case commit_kind::expired:
        return read_expired(from, to);
    case commit_kind::release:
        return;
    }
}

failure unknown(const std::string& what) {
    failure why;
    why.code = errc::unsupported_version;
    why.where = "a commit of " + what + ": written by a newer sluice; read it with that one";
    return why;
}

} // namespace

result<commit> decode_commit(std::string_view bytes) {
    simdjson::dom::parser parser;
    auto root = json::parse_sealed(parser, bytes, "a commit");
    if (!root) return root.error();
    std::optional<failure> why;
    json::object_reader from(*root, "a commit", why);
    const std::uint64_t version = from.number("version");
    if (from.good() && version != format_version)
        return unknown("version " + std::to_string(version));
    const std::string kind = from.text("kind");
    const auto known = parse_kind(kind);
    if (from.good() && !known) return unknown("kind " + kind);
    commit read;
    read.kind = known.value_or(commit_kind::claim);
    read.partition = from.number32("partition");
    read.number = from.number("number");
    read.epoch = from.number("epoch");
    read.token = from.text("token");
    read.at = from.integer("at");
    read.next = from.place("next");
    read.fingerprint = from.crc("fingerprint");
    if (!is_token(read.token)) from.refuse("token is not 32 hex digits");
    if (read.next.partition != read.partition || read.epoch > read.number)
        from.refuse("next or epoch contradicts its partition and number");
    if (from.good()) read_details(from, read, why);
    if (why) return *why;
    return read;
}

bool operator==(const piece& a, const piece& b) {
    const bool same_times =
        a.times.has_value() == b.times.has_value() &&
        (!a.times || (a.times->min == b.times->min && a.times->max == b.times->max));
    return a.first == b.first && a.at == b.at && a.crc64nvme == b.crc64nvme && same_times;
}

} // namespace sluice

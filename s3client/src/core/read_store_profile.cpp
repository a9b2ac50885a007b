// s3client: a stored profile, read.
#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>
#include <sluice/s3/store_profile.hpp>

#include <simdjson.h>

namespace sluice::s3 {

namespace {

using json_element = simdjson::dom::element;

failure no_profile(error_code code, std::string why) {
    return {code, "the profile of a store: " + std::move(why), {}, {}};
}

std::string text_member(const json_element& of, std::string_view name) {
    std::string_view text;
    if (of[name].get(text)) return std::string();
    return std::string(text);
}

std::uint64_t number_member(const json_element& of, std::string_view name) {
    std::uint64_t number = 0;
    if (of[name].get(number)) return 0;
    return number;
}

finding read_finding(const json_element& from) {
    finding found;
    bool can = false;
    if (!from["can"].get(can)) found.said = can ? verdict::yes : verdict::no;
    found.note = text_member(from, "note");
    return found;
}

} // namespace

result<store_profile> read_store_profile(std::string_view json) {
    simdjson::dom::parser parser;
    const simdjson::padded_string text(json);
    json_element root;
    if (parser.parse(text).get(root)) return no_profile(errc::invalid_argument, "is not JSON");
    if (const auto version = number_member(root, "version"); version != 1) {
        if (version == 0) return no_profile(errc::invalid_argument, "has no version");
        return no_profile(errc::unsupported_version, "version " + std::to_string(version));
    }
    json_element abilities;
    if (root["abilities"].get(abilities))
        return no_profile(errc::invalid_argument, "has no abilities");
    store_profile out;
    for (std::size_t n = 0; n < ability_count; ++n) {
        json_element found;
        const auto what = static_cast<ability>(n);
        if (!abilities[name_of(what)].get(found)) out.of(what) = read_finding(found);
    }
    out.endpoint = text_member(root, "endpoint");
    out.bucket = text_member(root, "bucket");
    out.prefix = text_member(root, "prefix");
    out.probed_at = parse_timestamp(text_member(root, "probed_at")).value_or(0);
    out.etag_kind = text_member(root, "etags");
    out.part_etag_kind = text_member(root, "part_etags");
    out.smallest_part = number_member(root, "smallest_part");
    std::int64_t ahead = 0;
    if (!root["clock_ahead_seconds"].get(ahead)) out.clock_ahead = ahead;
    out.region = text_member(root, "region");
    out.requests = number_member(root, "requests");
    simdjson::dom::array left;
    if (root["left_behind"].get(left)) return out;
    for (const json_element& each : left) {
        std::string_view name;
        if (!each.get(name)) out.left_behind.emplace_back(name);
    }
    return out;
}

} // namespace sluice::s3

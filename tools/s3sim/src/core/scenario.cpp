// s3sim: reads scenarios.
#include "core/scenario.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>

#include <simdjson.h>

#include <charconv>
#include <iterator>

namespace sluice::sim {

namespace scenario_detail {

using json_value = simdjson::dom::element;

failure wrong_member(std::string_view name, const std::string& why) {
    return {errc::invalid_argument, "the scenario's " + std::string(name) + ' ' + why, {}, {}};
}

result<std::string> text_of(std::string_view name, const json_value& value) {
    std::string_view text;
    if (value.get(text)) return wrong_member(name, "must be a string");
    return std::string(text);
}

result<void> read_quirks(const json_value& value, quirks& to) {
    simdjson::dom::array words;
    if (value.get(words)) return wrong_member("quirks", "must be an array of strings");
    for (const auto& one : words) {
        std::string_view word;
        if (one.get(word)) return wrong_member("quirks", "must be an array of strings");
        if (auto added = add_quirk(to, word); !added)
            return wrong_member("quirks:", added.error().where);
    }
    return {};
}

result<void> read_faults(const json_value& value, std::vector<fault_rule>& to) {
    auto rules = parse_fault_rules(simdjson::minify(value));
    if (!rules) return wrong_member("faults:", rules.error().where);
    to.insert(
        to.end(), std::make_move_iterator(rules->begin()), std::make_move_iterator(rules->end())
    );
    return {};
}

result<void> read_seed(const json_value& value, std::optional<std::uint64_t>& to) {
    std::uint64_t number = 0;
    if (value.get(number)) return wrong_member("seed", "must be a whole number");
    to = number;
    return {};
}

result<void> read_latency(const std::string& text, std::chrono::milliseconds& to) {
    const auto span = parse_duration(text);
    if (!span) return wrong_member("latency:", span.error().where);
    to = *span;
    return {};
}

result<void> read_pace(std::string_view name, const json_value& value, pace& to) {
    const auto text = text_of(name, value);
    if (!text) return text.error();
    if (name == "latency") return read_latency(*text, to.latency);
    if (name == "bandwidth") {
        const auto rate = read_bandwidth(*text);
        if (!rate) return wrong_member("bandwidth:", rate.error().where);
        to.bytes_per_second = *rate;
        return {};
    }
    const auto rate = read_request_rate(*text);
    if (!rate) return wrong_member("max-requests:", rate.error().where);
    to.requests_per_second = *rate;
    return {};
}

result<void> read_member(std::string_view name, const json_value& value, scenario& to) {
    if (name == "quirks") return read_quirks(value, to.odd);
    if (name == "faults") return read_faults(value, to.faults);
    if (name == "seed") return read_seed(value, to.seed);
    if (name == "latency" || name == "bandwidth" || name == "max-requests")
        return read_pace(name, value, to.speed);
    if (name != "about" && name != "profile")
        return wrong_member(
            name,
            "is unknown (about, profile, quirks, latency, bandwidth, max-requests, seed, faults)"
        );
    const auto text = text_of(name, value);
    if (!text) return text.error();
    if (name == "about") {
        to.about += (to.about.empty() ? "" : "; ") + *text;
        return {};
    }
    if (auto added = add_profile(to.odd, *text); !added)
        return wrong_member("profile:", added.error().where);
    return {};
}

} // namespace scenario_detail

result<std::uint64_t> read_bandwidth(std::string_view text) {
    if (text.ends_with("/s")) text.remove_suffix(2);
    return parse_size(text);
}

result<double> read_request_rate(std::string_view text) {
    const auto whole = std::string(text);
    if (text.ends_with("/s")) text.remove_suffix(2);
    double rate = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, rate);
    if (read.ec == std::errc() && read.ptr == end && rate >= 0 && rate <= 1e9) return rate;
    return failure{
        errc::invalid_argument, whole + ": give requests a second, as in 3500/s", {}, {}};
}

result<void> add_scenario(scenario& to, std::string_view json) {
    simdjson::dom::parser parser;
    const simdjson::padded_string text(json);
    simdjson::dom::object members;
    if (parser.parse(text).get(members))
        return failure{errc::invalid_argument, "the scenario is no JSON object", {}, {}};
    for (const auto& [name, value] : members) {
        if (auto read = scenario_detail::read_member(name, value, to); !read) return read;
    }
    return {};
}

std::string scenario_document(const scenario& from) {
    std::string out = "{\"about\":";
    append_json_string(out, from.about);
    out += ",\"quirks\":[";
    for (const auto& word : quirk_words(from.odd)) {
        if (out.back() != '[') out += ',';
        append_json_string(out, word);
    }
    const auto rate = static_cast<std::uint64_t>(from.speed.requests_per_second);
    out += "],\"latency\":\"" + std::to_string(from.speed.latency.count()) +
           "ms\",\"bandwidth\":\"" + std::to_string(from.speed.bytes_per_second) +
           "/s\",\"max-requests\":\"" + std::to_string(rate) + "/s\"}\n";
    return out;
}

} // namespace sluice::sim

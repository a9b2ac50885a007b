// s3sim: reads fault rules from JSON.
#include "core/fault_rules.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/text.hpp>

#include <simdjson.h>

#include <array>

namespace sluice::sim {

namespace fault_json_detail {

struct kind_name {
    std::string_view name;
    fault_kind kind;
    fault_phase phase; ///< when it happens, unless the rule says otherwise
};

constexpr std::array kinds = {
    kind_name{"status", fault_kind::status, fault_phase::head},
    kind_name{"reset-before", fault_kind::reset_before, fault_phase::head},
    kind_name{"reset-after", fault_kind::reset_after, fault_phase::effect},
    kind_name{"lost-answer", fault_kind::lost_answer, fault_phase::effect},
    kind_name{"stall", fault_kind::stall, fault_phase::head},
    kind_name{"truncate", fault_kind::truncate, fault_phase::effect},
    kind_name{"delay", fault_kind::delay, fault_phase::body},
    kind_name{"hold", fault_kind::hold, fault_phase::body},
    kind_name{"flip-bit", fault_kind::flip_bit, fault_phase::effect},
    kind_name{"ignore-condition", fault_kind::ignore_condition, fault_phase::body},
    kind_name{"close-before", fault_kind::close_before, fault_phase::head},
    kind_name{"status-reset", fault_kind::status_reset, fault_phase::head},
    kind_name{"late-effect", fault_kind::late_effect, fault_phase::body},
    kind_name{"answer", fault_kind::answer, fault_phase::effect},
    kind_name{"raw-answer", fault_kind::raw_answer, fault_phase::effect},
    kind_name{"reset-answer", fault_kind::reset_answer, fault_phase::effect},
    kind_name{"cut-answer", fault_kind::cut_answer, fault_phase::effect},
    kind_name{"stall-answer", fault_kind::stall_answer, fault_phase::effect},
    kind_name{"set-header", fault_kind::set_header, fault_phase::effect},
    kind_name{"drop-header", fault_kind::drop_header, fault_phase::effect},
    kind_name{"ignore-range", fault_kind::ignore_range, fault_phase::body},
    kind_name{"spaces", fault_kind::spaces, fault_phase::effect},
    kind_name{"slow", fault_kind::slow, fault_phase::head},
    kind_name{"no-continue", fault_kind::no_continue, fault_phase::head},
};

using element = simdjson::dom::element;
using error = std::optional<std::string>; ///< what is wrong

error read_text(const element& value, std::string& to) {
    std::string_view text;
    if (value.get(text)) return "must be a string";
    to = std::string(text);
    return {};
}

error read_count(const element& value, std::uint64_t& to, std::uint64_t least, std::uint64_t most) {
    if (value.get(to) || to < least || to > most) {
        return "must be a whole number from " + std::to_string(least) + " to " +
               std::to_string(most);
    }
    return {};
}

error read_operation(const element& value, fault_rule& to) {
    if (auto wrong = read_text(value, to.operation)) return wrong;
    if (to.operation == "*" || operation_named(to.operation)) return {};
    return "names no operation: \"" + to.operation + "\" (UploadPart, PutObject, …, or *)";
}

error read_key(const element& value, fault_rule& to) {
    if (auto wrong = read_text(value, to.key)) return wrong;
    try {
        to.key_pattern.emplace(to.key);
    } catch (const std::regex_error& why) {
        return "is no regular expression: " + std::string(why.what());
    }
    return {};
}

error read_kind(const element& value, fault_rule& to) {
    std::string text;
    if (auto wrong = read_text(value, text)) return wrong;
    std::string known;
    for (const auto& one : kinds) {
        if (one.name == text) {
            to.kind = one.kind;
            to.phase = one.phase;
            return {};
        }
        known += (known.empty() ? "" : ", ") + std::string(one.name);
    }
    return "is none of " + known;
}

error read_phase(const element& value, fault_rule& to) {
    std::string text;
    if (auto wrong = read_text(value, text)) return wrong;
    if (text == "head") to.phase = fault_phase::head;
    if (text == "body") to.phase = fault_phase::body;
    if (text == "effect") to.phase = fault_phase::effect;
    return text == "head" || text == "body" || text == "effect" ? error()
                                                                : "is none of head, body, effect";
}

error read_probability(const element& value, fault_rule& to) {
    if (value.get(to.probability) || to.probability < 0 || to.probability > 1) {
        return "must be a number from 0 to 1";
    }
    return {};
}

error read_status(const element& value, fault_rule& to) {
    std::uint64_t number = 0;
    if (auto wrong = read_count(value, number, 200, 599)) return wrong;
    to.status = static_cast<unsigned>(number);
    to.status_given = true;
    return {};
}

/// {"ETag": "\"1\"", "Content-Range": ""}: of drop-header only the names count.
error read_headers(const element& value, fault_rule& to) {
    simdjson::dom::object fields;
    if (value.get(fields)) return "must be an object of strings";
    for (const auto& [name, field] : fields) {
        std::string_view text;
        if (field.get(text)) return "must be an object of strings";
        to.headers.emplace_back(std::string(name), std::string(text));
    }
    return {};
}

error read_pause(const element& value, fault_rule& to) {
    std::uint64_t number = 0;
    if (auto wrong = read_count(value, number, 0, 86'400'000)) return wrong;
    to.pause = std::chrono::milliseconds(number);
    return {};
}

error read_field(std::string_view name, const element& value, fault_rule& to) {
    if (name == "operation") return read_operation(value, to);
    if (name == "bucket") return read_text(value, to.bucket);
    if (name == "key") return read_key(value, to);
    if (name == "nth") return read_count(value, to.nth, 1, UINT32_MAX);
    if (name == "count") return read_count(value, to.count, 0, UINT32_MAX);
    if (name == "probability") return read_probability(value, to);
    if (name == "kind" || name == "phase") return {}; // Read before: the phase depends on the kind.
    if (name == "status") return read_status(value, to);
    if (name == "code") return read_text(value, to.code);
    if (name == "bytes") return read_count(value, to.bytes, 0, INT64_MAX);
    if (name == "milliseconds") return read_pause(value, to);
    if (name == "body") return read_text(value, to.body);
    if (name == "headers") return read_headers(value, to);
    return "is unknown";
}

error read_rule(const element& value, fault_rule& to) {
    simdjson::dom::object fields;
    element one;
    if (value.get(fields)) return " is not an object";
    if (fields["kind"].get(one)) return ".kind is missing";
    if (auto wrong = read_kind(one, to)) return ".kind " + *wrong;
    if (!fields["phase"].get(one)) {
        if (auto wrong = read_phase(one, to)) return ".phase " + *wrong;
    }
    for (const auto& [name, field] : fields) {
        if (auto wrong = read_field(name, field, to)) return '.' + std::string(name) + ' ' + *wrong;
    }
    const bool names_headers =
        to.kind == fault_kind::set_header || to.kind == fault_kind::drop_header;
    if (names_headers && to.headers.empty()) return ".headers is missing";
    if (to.kind == fault_kind::slow && to.bytes == 0) return ".bytes must be at least 1 a second";
    if (to.kind == fault_kind::raw_answer && to.body.empty()) return ".body is missing";
    return {};
}

failure invalid(std::string where) {
    return {errc::invalid_argument, std::move(where), {}, {}};
}

} // namespace fault_json_detail

std::string_view name_of(fault_kind kind) {
    for (const auto& one : fault_json_detail::kinds) {
        if (one.kind == kind) return one.name;
    }
    return "";
}

result<std::vector<fault_rule>> parse_fault_rules(std::string_view json) {
    using namespace fault_json_detail;
    simdjson::dom::parser parser;
    const simdjson::padded_string text(json);
    element root;
    if (const auto ec = parser.parse(text).get(root)) {
        return invalid("the rules are not JSON: " + std::string(simdjson::error_message(ec)));
    }
    simdjson::dom::array list;
    if (root.get(list)) return invalid("the rules must be a JSON array of objects");
    std::vector<fault_rule> out;
    for (const auto& one : list) {
        fault_rule rule;
        if (auto wrong = read_rule(one, rule)) {
            return invalid("rule " + std::to_string(out.size() + 1) + *wrong);
        }
        out.push_back(std::move(rule));
    }
    return out;
}

} // namespace sluice::sim

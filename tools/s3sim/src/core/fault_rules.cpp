// s3sim: matches requests against fault rules.
#include "core/fault_rules.hpp"

#include <sluice/base/text.hpp>

#include <iterator>

namespace sluice::sim {

namespace fault_detail {

bool matches(const fault_rule& rule, const route& request) {
    if (rule.operation != "*" && rule.operation != name_of(request.what)) return false;
    if (!rule.bucket.empty() && rule.bucket != request.bucket) return false;
    if (rule.key.empty() || request.key.find(rule.key) != request.key.npos) return true;
    return rule.key_pattern && std::regex_search(request.key, *rule.key_pattern);
}

bool in_window(const fault_rule& rule) {
    return rule.seen >= rule.nth && (rule.count == 0 || rule.seen - rule.nth < rule.count);
}

void add_to(fault_plan& plan, const fault_rule& rule) {
    switch (rule.kind) {
    case fault_kind::delay:
    case fault_kind::hold:
        plan.delays.push_back(rule);
        return;
    case fault_kind::flip_bit:
        plan.flip = rule;
        return;
    case fault_kind::ignore_condition:
        plan.ignore_conditions = true;
        return;
    case fault_kind::ignore_range:
        plan.ignore_range = true;
        return;
    case fault_kind::no_continue:
        plan.no_continue = true;
        return;
    case fault_kind::spaces:
        plan.spaces = rule;
        return;
    case fault_kind::slow:
        plan.slow = rule;
        return;
    case fault_kind::set_header:
    case fault_kind::drop_header:
        plan.headers.push_back(rule);
        return;
    default:
        if (!plan.end) plan.end = rule;
    }
}

} // namespace fault_detail

void fault_rules::add(std::vector<fault_rule> rules) {
    rules_.insert(
        rules_.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end())
    );
}

void fault_rules::clear() {
    rules_.clear();
    ++edition_;
}

fault_plan fault_rules::plan(const route& request) {
    fault_plan out;
    out.edition = edition_;
    for (auto& rule : rules_) {
        if (!fault_detail::matches(rule, request)) continue;
        ++rule.seen;
        if (!fault_detail::in_window(rule)) continue;
        const double drawn = static_cast<double>(random_() >> 11) * 0x1.0p-53;
        if (drawn >= rule.probability) continue;
        ++rule.fired;
        fault_detail::add_to(out, rule);
    }
    return out;
}

std::string fault_rules_document(const std::vector<fault_rule>& rules) {
    std::string out = "[";
    for (const auto& rule : rules) {
        out += out.size() > 1 ? ",\n" : "";
        out += "{\"operation\":";
        append_json_string(out, rule.operation);
        out += ",\"bucket\":";
        append_json_string(out, rule.bucket);
        out += ",\"key\":";
        append_json_string(out, rule.key);
        out += ",\"kind\":";
        append_json_string(out, name_of(rule.kind));
        out += ",\"nth\":" + std::to_string(rule.nth) + ",\"count\":" + std::to_string(rule.count);
        out += ",\"seen\":" + std::to_string(rule.seen) +
               ",\"fired\":" + std::to_string(rule.fired) + '}';
    }
    return out + "]\n";
}

} // namespace sluice::sim

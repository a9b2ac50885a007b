// s3sim: shared counters and fault rules.
#include "io/site.hpp"

#include <cstdio>

namespace sluice::sim {

std::string site::next_request_id() {
    char text[24];
    const auto number = static_cast<unsigned long long>(++requests_);
    const int size = std::snprintf(text, sizeof text, "SIM%013llX", number);
    return std::string(text, static_cast<std::size_t>(size));
}

fault_plan site::plan_faults(const route& request) {
    const std::lock_guard lock(mutex_);
    auto plan = faults_.plan(request);
    if (plan.end || plan.flip || plan.ignore_conditions || !plan.delays.empty()) ++counters_.faults;
    return plan;
}

void site::set_faults(std::vector<fault_rule> rules, bool keep_others) {
    const std::lock_guard lock(mutex_);
    if (!keep_others) faults_.clear();
    faults_.add(std::move(rules));
}

std::string site::faults_document() {
    const std::lock_guard lock(mutex_);
    return fault_rules_document(faults_.rules());
}

void site::count_connection() {
    const std::lock_guard lock(mutex_);
    ++counters_.connections;
}

void site::count(std::string_view operation, unsigned status, std::uint64_t in, std::uint64_t out) {
    const std::lock_guard lock(mutex_);
    auto& one = counters_.operations[std::string(operation)];
    ++one.requests;
    ++one.statuses[status];
    one.bytes_in += in;
    one.bytes_out += out;
}

std::string site::counters_text() {
    const std::lock_guard lock(mutex_);
    return counters_document(counters_);
}

void site::reset_counters() {
    const std::lock_guard lock(mutex_);
    counters_ = {};
}

} // namespace sluice::sim

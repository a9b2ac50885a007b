// s3sim: shared counters and fault rules.
#include "io/site.hpp"

#include <cstdio>

namespace sluice::sim {

site::site(store& things, site_rules rules, scenario first, const store_rules& strictness)
    : store_(things),
      rules_(std::move(rules)),
      faults_(first.seed.value_or(0)),
      first_(std::move(first)),
      strictness_(strictness) {
    play(first_);
}

void site::play(scenario next) {
    store_rules strict = strictness_;
    strict.equal_parts = next.odd.equal_parts;
    if (next.odd.min_part_size > 0) strict.min_part_size = next.odd.min_part_size;
    strict.md5_multipart_etags = next.odd.md5_multipart_etags;
    strict.repeat_complete = next.odd.repeat_complete;
    strict.late_listings = next.odd.late_listings;
    strict.late_reads = next.odd.late_reads;
    store_.set_rules(strict);
    const std::lock_guard lock(mutex_);
    faults_.clear();
    faults_.add(next.faults);
    if (next.seed) faults_.seed(*next.seed);
    limit_.set(next.speed.requests_per_second, request_limit::clock::now());
    current_ = std::make_shared<const scenario>(std::move(next));
}

std::shared_ptr<const scenario> site::current() {
    const std::lock_guard lock(mutex_);
    return current_;
}

bool site::admits_request() {
    const std::lock_guard lock(mutex_);
    return limit_.take(request_limit::clock::now());
}

void site::seed_faults(std::uint64_t seed) {
    const std::lock_guard lock(mutex_);
    faults_.seed(seed);
}

std::string site::next_request_id() {
    char text[24];
    const auto number = static_cast<unsigned long long>(++requests_);
    const int size = std::snprintf(text, sizeof text, "SIM%013llX", number);
    return std::string(text, static_cast<std::size_t>(size));
}

fault_plan site::plan_faults(const route& request) {
    const std::lock_guard lock(mutex_);
    auto plan = faults_.plan(request);
    if (!plan.empty()) ++counters_.faults;
    return plan;
}

void site::set_faults(std::vector<fault_rule> rules, bool keep_others) {
    const std::lock_guard lock(mutex_);
    if (!keep_others) faults_.clear();
    faults_.add(std::move(rules));
}

bool site::has_faults_of(std::uint64_t edition) {
    const std::lock_guard lock(mutex_);
    return faults_.edition() == edition;
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

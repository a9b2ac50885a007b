// s3sim: what all connections of one server share.
#pragma once

#include "core/counters.hpp"
#include "core/fault_rules.hpp"
#include "core/signature.hpp"
#include "io/operations.hpp"
#include "io/store.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace sluice::sim {

struct site_rules {
    signature_rules signing;
    operation_rules operations;
    std::string domain;
    bool ignore_conditions = false;
    bool report = false; ///< unexpected answers as lines on stderr
};

/// Counters and faults have a lock of their own: they are touched on every request.
class site {
  public:
    site(store& things, site_rules rules, std::uint64_t seed)
        : store_(things), rules_(std::move(rules)), faults_(seed) {}

    store& things() { return store_; }
    const site_rules& rules() const { return rules_; }
    std::string next_request_id();

    fault_plan plan_faults(const route& request);
    void set_faults(std::vector<fault_rule> rules, bool keep_others);
    std::string faults_document();

    void count_connection();
    /// `status` 0: the connection ended without an answer.
    void count(std::string_view operation, unsigned status, std::uint64_t in, std::uint64_t out);
    std::string counters_text();
    void reset_counters();

  private:
    store& store_;
    const site_rules rules_;
    std::atomic<std::uint64_t> requests_{0};
    std::mutex mutex_;
    fault_rules faults_;
    counters counters_;
};

} // namespace sluice::sim

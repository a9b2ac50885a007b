// s3sim: what all connections of one server share.
#pragma once

#include "core/counters.hpp"
#include "core/fault_rules.hpp"
#include "core/request_limit.hpp"
#include "core/scenario.hpp"
#include "core/signature.hpp"
#include "io/operations.hpp"
#include "io/store.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace sluice::sim {

struct site_rules {
    signature_rules signing;
    operation_rules operations;
    std::string domain;
    bool report = false; ///< unexpected answers as lines on stderr
};

/// Counters and faults have a lock of their own: they are touched on every request.
class site {
  public:
    /// `first` is what holds until it is changed, and again when changes are taken back.
    site(store& things, site_rules rules, scenario first, const store_rules& strictness);

    store& things() { return store_; }
    const site_rules& rules() const { return rules_; }
    std::string next_request_id();

    fault_plan plan_faults(const route& request);
    void set_faults(std::vector<fault_rule> rules, bool keep_others);
    void seed_faults(std::uint64_t seed);

    /// What holds for a request that comes now.
    std::shared_ptr<const scenario> current();
    /// Replaces quirks, pace, seed and faults.
    void play(scenario next);
    void play_first() { play(first_); }
    /// Whether one more request may be served now.
    bool admits_request();
    std::string faults_document();
    /// The rules were not replaced since.
    bool has_faults_of(std::uint64_t edition);

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
    const scenario first_;
    store_rules strictness_;
    std::shared_ptr<const scenario> current_;
    request_limit limit_;
};

} // namespace sluice::sim

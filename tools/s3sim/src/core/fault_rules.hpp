// s3sim: which request meets which fault.
#pragma once

#include "core/operation.hpp"

#include <sluice/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sim {

enum class fault_kind {
    status = 1,       ///< an error answer
    reset_before,     ///< connection reset, nothing done
    reset_after,      ///< done, then connection reset without an answer
    lost_answer,      ///< done, then connection closed in order without an answer
    stall,            ///< neither answers nor closes
    truncate,         ///< the answer's body ends early
    delay,            ///< waits
    flip_bit,         ///< one bit is wrong: in the answer of a read, in the store after a write
    ignore_condition, ///< If-Match and If-None-Match are not looked at
};

/// When a fault happens within the request.
enum class fault_phase {
    head = 1, ///< before the body is read
    body,     ///< after the body was read, before anything is stored
    effect,   ///< after it was stored, before the answer
};

struct fault_rule {
    std::string operation = "*";
    std::string bucket;                    ///< "" for any
    std::string key;                       ///< "" for any
    std::optional<std::regex> key_pattern; ///< the same text as a regular expression
    std::uint64_t nth = 1;                 ///< the first match that is hit, counted from 1
    std::uint64_t count = 1;               ///< how many matches in a row; 0 for all that follow
    double probability = 1;                ///< of being hit, within those
    fault_kind kind = fault_kind::status;
    fault_phase phase = fault_phase::head;
    unsigned status = 503;
    std::string code = "SlowDown";
    std::uint64_t bytes = 0;
    std::chrono::milliseconds pause{0};

    std::uint64_t seen = 0;  ///< requests that matched operation, bucket and key
    std::uint64_t fired = 0; ///< of these, those that were hit
};

/// What happens to one request: the pause, flags, and at most one fault that ends it.
struct fault_plan {
    std::vector<fault_rule> delays;
    std::optional<fault_rule> end; ///< status, reset, lost answer, stall or truncate
    std::optional<fault_rule> flip;
    bool ignore_conditions = false;

    bool ends(fault_kind kind) const { return end && end->kind == kind; }
    bool ends_at(fault_kind kind, fault_phase phase) const {
        return ends(kind) && end->phase == phase;
    }
};

/// An array of rules as JSON; the failure's `where` names the rule and the field that is wrong.
result<std::vector<fault_rule>> parse_fault_rules(std::string_view json);
std::string_view name_of(fault_kind kind);

class fault_rules {
  public:
    explicit fault_rules(std::uint64_t seed) : random_(seed) {}
    void replace(std::vector<fault_rule> rules) { rules_ = std::move(rules); }
    void add(std::vector<fault_rule> rules);
    void clear() { rules_.clear(); }
    const std::vector<fault_rule>& rules() const { return rules_; }

    /// Counts the request against every rule and says what it meets. Of several rules that would
    /// end the request the first one does.
    fault_plan plan(const route& request);

  private:
    std::vector<fault_rule> rules_;
    std::mt19937_64 random_;
};

/// The rules with their counts, as JSON.
std::string fault_rules_document(const std::vector<fault_rule>& rules);

} // namespace sluice::sim

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
#include <utility>
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
    hold,             ///< waits until the rules are others
    flip_bit,         ///< one bit is wrong: in the answer of a read, in the store after a write
    ignore_condition, ///< If-Match and If-None-Match are not looked at
    close_before,     ///< connection closed in order, nothing done
    status_reset,     ///< an error answer, then connection reset
    late_effect,      ///< connection reset (or an error answered); done later all the same
    answer,           ///< the rule's own answer
    raw_answer,       ///< the rule's own bytes, then an orderly close
    reset_answer,     ///< the answer is cut after `bytes` of it, by a reset
    cut_answer,       ///< … by an orderly close
    stall_answer,     ///< … by silence, then a reset
    set_header,       ///< one header of the answer is another one
    drop_header,      ///< one header of the answer is missing
    ignore_range,     ///< the whole object instead of a range
    spaces,           ///< a 200 and white space, long before the document
    slow,             ///< `bytes` a second in both directions
    no_continue,      ///< a client that waits for 100 Continue waits in vain
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
    std::string body;                                         ///< of an answer of the rule's own
    std::vector<std::pair<std::string, std::string>> headers; ///< of it; or those to set or drop
    bool status_given = false;

    std::uint64_t seen = 0;  ///< requests that matched operation, bucket and key
    std::uint64_t fired = 0; ///< of these, those that were hit
};

/// What happens to one request: the pause, flags, and at most one fault that ends it.
struct fault_plan {
    std::vector<fault_rule> delays; ///< delay and hold
    std::uint64_t edition = 0;      ///< of the rules, when it was made
    std::optional<fault_rule> end;  ///< whatever ends the request or replaces its answer
    std::optional<fault_rule> flip;
    std::optional<fault_rule> spaces, slow;
    std::vector<fault_rule> headers; ///< set-header and drop-header
    bool ignore_conditions = false, ignore_range = false, no_continue = false;

    bool empty() const {
        return !end && !flip && !spaces && !slow && headers.empty() && delays.empty() &&
               !ignore_conditions && !ignore_range && !no_continue;
    }
    /// The answer is begun, and then ends before its end.
    bool cuts_answer() const {
        return ends(fault_kind::reset_answer) || ends(fault_kind::cut_answer) ||
               ends(fault_kind::stall_answer);
    }

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
    void add(std::vector<fault_rule> rules);
    void clear();
    void seed(std::uint64_t value) { random_.seed(value); }
    const std::vector<fault_rule>& rules() const { return rules_; }
    /// How often the rules were cleared: a request held by an older edition goes on.
    std::uint64_t edition() const { return edition_; }

    /// Counts the request against every rule and says what it meets. Of several rules that would
    /// end the request the first one does.
    fault_plan plan(const route& request);

  private:
    std::vector<fault_rule> rules_;
    std::uint64_t edition_ = 0;
    std::mt19937_64 random_;
};

/// The rules with their counts, as JSON.
std::string fault_rules_document(const std::vector<fault_rule>& rules);

} // namespace sluice::sim

// s3client: the tries of one call: how many, how far apart, and what is repaired between them.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/base/retry.hpp>
#include <sluice/s3/retry_budgets.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace sluice::s3 {

/// Whether an unclear outcome (lost connection, 5xx, timeout after sending) is tried again, or
/// returned because only the caller can settle it.
enum class unclear_outcome { retry = 1, give_back };

/// Whether the answer leaves open if the request took effect.
bool is_unclear(const failure& why);

class attempts {
  public:
    /// `shared`: of the server that is asked.
    attempts(
        const retry_rules& rules, std::shared_ptr<retry_budget> shared, unclear_outcome unclear
    )
        : rules_(rules), shared_(std::move(shared)), unclear_(unclear) {}

    /// The pause before the next try, or nullopt: return the failure. Takes tokens for the try.
    /// Nothing is unclear about a request that was not `sent`.
    std::optional<std::chrono::milliseconds> after(
        const failure& why,
        double jitter01,
        std::optional<std::chrono::milliseconds> hint,
        bool sent = true
    );
    /// The call worked: tokens go back to the server they were taken from.
    void succeeded();
    /// From now on another server is asked.
    void turn_to(std::shared_ptr<retry_budget> other) { shared_ = std::move(other); }

    unsigned made() const { return made_; } ///< tries so far, the running one included

    /// Each of these is granted once per call, and the try is not counted.
    bool repair_clock() { return take_once(clock_repaired_); }
    bool repair_region() { return take_once(region_repaired_); }
    bool repair_signature() { return take_once(signature_repaired_); }
    bool ask_region() { return take_once(region_asked_); }
    bool ask_range_again() { return take_once(range_asked_again_); }
    bool repair_credentials() { return take_once(credentials_repaired_); }
    bool repeat_on_fresh_connection() { return take_once(repeated_); }
    bool was_repeated() const { return repeated_; }

  private:
    static bool take_once(bool& flag);

    const retry_rules& rules_;
    std::shared_ptr<retry_budget> shared_;
    unclear_outcome unclear_;
    unsigned made_ = 1;
    unsigned paid_ = 0;
    std::shared_ptr<retry_budget> paid_to_;
    bool clock_repaired_ = false, region_repaired_ = false, region_asked_ = false;
    bool credentials_repaired_ = false, signature_repaired_ = false, repeated_ = false;
    bool range_asked_again_ = false;
};

} // namespace sluice::s3

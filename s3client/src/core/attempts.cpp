// s3client: what a retry costs, and which failures are worth one.
#include "attempts.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

bool is_unclear(const failure& why) {
    if (why.code.category() != s3_category()) return false;
    switch (static_cast<s3_errc>(why.code.value())) {
    case s3_errc::internal_error:
    case s3_errc::malformed_answer:
    case s3_errc::truncated_body:
    case s3_errc::connection_lost:
    case s3_errc::timed_out:
    case s3_errc::conditional_conflict:
        return true;
    default:
        return false;
    }
}

std::optional<std::chrono::milliseconds> attempts::after(
    const failure& why, double jitter01, std::optional<std::chrono::milliseconds> hint, bool sent
) {
    const bool gives_back = sent && unclear_ == unclear_outcome::give_back;
    if (gives_back && is_unclear(why)) return std::nullopt;
    const failure_class what = classify(why);
    // Credentials and clock are repaired once, before it comes to this.
    if (what == failure_class::refresh_credentials) return std::nullopt;
    if (why.code == s3_errc::request_time_too_skewed) return std::nullopt;
    const auto pause = pause_before_retry(rules_, made_, what, jitter01, hint);
    if (!pause) return std::nullopt;
    const unsigned cost =
        what == failure_class::throttle ? rules_.throttle_cost : rules_.transient_cost;
    if (!shared_->take(cost)) return std::nullopt;
    paid_ = cost;
    paid_to_ = shared_;
    ++made_;
    return pause;
}

void attempts::succeeded() {
    if (made_ == 1)
        shared_->give(1);
    else
        paid_to_->give(paid_);
}

bool attempts::take_once(bool& flag) {
    return !std::exchange(flag, true);
}

} // namespace sluice::s3

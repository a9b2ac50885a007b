// engine: what all parts of one running transfer share.
#include "transfer_run.hpp"

#include <algorithm>

namespace sluice {

namespace {

/// Of who waits, whether somebody else has had success meanwhile.
constexpr std::chrono::milliseconds between_looks{1'000};

/// A store said so, and no network.
bool is_an_answer(const failure& why) {
    return why.code == s3::s3_errc::slow_down || why.code == s3::s3_errc::internal_error ||
           why.code == s3::s3_errc::request_timeout;
}

} // namespace

task<bool>
wait_for_next_try(transfer_run& run, patience& with, failure& why, std::string& last_error) {
    if (!is_transient(why)) co_return false;
    last_error = describe(why);
    if (run.control.ending()) {
        why.code = engine_errc::paused;
        co_return false;
    }
    if (is_an_answer(why)) with.answered();
    const auto pause = with.after_failure(std::chrono::steady_clock::now());
    if (!pause) {
        failure end;
        end.code = engine_errc::gave_up;
        end.where = "no success for --retry-for; the last failure: " + describe(why);
        end.request_id = why.request_id;
        why = std::move(end);
        co_return false;
    }
    run.log.write(
        log_level::warning,
        "trying again in " + std::to_string(pause->count()) + " ms: " + last_error
    );
    const std::uint64_t before = with.successes();
    auto left = *pause;
    while (left.count() > 0 && with.successes() == before && !run.control.ending()) {
        co_await run.control.nap(std::min(left, between_looks));
        left -= between_looks;
    }
    if (run.control.ending()) {
        why.code = engine_errc::paused;
        co_return false;
    }
    co_return true;
}

} // namespace sluice

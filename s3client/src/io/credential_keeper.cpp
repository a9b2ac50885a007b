// s3client: one fetches, all wait.
#include "credential_keeper.hpp"

#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

using need = credential_refresh::need;

/// A source that takes longer is given up; the next request asks again.
constexpr std::chrono::seconds patience{90};

failure waited_too_long() {
    failure why;
    why.code = s3_errc::timed_out;
    why.where = "waiting for credentials";
    return why;
}

} // namespace

credential_keeper::credential_keeper(
    any_io_executor on,
    std::shared_ptr<credentials_provider> from,
    bool wants_region,
    logger* log,
    wall_clock now
)
    : from_(std::move(from)),
      wants_region_(wants_region),
      log_(log),
      now_(std::move(now)),
      turn_(std::move(on), 1) {}

task<result<void>> credential_keeper::ensure(deadline by) {
    const need wanted = refresh_.next(now_());
    if (wanted == need::none) co_return result<void>();
    if (wanted == need::early && turn_.available() == 0) co_return result<void>();
    const std::uint64_t before = fetches_;
    auto turn = co_await turn_.acquire(1, by);
    if (!turn) co_return waited_too_long();
    const need still = refresh_.next(now_());
    if (still == need::none) co_return result<void>();
    // A fetch that began before this one waited has told what there is to know.
    if (fetches_ != before && last_ && !hurried_) {
        if (still == need::before) co_return *last_;
        co_return result<void>();
    }
    auto renewed = co_await renew(by);
    co_return renewed;
}

task<result<void>> credential_keeper::renew(deadline by) {
    const deadline limit = by.earliest(patience);
    const auto fresh = co_await from_->fetch(limit);
    // Before they are good for anybody: a request in between would be signed for another region.
    if (fresh && wants_region_) {
        region_ = co_await from_->region(limit);
        wants_region_ = false;
    }
    ++fetches_;
    hurried_ = limit.when() == by.when();
    const auto at = now_();
    if (fresh) {
        const bool first = refresh_.number() == 0;
        refresh_.fetched(*fresh, at);
        last_.reset();
        const auto left = refresh_.left(at);
        tell(
            first ? log_level::debug : log_level::info,
            std::string(first ? "credentials fetched" : "credentials renewed") +
                (left ? ": valid for " + std::to_string(left->count()) + " s" : "")
        );
        co_return result<void>();
    }
    last_ = fresh.error();
    refresh_.failed(at);
    if (refresh_.next(at) == need::before) co_return *last_;
    const auto left = refresh_.left(at);
    tell(
        log_level::warning,
        "the credentials could not be renewed, the old ones are valid for another " +
            std::to_string(left ? left->count() : 0) + " s: " + describe(*last_)
    );
    co_return result<void>();
}

void credential_keeper::tell(log_level level, const std::string& what) const {
    if (log_ != nullptr) log_->write(level, what);
}

} // namespace sluice::s3

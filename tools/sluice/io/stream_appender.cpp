// tools: events on their way into a stream: batched per partition, appended while more is read.
#include "stream_appender.hpp"

#include <memory>
#include <utility>

namespace sluice::command {

namespace {

constexpr std::size_t enough_to_append = 4 << 20;
constexpr std::size_t appends_at_once = 4;

} // namespace

/// Batches of one partition, alive until they are durable.
struct stream_appender::run {
    std::uint32_t partition = 0;
    std::vector<batch_builder::built> batches;
    std::vector<append_step> steps;
};

stream_appender::stream_appender(writer& to, const partition_chooser& chooser, task_group& group)
    : to_(to), chooser_(chooser), group_(group) {}

task<result<void>> stream_appender::begin() {
    for (std::uint32_t n = 0; n < to_.description().partitions; ++n) {
        if (to_.tail(n).end.offset != 0) {
            auto abandoned = co_await to_.abandon_open_event(n);
            if (!abandoned) co_return abandoned.error();
        }
        builders_.emplace_back(to_.tail(n).end);
        begun_at_.push_back(to_.tail(n).end.sequence);
    }
    co_return result<void>();
}

result<void> stream_appender::add(const record& event) {
    auto added = builders_[chooser_.choose(event.key)].add(event);
    if (!added) return added;
    ++events_;
    if (event.value) bytes_ += event.value->size();
    return added;
}

result<void> stream_appender::open(const record& event_without_value) {
    const std::uint32_t partition = chooser_.choose(event_without_value.key);
    auto opened = builders_[partition].open(event_without_value);
    if (opened) open_in_ = partition;
    return opened;
}

void stream_appender::more(bytes_view value) {
    builders_[*open_in_].more(value);
    bytes_ += value.size();
}

result<void> stream_appender::close() {
    auto closed = builders_[*open_in_].close();
    if (!closed) return closed;
    open_in_.reset();
    ++events_;
    return closed;
}

std::uint64_t stream_appender::appended() const {
    std::int64_t events = 0;
    for (std::uint32_t n = 0; n < begun_at_.size(); ++n)
        events += to_.tail(n).end.sequence - begun_at_[n];
    return static_cast<std::uint64_t>(events);
}

std::size_t stream_appender::collected() const {
    std::size_t bytes = 0;
    for (const batch_builder& each : builders_)
        bytes += each.pending_bytes();
    return bytes;
}

task<void> stream_appender::append_run(std::shared_ptr<run> what) {
    auto appended = co_await to_.append(what->partition, what->steps);
    if (!appended && !failed_) failed_ = appended.error();
    builders_[what->partition].give_back(std::move(what->batches));
}

task<void> stream_appender::start_appends(bool everything) {
    for (std::uint32_t n = 0; n < builders_.size(); ++n) {
        auto what = std::make_shared<run>();
        what->partition = n;
        what->batches = builders_[n].take(everything);
        if (what->batches.empty()) continue;
        for (const batch_builder::built& each : what->batches)
            what->steps.push_back({each.batch, std::string()});
        co_await group_.wait_below(appends_at_once);
        // Nothing goes into the stream behind what did not.
        if (failed_) co_return;
        group_.spawn([this, what] { return append_run(what); });
    }
}

task<result<void>> stream_appender::append_when_full() {
    if (failed_) co_return *failed_;
    if (collected() >= enough_to_append) co_await start_appends(false);
    co_return result<void>();
}

task<result<void>> stream_appender::append_all() {
    if (!failed_) co_await start_appends(true);
    co_await group_.wait_below(1);
    if (failed_) co_return *failed_;
    co_return result<void>();
}

task<result<void>> stream_appender::abandon_open() {
    const std::optional<std::uint32_t> partition = open_in_;
    auto appended = co_await append_all();
    if (!appended || !partition) co_return appended;
    co_return co_await to_.abandon_open_event(*partition);
}

} // namespace sluice::command

// tools: events on their way into a stream: batched per partition, appended while more is read.
#pragma once

#include "../core/spread.hpp"

#include <sluice/base/task_group.hpp>
#include <sluice/stream/batch_builder.hpp>
#include <sluice/stream/writer.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::command {

/// Collects events and appends them to a writer, several appends at a time. Memory: about 24 MiB.
/// Use from one strand; `group` is joined by the caller after `finish`.
class stream_appender {
  public:
    stream_appender(writer& to, const partition_chooser& chooser, task_group& group);

    /// Gives up what an earlier writer left open. Before anything else.
    task<result<void>> begin();

    /// Errors: stream_errc::too_large.
    result<void> add(const record& event);
    /// The same for a value of unknown length: `open`, `more` …, `close`.
    result<void> open(const record& event_without_value);
    void more(bytes_view value);
    result<void> close();

    /// Starts appending when enough has been collected. Errors: those of an earlier append.
    task<result<void>> append_when_full();
    /// Appends what has been collected; on return nothing is under way.
    task<result<void>> append_all();
    /// An event that was opened cannot be closed: its sequence is spent. Appends the others.
    task<result<void>> abandon_open();

    std::uint64_t events() const { return events_; } ///< given by now
    /// Of the events given, so many are in the stream: of each partition the first ones. Good when
    /// nothing is under way.
    std::uint64_t appended() const;
    std::uint64_t bytes() const { return bytes_; } ///< of their values

  private:
    struct run;
    task<void> append_run(std::shared_ptr<run> what);
    task<void> start_appends(bool everything);
    std::size_t collected() const;

    writer& to_;
    partition_chooser chooser_;
    task_group& group_;
    std::vector<batch_builder> builders_;
    std::vector<std::int64_t> begun_at_; ///< sequences, by partition
    std::optional<std::uint32_t> open_in_;
    std::optional<failure> failed_;
    std::uint64_t events_ = 0, bytes_ = 0;
};

} // namespace sluice::command

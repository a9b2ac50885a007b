// engine: the embedded log as a store of streams.
#pragma once

#include <sluice/stream/log_store.hpp>
#include <sluice/stream/stream_store.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace sluice {

/// A stream is an import's by the log's reservation. Errors of open_reserved: also
/// engine_errc::other_incarnation for one with events that is not reserved; those of
/// log_store::open_writer, create, reserve.
class log_streams final : public stream_store {
  public:
    explicit log_streams(log_store streams) : streams_(std::move(streams)) {}

    task<result<std::unique_ptr<reader>>> open_reader(std::string name) override;
    task<result<reserved_stream>>
    open_reserved(std::string name, std::string transfer, std::uint32_t partitions) override;
    task<void> undo_reservation(std::string name, stream_before was) override;

  private:
    log_store streams_;
};

} // namespace sluice

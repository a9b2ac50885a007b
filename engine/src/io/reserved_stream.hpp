// engine: the stream that an import fills.
#pragma once

#include <sluice/stream/log_store.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sluice {

/// The stream is the transfer's by reservation: created so, with `partitions`, when it does not
/// exist, or reserved while it has no event; it may have another number of partitions then. Errors:
/// engine_errc::other_incarnation for one with events that is not reserved; those of
/// log_store::open_writer, create, reserve.
task<result<std::unique_ptr<writer>>> open_reserved_stream(
    log_store& streams, std::string stream, std::string transfer, std::uint32_t partitions
);

} // namespace sluice

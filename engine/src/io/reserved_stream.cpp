// engine: the stream that an import fills.
#include "reserved_stream.hpp"

#include <sluice/stream/error.hpp>

#include <utility>

namespace sluice {

task<result<std::unique_ptr<writer>>> open_reserved_stream(
    log_store& streams, std::string stream, std::string transfer, std::uint32_t partitions
) {
    log_writer_options options;
    options.transfer = transfer;
    options.bypass_cache = true;
    options.trusts_checksums = true; // they come from bytes that were compared with the commit
    auto opened = co_await streams.open_writer(stream, options);
    if (opened || opened.error().code != stream_errc::no_such_stream) co_return std::move(opened);
    log_create_options create;
    create.partitions = partitions;
    create.reserved_by = transfer;
    auto created = co_await streams.create(stream, create);
    if (!created) co_return created.error();
    opened = co_await streams.open_writer(stream, options);
    co_return std::move(opened);
}

} // namespace sluice

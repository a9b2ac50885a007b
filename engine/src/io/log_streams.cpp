// engine: the embedded log as a store of streams.
#include "log_streams.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/stream/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

bool is_empty(const log_info& stream) {
    const auto has_none = [n = 0U](const log_partition_info& each) mutable {
        return each.bounds.end == position{n++, 0, 0};
    };
    return std::all_of(stream.partitions.begin(), stream.partitions.end(), has_none);
}

/// An empty stream may be taken, one with events only when it is the transfer's already.
task<result<void>>
take_stream(log_store& streams, std::string stream, std::string transfer, const log_info& found) {
    if (is_empty(found)) {
        auto reserved = co_await streams.reserve(std::move(stream), std::move(transfer));
        co_return reserved;
    }
    failure why;
    why.code = engine_errc::other_incarnation;
    why.where = "stream " + stream +
                " holds events and is not reserved for this import (it was released, or others "
                "wrote it); import into another stream";
    co_return why;
}

} // namespace

task<result<std::unique_ptr<reader>>> log_streams::open_reader(std::string name) {
    auto opened = co_await streams_.open_reader(std::move(name));
    co_return opened;
}

task<result<reserved_stream>>
log_streams::open_reserved(std::string stream, std::string transfer, std::uint32_t partitions) {
    log_writer_options options;
    options.transfer = transfer;
    options.bypass_cache = true;
    options.trusts_checksums = true; // they come from bytes that were compared with the commit
    reserved_stream reserved;
    const auto found = co_await streams_.info(stream);
    if (!found && found.error().code != stream_errc::no_such_stream) co_return found.error();
    if (!found) {
        log_create_options create;
        create.partitions = partitions;
        create.reserved_by = transfer;
        auto created = co_await streams_.create(stream, create);
        if (!created) co_return created.error();
        reserved.was = stream_before::missing;
    } else if (found->reserved_by.empty()) { // else by whom, open_writer tells
        auto taken = co_await take_stream(streams_, stream, transfer, *found);
        if (!taken) co_return taken.error();
        reserved.was = stream_before::free;
    }
    auto opened = co_await streams_.open_writer(stream, options);
    if (!opened) co_return opened.error();
    reserved.to = std::move(*opened);
    co_return std::move(reserved);
}

task<void> log_streams::undo_reservation(std::string stream, stream_before was) {
    if (was == stream_before::taken) co_return;
    const auto found = co_await streams_.info(stream);
    if (!found || !is_empty(*found)) co_return;
    result<void> undone;
    if (was == stream_before::missing)
        undone = co_await streams_.remove(stream);
    else
        undone = co_await streams_.release(stream);
    static_cast<void>(undone); // the failure that is told is the import's
}

} // namespace sluice

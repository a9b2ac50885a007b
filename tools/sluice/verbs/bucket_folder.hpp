// tools: an exported stream in a bucket, opened for reading; what verify, ls and inspect share.
#pragma once

#include <sluice/engine/address.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/open_store.hpp>

#include <string>

namespace sluice::command {

struct opened_folder {
    opened_store store;
    export_folder where;
};

/// Opens the store of `address` and finds the stream below its prefix.
/// Errors: as of open_store and find_folder. Cancellation: terminal.
task<result<opened_folder>>
open_folder(any_io_executor on, const bucket_address& address, const s3_options& s3, logger& log);

/// For who reads what was exported; nothing was: engine_errc::no_export_here.
task<result<opened_folder>>
open_exported(any_io_executor on, const bucket_address& address, const s3_options& s3, logger& log);

/// "partition/sequence" with "…" between: the range of an object for people.
std::string range_text(const position& first, const position& next);

} // namespace sluice::command

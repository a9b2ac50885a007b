// engine: an import before its lanes run: what it moves from where, and to where.
#pragma once

#include "../core/partition_choice.hpp"
#include "../core/patience.hpp"
#include "import_parts.hpp"

#include <sluice/engine/error.hpp>
#include <sluice/stream/values.hpp>
#include <sluice/stream/writer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// Use on the transfer's strand. Everything referred to outlives it.
struct import_opening {
    transfer_run& run;
    const import_spec& asked;
    const bucket_address& from;
    s3::object_store& store;
    stream_store& streams;
    const std::string& stream;           ///< to be filled
    std::optional<export_folder> folder; ///< where it was known before the work began
    patience patient;
    std::string last_error{}; ///< of what is tried again
    side failing = side::neither;

    // What becomes known, one after the other.
    export_folder where{};
    object_format format = object_format::avro;
    partition_choice choice{};
    std::unique_ptr<writer> to{};
    stream_before was = stream_before::taken;
    destination_row row{}; ///< where it comes from, as the journal knows it
};

/// Finds the folder unless it is known, opens the stream (which is created and reserved when it
/// does not exist), and lays down what is moved: in the stream and in the journal. Errors: of both
/// sides, which `failing` tells; engine_errc::usage where they do not fit. What has been opened by
/// then is there. Cancellation: terminal.
task<result<void>> open_import(import_opening& at);

} // namespace sluice

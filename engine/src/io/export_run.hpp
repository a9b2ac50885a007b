// engine: a whole export: one stream, several destinations, one lane per partition and destination.
#pragma once

#include "../core/partition_share.hpp"
#include "transfer_state.hpp"

#include <sluice/engine/spec.hpp>
#include <sluice/s3/traffic.hpp>
#include <sluice/stream/reader.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

struct export_target;

/// Opens a destination; `url` is its endpoint where neither its address nor the spec names one
/// (empty: the environment tells).
using target_opener = std::function<
    result<std::unique_ptr<export_target>>(const std::string& address, const std::string& url)>;

/// What an export is made from.
struct export_parts {
    const export_spec& spec;
    std::unique_ptr<reader> stream;
    /// Each with what the journal says of it.
    std::vector<std::pair<std::unique_ptr<export_target>, destination_row>> destinations;
    target_opener open;
    partition_share share{};
    /// Of cursors that others use, too; empty: the stream's own.
    std::function<task<result<std::unique_ptr<cursor>>>(std::string)> open_cursor{};
};

/// An export, or a share of one.
class export_share : public transfer_work {
  public:
    /// Whether any lane runs, or is about to.
    virtual bool is_busy() const = 0;
};

/// The work ends when every lane that is wanted to run has reached the end that the stream had when
/// the work began. With `spec.ends_only` nothing is exported: lanes whose stored wish is to end are
/// ended. `run` outlives it.
std::shared_ptr<export_share> make_export(transfer_run& run, export_parts parts);

/// A destination given twice would fence itself.
bool same_place(const export_target& one, const export_target& two);
failure given_twice(const export_target& first, const export_target& second);

/// A target as the spec asks for it, nothing sent yet. Errors: those of addresses, options,
/// credentials.
result<std::unique_ptr<export_target>> open_export_target(
    any_io_executor on,
    const export_spec& spec,
    const std::string& address,
    const stream_description& stream,
    const engine_options& options,
    std::shared_ptr<s3::traffic> in_all = nullptr
);

} // namespace sluice

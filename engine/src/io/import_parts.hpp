// engine: what any import is made of.
#pragma once

#include "transfer_state.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/stream/stream_store.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// An executor, and the steps of all transfers there.
struct import_place {
    any_io_executor on;
    std::shared_ptr<step_queue> steps;
};

/// Opens the source anew, to be used on `on`, with an `of`th of the rates. Errors: as open_store.
using source_opener =
    std::function<result<opened_store>(any_io_executor on, std::size_t of, logger& log)>;

struct import_parts {
    transfer::state& shared; ///< must outlive the work
    import_spec spec;
    bucket_address from;
    opened_store store;
    std::shared_ptr<stream_store> streams;
    std::string stream;                       ///< to be filled
    std::optional<export_folder> folder = {}; ///< of the export, if it has been looked for
    std::vector<import_place> more = {};      ///< over which partitions may be spread, too
    source_opener open = {};                  ///< for these; unless there are none
};

} // namespace sluice

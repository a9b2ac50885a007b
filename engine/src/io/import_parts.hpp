// engine: what any import is made of.
#pragma once

#include "transfer_state.hpp"

#include <sluice/engine/address.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/open_store.hpp>
#include <sluice/engine/spec.hpp>
#include <sluice/stream/stream_store.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sluice {

struct import_parts {
    transfer::state& shared; ///< must outlive the work
    import_spec spec;
    bucket_address from;
    opened_store store;
    std::shared_ptr<stream_store> streams;
    std::string stream;                       ///< to be filled
    std::optional<export_folder> folder = {}; ///< of the export, if it has been looked for
};

} // namespace sluice

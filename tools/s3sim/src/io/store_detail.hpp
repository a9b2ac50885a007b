// s3sim: refusals and helpers that the store's files share.
#pragma once

#include "core/object.hpp"
#include "core/refusal.hpp"

namespace sluice::sim::store_detail {

refusal no_bucket(const std::string& name);
refusal no_room();
void discard_pieces(const object& one);

} // namespace sluice::sim::store_detail

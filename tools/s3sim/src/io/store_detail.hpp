// s3sim: refusals and helpers that the store's files share.
#pragma once

#include "core/object.hpp"
#include "core/refusal.hpp"
#include "core/versions.hpp"
#include "io/store.hpp"

namespace sluice::sim::store_detail {

refusal no_bucket(const std::string& name);
refusal no_room();
refusal no_key(const std::string& key);
void discard_pieces(const object& one);
void add_version(version_list& to, object_version one);
/// The objects as they were so long ago, as far as `past` reaches.
object_map objects_before(const bucket& in, std::chrono::milliseconds lag);

} // namespace sluice::sim::store_detail

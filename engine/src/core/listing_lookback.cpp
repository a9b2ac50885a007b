// engine: what appeared or changed before the place that an import by listing has reached.
#include "listing_lookback.hpp"

#include "left_out.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/base/hash.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

std::uint64_t identity_of(const foreign_object& object) {
    const std::string all = object.key + '\0' + object.etag;
    return crc64nvme(as_bytes(all));
}

/// The half done object is counted already, and lies not before the place.
std::uint64_t not_before(const listing_progress& reached) {
    return reached.done || reached.objects == 0 ? 0 : 1;
}

latecomers
by_what_is_remembered(const std::vector<foreign_object>& before, const listing_progress& reached) {
    latecomers late;
    for (const foreign_object& each : before) {
        if (each.modified > reached.newest) late.keys.push_back(each.key);
    }
    const std::uint64_t others = before.size() - late.keys.size();
    const std::uint64_t known = reached.objects - not_before(reached);
    if (others > known) late.unnamed = others - known;
    return late;
}

} // namespace

std::string describe_late(const latecomers& late) {
    return std::to_string(late.count()) +
           " objects appeared or changed before the place reached and were not imported" +
           first_of(late.keys) + "; import into another stream to have them";
}

latecomers look_back::at(const std::vector<foreign_object>& before, listing_progress& reached) {
    latecomers late;
    std::vector<std::uint64_t> now;
    now.reserve(before.size());
    std::sort(known_.begin(), known_.end());
    for (const foreign_object& each : before) {
        now.push_back(identity_of(each));
        if (looked_ && !std::binary_search(known_.begin(), known_.end(), now.back()))
            late.keys.push_back(each.key);
    }
    if (!looked_) late = by_what_is_remembered(before, reached);
    for (const foreign_object& each : before)
        late.newest = std::max(late.newest, each.modified);
    known_ = std::move(now);
    looked_ = true;
    reached.objects = before.size() - late.count() + not_before(reached);
    return late;
}

void look_back::knows(const foreign_object& object) {
    known_.push_back(identity_of(object));
}

void remember_told(listing_progress& reached, const latecomers& late) {
    reached.objects += late.count();
    reached.newest = std::max(reached.newest, late.newest);
}

} // namespace sluice

// engine: what appeared or changed before the place that an import by listing has reached. Pure.
#pragma once

#include "listing_order.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// They are told, not imported.
struct latecomers {
    std::vector<std::string> keys;
    std::uint64_t unnamed = 0; ///< more, of which only the number is known
    std::string newest;        ///< latest modification of all that were looked at

    std::uint64_t count() const { return keys.size() + unnamed; }
};

/// "2 objects appeared or changed ...: a, b; import ...".
std::string describe_late(const latecomers& late);

/// Looks back at the objects before the place reached. The first look of a run knows only what the
/// progress remembers, their number and their latest modification; later ones know each of them.
/// Each latecomer is told by one look.
class look_back {
  public:
    /// `before`: a whole listing up to the place reached, without the object that is half done.
    /// The progress counts no object that is gone afterwards.
    latecomers at(const std::vector<foreign_object>& before, listing_progress& reached);
    /// It lies before the place reached, and that is no news.
    void knows(const foreign_object& object);

  private:
    std::vector<std::uint64_t> known_; ///< of each object, from its key and ETag
    bool looked_ = false;
};

/// They have been told: the progress counts them from now on.
void remember_told(listing_progress& reached, const latecomers& late);

} // namespace sluice

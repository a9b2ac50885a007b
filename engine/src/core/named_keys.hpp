// engine: which objects the commits of a partition name, and which of them were replaced. Pure.
#pragma once

#include "key_set.hpp"

#include <sluice/engine/commit.hpp>

#include <set>
#include <string>
#include <string_view>

namespace sluice {

/// Told of all commits of a partition. Keys are relative to the folder.
class named_keys {
  public:
    void note(const commit& each) {
        for (const committed_object& object : each.objects)
            keys_.add(object.key);
        if (!each.old_key.empty()) replaced_.insert(each.old_key);
    }
    /// A commit names it, and none has put another object in its place.
    bool contains(std::string_view key) const { return !replaced(key) && keys_.contains(key); }
    /// For good: no key is used twice.
    bool replaced(std::string_view key) const { return replaced_.find(key) != replaced_.end(); }

  private:
    key_set keys_;
    std::set<std::string, std::less<>> replaced_;
};

} // namespace sluice

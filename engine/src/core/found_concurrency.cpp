// engine: requests at once that were found by trying, where nobody is now.
#include "found_concurrency.hpp"

#include <algorithm>

namespace sluice {

void found_concurrency::left(const std::string& endpoint, unsigned limit, time now) {
    found_[endpoint] = {limit, now};
    if (found_.size() <= most_endpoints) return;
    found_.erase(std::min_element(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
        return a.second.at < b.second.at;
    }));
}

unsigned found_concurrency::take(const std::string& endpoint, time now) {
    const auto known = found_.find(endpoint);
    if (known == found_.end()) return 0;
    const found what = known->second;
    found_.erase(known);
    return now - what.at > kept_for ? 0 : what.limit / 2;
}

} // namespace sluice

// s3client: addresses, those that work first.
#include "address_choice.hpp"

#include <algorithm>

namespace sluice::s3 {

std::vector<std::string> address_choice::order(std::vector<std::string> all, time now) {
    std::erase_if(failed_at_, [now](const auto& each) { return each.second + set_aside <= now; });
    const auto failure_of = [this](const std::string& address) {
        const auto found = failed_at_.find(address);
        return found == failed_at_.end() ? time::min() : found->second;
    };
    std::stable_sort(all.begin(), all.end(), [&](const std::string& a, const std::string& b) {
        return failure_of(a) < failure_of(b);
    });
    return all;
}

} // namespace sluice::s3

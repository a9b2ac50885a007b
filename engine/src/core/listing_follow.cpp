// engine: an import by listing that follows a prefix: what is listed again, and what must wait.
#include "listing_follow.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>

namespace sluice {

std::string settled_before(std::chrono::sys_seconds told, std::chrono::milliseconds took) {
    constexpr std::chrono::seconds until_visible{2};
    const auto then = told - std::chrono::ceil<std::chrono::seconds>(took) - until_visible;
    const std::chrono::microseconds micros = then.time_since_epoch();
    // Without the fraction: a second's first instant, however many digits a listing has.
    return format_timestamp(micros.count()).value_or("").substr(0, 19);
}

void hold_back(std::vector<foreign_object>& objects, const std::string& settled) {
    const auto waits = [&settled](const foreign_object& each) { return each.modified >= settled; };
    objects.erase(std::remove_if(objects.begin(), objects.end(), waits), objects.end());
}

} // namespace sluice

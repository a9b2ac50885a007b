// stream: names of streams.
#include <sluice/stream/stream_name.hpp>

#include <algorithm>

namespace sluice {

bool is_stream_name(std::string_view name) {
    constexpr std::string_view first =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if (name.empty() || name.size() > 200 || first.find(name.front()) == std::string_view::npos)
        return false;
    return std::ranges::all_of(name, [first](char c) {
        return first.find(c) != std::string_view::npos || c == '.' || c == '_' || c == '-';
    });
}

} // namespace sluice

// s3client: path and query, encoded once and sorted.
#include "target.hpp"

#include <sluice/base/text.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

written_target write_target(const std::string& raw_path, const query_list& query) {
    std::vector<std::pair<std::string, std::string>> encoded;
    encoded.reserve(query.size());
    for (const query_item& each : query)
        encoded.emplace_back(percent_encode(each.name), percent_encode(each.value));
    std::sort(encoded.begin(), encoded.end());
    written_target written;
    written.path = percent_encode_path(raw_path);
    std::size_t size = 0;
    for (const auto& [name, value] : encoded)
        size += name.size() + value.size() + 2;
    written.query.reserve(size);
    for (const auto& [name, value] : encoded) {
        if (!written.query.empty()) written.query += '&';
        written.query.append(name).append("=").append(value);
    }
    return written;
}

} // namespace sluice::s3
